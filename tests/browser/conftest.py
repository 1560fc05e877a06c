"""Chromium, and a server for the built book."""

import functools
import http.server
import os
import threading

import pytest
from playwright.sync_api import expect

from book.making.chromium import BrowserMissingError, open_chromium
from tests.browser.findings import WAITING, be_patient
from tests.built_book import built_book

expect.set_options(timeout=WAITING)


@pytest.fixture(scope="session")
def chromium():
    """Start the Chromium of this machine; where that is not possible, skip, and on a CI server fail."""
    try:
        with open_chromium() as browser:
            yield browser
    except BrowserMissingError as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(error))


@pytest.fixture(scope="session")
def book():
    return built_book()


@pytest.fixture(scope="session")
def site(book):
    """Serve the book on this machine, and return the address of its folder."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=book)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def open_page(chromium):
    """Return a function that opens an address in a window where no reader has chosen anything yet."""
    opened = []

    def open_it(address=None, **options):
        page = chromium.new_page(viewport={"width": 1280, "height": 800}, **options)
        opened.append(page)
        be_patient(page)
        if address:
            page.goto(address)
        return page

    yield open_it
    for page in opened:
        page.close()
