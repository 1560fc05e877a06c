"""Chromium, and a server for the built book."""

import os

import pytest
from playwright.sync_api import expect

from book.making.chromium import BrowserMissingError, open_chromium
from tests.browser.findings import WAITING, be_patient
from tests.built_book import built_book
from tests.processes import served

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
    """Serve the book, and return the address of its folder."""
    with served(book) as address:
        yield address


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
