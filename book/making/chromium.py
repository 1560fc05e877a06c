"""Start Chromium, for the PDF and for the browser tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "google-chrome", "google-chrome-stable")
STARTING = 600_000  # milliseconds: starting takes long on a busy machine

HOW_TO_INSTALL = (
    "opening pages needs Chromium, and Playwright needs libatomic1: "
    "`sudo apt-get install -y libatomic1 chromium` installs both on Debian; on Ubuntu, it is "
    "`sudo apt-get install -y libatomic1 && .venv/bin/playwright install --with-deps chromium`"
)


class BrowserMissingError(Exception):
    """There is no Chromium here, or Playwright cannot start; the message says what to install."""


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Start Playwright's own Chromium, or else the system's, and close it at the end of the block."""
    try:
        playwright = sync_playwright().start()
    except Exception as error:  # of this class itself, as if a connection had been lost
        raise BrowserMissingError(HOW_TO_INSTALL) from error
    try:
        own = playwright.chromium.executable_path  # where Playwright would install it
        path = own if Path(own).exists() else find_chromium()
        if path is None:
            raise BrowserMissingError(HOW_TO_INSTALL)
        browser = playwright.chromium.launch(executable_path=path, timeout=STARTING)
        yield browser
        browser.close()
    finally:
        playwright.stop()


def find_chromium() -> str | None:
    """Return the path of the system's Chromium or Chrome, or None if neither is installed."""
    # Ubuntu's Chromium is a snap, which cannot read the files of other programs.
    found = filter(None, map(shutil.which, NAMES))
    return next((path for path in found if Path(path).resolve().name != "snap"), None)
