"""The pages of the book as files: what they contain, and what they must not contain."""

import functools
import json
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
import sphinxcontrib.katex
from bs4 import BeautifulSoup

from book import chapter
from tests import ROOT
from tests.built_book import HTML, built_book, pages

SECTIONS = [chapter.CHAPTER / f"{name}.ipynb" for name in chapter.SECTIONS]
NOTEBOOKS = [*SECTIONS, *(chapter.SOLUTIONS / path.name for path in SECTIONS)]

NO_TEXT = "pre, code, .katex, .train-here"
RAW_TEX = re.compile(r"\$(?!\d)|\\[(\[]|\\[a-zA-Z]{2,}")


@pytest.fixture(scope="module", autouse=True)
def book():
    return built_book()


@functools.cache
def parse(page):
    return BeautifulSoup((HTML / page).read_text(), "html.parser")


def main_text(page):
    """Return a page's text as a reader sees it: without code, and without formulas."""
    article = BeautifulSoup((HTML / page).read_text(), "html.parser").article
    for element in article.select(NO_TEXT):
        element.decompose()
    return article.get_text(" ")


def cells_of(notebook):
    return json.loads((ROOT / notebook).read_text())["cells"]


def page_of(notebook):
    return notebook.with_suffix(".html")


def content_pages():
    """Return the pages that have a source; the others are the search and the package's code."""
    return [page for page in pages() if page.parts[0] != "_modules" and page.name != "search.html"]


def resolve(page, address):
    """Return the file and the anchor that an address on a page leads to."""
    joined, anchor = urldefrag(urljoin((HTML / page).as_uri(), address))
    return Path(unquote(joined.removeprefix("file://").partition("?")[0])), unquote(anchor)


# --- What is there -------------------------------------------------------------------------


def test_no_line_ends_between_a_formula_and_what_it_touches():
    formulas = parse(page_of(SECTIONS[0].with_stem("rnn-scratch"))).select("p .math")
    assert all("together" in formula.parent["class"] for formula in formulas)
    assert any(formula.parent.get_text().startswith("(") for formula in formulas)


# --- Figures -----------------------------------------------------------------------------------

PICTURES = ":is(img, .gluonbook-writer):not(.train-here *)"


def test_every_figure_of_a_notebook_is_shown_with_its_own_alt_text_and_no_program():
    for notebook in NOTEBOOKS:
        outputs = [output for cell in cells_of(notebook) for output in cell.get("outputs", [])]
        stored = [
            output["metadata"].get("image/png", {}).get("alt")  # missing: see `make check`
            for output in outputs
            if "image/png" in output.get("data", {})
        ]
        page = parse(page_of(notebook))
        pictures = page.select(".cell_output img")
        assert [picture["alt"] for picture in pictures] == stored, notebook
        assert not page.select(".cell_output :is(script, style)"), notebook


def test_every_picture_of_a_notebook_is_a_figure_with_a_number_and_a_caption():
    for notebook in NOTEBOOKS:
        pictures = parse(page_of(notebook)).article.select(PICTURES)
        figures = [picture.find_parent("figure", id=True) for picture in pictures]
        assert None not in figures, f"{notebook}: the book knows no caption of a picture"
        numbers = [figure.select_one(".caption-number").get_text().strip() for figure in figures]
        if notebook in SECTIONS:
            section = chapter.SECTIONS.index(notebook.stem) + 1
            assert numbers == [f"Figure {section}.{place + 1}" for place in range(len(figures))]
        captions = [figure.select_one(".caption-text").get_text() for figure in figures]
        assert all(len(caption.split()) > 1 for caption in captions), notebook


def test_every_note_is_folded_below_its_title():
    for notebook in NOTEBOOKS:
        sources = ["".join(cell["source"]) for cell in cells_of(notebook)]
        titles = re.findall(r"^<details><summary>(.*)</summary>$", "\n".join(sources), re.MULTILINE)
        notes = parse(page_of(notebook)).select("details.note:not([open])")
        assert [note.summary.get_text() for note in notes] == titles, notebook
        assert all(len(note.get_text()) > len(note.summary.get_text()) for note in notes)


# --- Links -------------------------------------------------------------------------------------


def test_internal_links_lead_somewhere():
    broken = []
    for page in pages():
        for tag in parse(page).select("[href], [src]"):
            address = tag.get("href") or tag["src"]
            if re.match(r"[a-z+]+:|//", address):
                continue
            target, anchor = resolve(page, address)
            if not target.is_file() or (anchor and anchor not in anchors(target)):
                broken.append(f"{page}: {address}")
    assert not broken


@functools.cache
def anchors(target):
    return {element["id"] for element in parse(target.relative_to(HTML)).select("[id]")}


# --- Formulas ----------------------------------------------------------------------------------


def test_every_formula_is_rendered_and_no_tex_is_left():
    for page in content_pages():
        for formula in parse(page).select("article .math"):
            assert formula.select_one(".katex-html"), f"{page}: {formula.get_text()}"
        assert not RAW_TEX.findall(main_text(page)), page


def test_the_vendored_katex_is_the_version_that_renders():
    katex = ROOT / "book" / "_static" / "katex"
    version = sphinxcontrib.katex.katex_version
    assert f'.katex-version:after{{content:"{version}"}}' in (katex / "katex.min.css").read_text()
