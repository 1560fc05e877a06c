"""Find the Chromium of this machine, for the PDF, the tests in a browser and a benchmark."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Without these Chromium itself asks other machines for updates and experiments, and does
# not start in a container.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome, or None where neither is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)
