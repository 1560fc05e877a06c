"""Take the picture of *Train it here* that is printed: a run in the built book, after its last epoch.

Run it from the root of the repository, after ``make html``: ``.venv/bin/python -m book.making.finished_run``
"""

from book.chapter import ROOT
from book.making.chromium import open_chromium

LIMIT = 1_800_000  # milliseconds

if __name__ == "__main__":
    with open_chromium() as browser:
        page = browser.new_page(viewport={"width": 800, "height": 1000}, device_scale_factor=2)
        page.goto((ROOT / "_build" / "html" / "index.html").as_uri())
        figure = page.locator(".train-here")
        figure.scroll_into_view_if_needed()
        figure.get_by_role("button", name="Start", exact=True).click()
        figure.get_by_text("Paused after epoch").wait_for(timeout=LIMIT)
        picture = ROOT / "book" / "_static" / "train-here.png"
        figure.locator(".run").screenshot(path=picture, style="* { background: none !important; }")
