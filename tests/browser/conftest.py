"""Chromium, and a server for the built book."""

import functools
import http.server
import json
import os
import threading

import pytest
from playwright.sync_api import expect, sync_playwright

from book.making.chromium import ARGUMENTS, find_chromium
from tests.browser.findings import (
    END_MAY_COME,
    END_OF_PAGE,
    LATE_END,
    LATE_LETTERS,
    LETTERS_MAY_COME,
    WAITING,
    be_patient,
)
from tests.built_book import built_book

expect.set_options(timeout=WAITING)


@pytest.fixture(scope="session")
def chromium():
    """Start the Chromium of this machine."""
    path = find_chromium()
    if path is None:
        reason = "no Chromium here, so the pages are not opened: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def book():
    """Return the folder of the built pages."""
    return built_book()


@pytest.fixture(scope="session")
def site(book):
    """Serve the book on this machine, and return the address of its folder."""
    handler = functools.partial(QuietHandler, directory=book)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A file server that does not report each request, and can let something come late."""

    def do_GET(self):
        """Send a file."""
        if self.comes_late():
            LETTERS_MAY_COME.wait()
        super().do_GET()

    def copyfile(self, source, outputfile):
        """Send the content of a file, the end of a page when it may come, if it is to come late."""
        content = source.read()
        end = content.find(END_OF_PAGE) if LATE_END.items() <= dict(self.headers).items() else -1
        if end > 0:
            outputfile.write(content[:end])
            END_MAY_COME.wait()
            content = content[end:]
        outputfile.write(content)

    def end_headers(self):
        """Have the next page ask anew for what comes late, and for nothing else that it has."""
        self.send_header("Cache-Control", "no-cache" if self.comes_late() else "max-age=3600")
        super().end_headers()

    def comes_late(self):
        return self.path.endswith(".woff2") and LATE_LETTERS.items() <= dict(self.headers).items()

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture(scope="module")
def context(chromium):
    """Return a function that returns a window of the browser, always the same for the same options.

    A tab in a window costs half as much as a window. An empty one keeps it open.
    """
    contexts = {}

    def with_options(**options):
        key = json.dumps(options, sort_keys=True)
        if key not in contexts:
            contexts[key] = chromium.new_context(**options)
            contexts[key].new_page()
        return contexts[key]

    yield with_options
    for opened in contexts.values():
        opened.close()


@pytest.fixture
def open_page(context):
    """Return a function that opens an address in a tab, where no reader has chosen anything yet."""
    opened = []

    def open_it(address=None, width=1280, **options):
        size = options.pop("viewport", {"width": width, "height": 800})
        page = context(**options).new_page()
        opened.append(page)
        page.set_viewport_size(size)
        be_patient(page)
        if address:
            page.goto(address)
        return page

    yield open_it
    for page in opened:
        if page.url.startswith("http"):
            page.evaluate("localStorage.clear()")
        page.close()
