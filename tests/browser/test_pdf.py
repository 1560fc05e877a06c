"""The book as a PDF: complete, in order, and readable without eyes. A few pages are printed here."""

import collections
import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from book.making import pdf

# With numbered formulas, a table, solutions, and links between all of these.
NAMES = ["index", "language-model-data", "solutions/index", "solutions/language-model-data"]
PART = [Path("chapter_rnn", f"{name}.html") for name in NAMES]


@pytest.fixture(scope="module")
def printed(chromium, book, tmp_path_factory):
    """Print the part as `make pdf` prints the book, and return the file."""
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "reading_order", lambda book: PART)
        pdf.print_book(chromium, book, path)
    return path


@pytest.fixture(scope="module")
def joined(printed):
    return pdf.parse(printed.with_suffix(".html"))


@pytest.fixture(scope="module")
def sheets(printed):
    """Return what is written on each sheet, below its number."""
    with pypdfium2.PdfDocument(printed) as opened:
        texts = [squeeze(page.get_textpage().get_text_bounded()) for page in opened]
    for number, text in enumerate(texts[1:], start=2):
        assert text.startswith(str(number))
        texts[number - 1] = text.removeprefix(str(number))
    return texts


@pytest.fixture(scope="module")
def html_pages(book):
    """Return the text of each page of the part, as the book has it."""
    texts = [pdf.parse(book / page).article for page in PART]
    for text in texts:
        for element in text.select(".headerlink"):
            element.decompose()
    return texts


def squeeze(text):
    # A hyphen at the end of a line is reported as a different character.
    return re.sub(r"\s", "", text.replace("\x02", "-").replace("\ufffe", "-"))


def test_every_word_and_every_line_of_code_is_there_and_no_sheet_is_blank(sheets, html_pages):
    not_on_paper = ".byline, .start, .katex, svg, details.hide > summary"
    words, lines = set(), []
    for text in html_pages:
        for element in text.select(not_on_paper):
            element.decompose()
        words.update(re.findall(r"\w{3,}", text.get_text(" ")))
        lines += [line for code in text.select("pre") for line in code.get_text().splitlines()]
    assert len(words) > 500 and len(lines) > 100
    printed = "".join(sheets)
    assert not [text for text in [*words, *lines] if squeeze(text) not in printed]
    assert min(map(len, sheets)) > 30


def test_the_outline_has_every_heading_in_order(printed, html_pages):
    headings = [h for text in html_pages for h in text.select("h1, h2, h3, h4, h5")]
    with pikepdf.open(printed) as opened, opened.open_outline() as outline:
        titles = [item.title for item in pdf.entries(outline.root)]
    assert titles == [" ".join(h.get_text().split()) for h in headings]


def test_every_picture_and_formula_can_be_read_out(printed, joined):
    pictures = joined.select(".page img, .page [role=img]")
    shown = [picture.get("alt") or picture["aria-label"] for picture in pictures]
    with pikepdf.open(printed) as opened:
        tags = [tag for tag in opened.objects if isinstance(tag, pikepdf.Dictionary)]
        spoken = [str(tag.get("/Alt", "")) for tag in tags if tag.get("/S") == "/Figure"]
        assert opened.Root.Lang == "en"
    assert len(shown) > 30 and collections.Counter(spoken) == collections.Counter(shown)


def test_every_link_inside_leads_somewhere(joined):
    names = [element["id"] for element in joined.select("[id]")]
    links = {link["href"] for link in joined.select("a[href]")}
    inside = {address[1:] for address in links if address.startswith("#")}
    assert len(names) == len(set(names)) and len(inside) > 5 and inside <= set(names)
    assert not [a for a in links if not a.startswith(("#", "http://", "https://", "mailto:"))]
