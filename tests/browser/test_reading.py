"""Finding one's way: search, terms explained where they stand, and what can be copied."""

import json

import pytest
from bs4 import BeautifulSoup

from tests import ROOT
from tests.browser.findings import violations, watch

SECTION = "chapter_rnn/rnn-gluon.html"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_search_finds_terms_and_headings_as_one_types(open_page, book, site, scheme):
    root = site if scheme == "http" else book.as_uri() + "/"
    page = open_page()
    seen = watch(page)
    page.goto(root + SECTION)
    page.keyboard.press("Control+k")
    page.keyboard.type("gradient clipping")
    first = page.locator("#search-results li a").first
    first.wait_for()
    # What the glossary explains comes first, and the link leads there from any page.
    assert first.get_attribute("href") == "../chapter_rnn/glossary.html#gradient-clipping"
    assert not violations(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=gradient+clipping")
    page.locator("#search-results a[href='chapter_rnn/glossary.html#gradient-clipping']").wait_for()
    assert not seen


def explained(book, term):
    """Return the first paragraph that the glossary has below a term."""
    glossary = (book / "chapter_rnn" / "glossary.html").read_text()
    return BeautifulSoup(glossary, "html.parser").find(id=term).find("p").get_text().strip()


def test_a_term_is_explained_to_who_points_at_it_until_escape(open_page, book, site):
    page = open_page()
    page.clock.install()
    page.goto(site + SECTION)
    link = page.locator('.bd-article a[href$="#hidden-state"]').first
    preview = page.locator("#term-preview")
    assert preview.is_hidden()
    link.hover()
    preview.wait_for(state="visible")
    assert preview.text_content().strip() == explained(book, "hidden-state")
    # The pointer may go there, and stay as long as one reads.
    box = preview.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.clock.fast_forward("01:00")
    assert preview.is_visible()
    page.keyboard.press("Escape")
    assert preview.is_hidden()
    link.hover()
    preview.wait_for(state="visible")
    page.mouse.move(5, 5)
    preview.wait_for(state="hidden")


def test_a_term_is_explained_to_who_comes_with_the_tab_key(open_page, site):
    page = open_page(site + SECTION)
    link = page.locator('.bd-article a[href$="#hidden-state"]').first
    page.keyboard.press("Tab")  # from here on the focus is shown
    link.focus()
    preview = page.locator("#term-preview")
    preview.wait_for(state="visible")
    assert link.get_attribute("aria-describedby") == "term-preview"
    page.keyboard.press("Escape")
    assert preview.is_hidden() and link.get_attribute("aria-describedby") is None
    assert page.evaluate("document.activeElement.hash") == "#hidden-state"


def test_what_is_copied_is_the_code_and_nothing_else(open_page, site):
    page = open_page(site + SECTION, permissions=CLIPBOARD)
    cells = json.loads((ROOT / SECTION).with_suffix(".ipynb").read_text())["cells"]
    stored = next(cell for cell in cells if cell["cell_type"] == "code" and cell["outputs"])
    assert page.locator(".cell_output .copybtn").count() == 0
    cell = page.locator(".bd-article .cell:has(.cell_output)").first
    cell.hover()
    cell.locator(".copybtn").click()
    cell.locator(".copybtn.success").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == "".join(stored["source"]).strip()
