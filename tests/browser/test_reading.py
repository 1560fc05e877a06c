"""Finding one's way: search, terms explained where they stand, and what can be copied."""

import json

import pytest
from bs4 import BeautifulSoup

from tests.browser.findings import watch
from tests.built_book import SOURCE

SECTION = "chapter_rnn/rnn-gluon.html"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_shows_the_passage_that_has_the_words(open_page, book, site, scheme):
    root = site if scheme == "http" else book.as_uri() + "/"
    page = open_page()
    seen = watch(page)
    page.goto(root + "search.html?q=gradient+clipping")
    page.get_by_text("Search finished").wait_for()
    results = page.locator("#search-results li")
    excerpts = page.locator("#search-results .excerpt").all_inner_texts()
    assert len(excerpts) >= 0.9 * results.count() > 3
    assert any("gradient clipping" in excerpt.lower() for excerpt in excerpts)
    for excerpt in excerpts:
        assert 20 < len(excerpt) < 240 and not set("\\$¶") & set(excerpt), excerpt
    marked = {text.lower() for text in page.locator("#search-results mark").all_inner_texts()}
    assert {"gradient", "clipping"} <= marked
    assert not seen


@pytest.mark.parametrize("term", ["gradient clipping", "hidden state", "perplexity"])
def test_a_term_of_the_glossary_is_found_first_with_its_own_sentence(open_page, book, site, term):
    page = open_page(f"{site}search.html?q={term}")
    page.get_by_text("Search finished").wait_for()
    first = page.locator("#search-results li").first
    name = term.replace(" ", "-")
    assert first.locator("a").get_attribute("href") == f"chapter_rnn/glossary.html#{name}"
    # Formulas are left out, so what stands before the first one is compared.
    sentence = " ".join(first.locator(".excerpt").inner_text().split()).partition(" …")[0]
    assert len(sentence) > 20
    assert " ".join(explained(book, name).split()).startswith(sentence)


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


def test_an_explanation_stays_within_a_phone(open_page, site):
    page = open_page(site + SECTION, width=390)
    page.keyboard.press("Tab")
    for link in page.locator('.bd-article a[href*="glossary.html#"]').all():
        link.focus()
        box = page.locator("#term-preview").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        visible = page.evaluate("[scrollY, scrollY + innerHeight]")
        assert box["y"] >= 0 and box["height"] < visible[1] - visible[0]


def test_what_is_copied_is_the_code_and_nothing_else(open_page, site):
    page = open_page(site + SECTION, permissions=CLIPBOARD)
    cells = json.loads((SOURCE / SECTION).with_suffix(".ipynb").read_text())["cells"]
    stored = next(cell for cell in cells if cell["cell_type"] == "code" and cell["outputs"])
    assert page.locator(".cell_output .copybtn").count() == 0
    cell = page.locator(".bd-article .cell:has(.cell_output)").first
    cell.hover()
    cell.locator(".copybtn").click()
    cell.locator(".copybtn.success").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == "".join(stored["source"]).strip()


def test_commands_can_be_copied(open_page, site):
    page = open_page(site + "how-to-run.html", permissions=CLIPBOARD)
    block = page.locator(".highlight-sh").first
    block.hover()
    block.locator(".copybtn").click()
    block.locator(".copybtn.success").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("pre").inner_text().strip()


def test_the_search_stays_in_sight_while_the_sidebar_scrolls(open_page, site):
    page = open_page(site + "chapter_rnn/scaling.html")
    page.evaluate("document.querySelector('.bd-sidebar-primary').scrollTo(0, 1000)")
    assert page.evaluate("document.querySelector('.bd-sidebar-primary').scrollTop") > 100
    assert page.locator(".bd-sidebar-primary .search-button-field").bounding_box()["y"] >= 0
