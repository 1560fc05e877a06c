"""Chromium, and a server for the built book."""

import functools
import http.server
import os
import threading
import time

import pytest
from playwright.sync_api import expect, sync_playwright

from book.making.chromium import HOW_TO_INSTALL, launch
from tests.browser.findings import WAITING, be_patient
from tests.built_book import built_book

expect.set_options(timeout=WAITING)

LIST_OF_PARTS = b'<dialog id="pst-secondary-sidebar-modal"'


@pytest.fixture(scope="session")
def chromium():
    """Start the Chromium of this machine."""
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        if browser is None:
            fail_or_skip()
        yield browser
        browser.close()


def fail_or_skip():
    """Skip a test that needs a browser where there is none; on a CI server, let it fail."""
    reason = f"no Chromium here, so the pages are not opened: {HOW_TO_INSTALL}"
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


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
    """A file server that does not report each request, and can send the end of a page late."""

    def copyfile(self, source, outputfile):
        """Send a file; of a page that is asked for as ``?late``, the list of its parts after a while."""
        content = source.read()
        end = content.find(LIST_OF_PARTS) if self.path.endswith("?late") else 0
        outputfile.write(content[:end])
        if end:
            time.sleep(1)
        outputfile.write(content[end:])

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def open_page(chromium):
    """Return a function that opens an address in a window where no reader has chosen anything yet."""
    opened = []

    def open_it(address=None, width=1280, **options):
        size = options.pop("viewport", {"width": width, "height": 800})
        page = chromium.new_page(viewport=size, **options)
        opened.append(page)
        be_patient(page)
        if address:
            page.goto(address)
        return page

    yield open_it
    for page in opened:
        page.close()
