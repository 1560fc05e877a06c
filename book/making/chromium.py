"""Start Chromium, for the PDF and for the browser tests."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, BrowserType

NAMES = ("chromium", "google-chrome", "google-chrome-stable")
STARTING = 600_000  # milliseconds: starting takes long on a busy machine

HOW_TO_INSTALL = (
    "`.venv/bin/playwright install --with-deps chromium` installs it on Debian and Ubuntu, "
    "`sudo apt-get install chromium` on Debian"
)


def launch(chromium: BrowserType, *arguments: str) -> Browser | None:
    """Start Playwright's own Chromium or else the system's, or return None if neither is installed."""
    own = Path(chromium.executable_path).exists()
    path = None if own else find_chromium()
    if not own and path is None:
        return None
    return chromium.launch(executable_path=path, args=arguments, timeout=STARTING)


def find_chromium() -> str | None:
    """Return the path of the system's Chromium or Chrome, or None if neither is installed."""
    # Ubuntu's Chromium is a snap, which cannot read the files of other programs.
    found = filter(None, map(shutil.which, NAMES))
    return next((path for path in found if Path(path).resolve().name != "snap"), None)
