"""The book as PDFs, one for each part: complete, in order, and readable without eyes."""

import collections
import itertools
import re
import subprocess
import sys

import pikepdf
import pypdfium2
import pytest
from bs4 import BeautifulSoup

from book.making import built_pages, pdf
from tests import ROOT

SHEET = 627  # CSS pixels between the margins of the paper
SHEET_HEIGHT = 933


@pytest.fixture(scope="module")
def folder(chromium, book, tmp_path_factory):
    """Print the book, and return the folder with its parts."""
    path = tmp_path_factory.mktemp("pdf")
    made = make_pdfs(book, path)
    assert made.returncode == 0, made.stderr
    return path


def make_pdfs(book, path, **options):
    command = [sys.executable, "-m", "book.making.pdf", str(book), str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **options)


@pytest.fixture(scope="module", params=pdf.PARTS, ids=lambda part: part.subtitle)
def part(request):
    """Return each part in turn."""
    return request.param


@pytest.fixture(scope="module")
def printed(folder, part):
    """Return the file of a part."""
    return folder / part.name


@pytest.fixture(scope="module")
def document(printed):
    """Return the PDF as objects."""
    with pikepdf.open(printed) as opened:
        yield opened


@pytest.fixture(scope="module")
def page_texts(printed):
    """Return what is written on each page."""
    with pypdfium2.PdfDocument(printed) as opened:
        texts = [page.get_textpage().get_text_bounded() for page in opened]
    return [text.replace("\x02", "-") for text in texts]  # so it tells a hyphen at a line's end


@pytest.fixture(scope="module")
def html_pages(book, part):
    """Return the text of each page of a part, in reading order."""
    pages = filter(part.holds, built_pages.reading_order(book))
    return [built_pages.parse(book / page).article for page in pages]


def select(html_pages, selector):
    return [element for page in html_pages for element in page.select(selector)]


def squeeze(text):
    return re.sub(r"\s", "", text)


def tags(document, kind):
    """Return the alt texts of all tags of a kind."""
    objects = [o for o in document.objects if isinstance(o, pikepdf.Dictionary)]
    return [str(o.get("/Alt", "")) for o in objects if "/P" in o and o.get("/S") == kind]


def test_every_page_of_the_book_is_in_one_part(book):
    parts = [
        [page for page in built_pages.reading_order(book) if part.holds(page)] for part in pdf.PARTS
    ]
    assert sorted(itertools.chain(*parts)) == sorted(built_pages.reading_order(book))
    chapter, solutions, package = parts
    assert {path.stem for path in (ROOT / "chapter_rnn").glob("*.ipynb")} <= {
        p.stem for p in chapter
    }
    assert len(solutions) > 10 and package == [pdf.PACKAGE]


def test_it_says_what_it_is(document, part):
    root = document.Root
    assert root.Lang == "en"
    assert root.MarkInfo.Marked
    assert root.ViewerPreferences.DisplayDocTitle
    assert str(document.docinfo.Title) == f"Recurrent Neural Networks: {part.subtitle}"
    assert str(document.docinfo.Author) == "The gluonbook authors"


def test_every_page_is_a4_and_none_is_blank(document, page_texts):
    sizes = {tuple(round(float(x)) for x in page.mediabox) for page in document.pages}
    assert sizes == {(0, 0, 595, 842)}
    assert len(page_texts) > 20
    short = [number for number, text in enumerate(page_texts, 1) if len(squeeze(text)) < 100]
    assert not short


def test_every_page_but_the_title_page_has_its_number(page_texts):
    for number, text in enumerate(page_texts[1:], start=2):
        assert str(number) in text.splitlines(), number


def test_the_outline_has_every_heading_in_order(document, html_pages):
    for link in select(html_pages, ".headerlink"):
        link.decompose()
    headings = [" ".join(h.get_text().split()) for h in select(html_pages, "h1, h2, h3, h4")]
    with document.open_outline() as outline:
        titles = [item.title for item in pdf.entries(outline.root)]
    assert titles == ["Contents", *headings]


def test_the_contents_name_the_right_pages(printed, document, html_pages):
    html = BeautifulSoup(printed.with_suffix(".html").read_text(), "html.parser")
    entries = html.select("#contents li")
    pages = pdf.pages_of_names(printed)
    titles = {" ".join(h.get_text().split()).rstrip("#") for h in select(html_pages, "h1")}
    assert len(entries) >= len(titles) > 0
    for entry in entries:
        place = pages[entry.a["href"].removeprefix("#")]
        assert entry.select_one(".number").get_text() == str(place), entry


def test_every_picture_and_formula_can_be_read_out(document, html_pages, part):
    drawn = select(html_pages, "img, .gluonbook-frames > svg")
    pictures = [picture.get("alt") or picture["aria-label"] for picture in drawn]
    assert collections.Counter(tags(document, "/Figure")) == collections.Counter(pictures)
    written = select(html_pages, ".katex-mathml annotation:not(template *)")
    formulas = [" ".join(tex.get_text().split()) for tex in written]
    assert len(formulas) > (500 if part is pdf.PARTS[0] else 0)
    assert collections.Counter(tags(document, "/Formula")) == collections.Counter(formulas)


def test_every_word_and_every_line_of_code_is_there(page_texts, html_pages, part):
    away = ", .katex, .spoken, .gluonbook-frames"
    left_out = select(html_pages, built_pages.NOT_FOR_PAPER + away)
    assert not [element for element in left_out if element.name == "pre" or element.find("pre")]
    for element in left_out:
        element.decompose()
    words = {word for page in html_pages for word in re.findall(r"\w{3,}", page.get_text(" "))}
    lines = [line for code in select(html_pages, "pre") for line in code.get_text().splitlines()]
    assert (len(words) > 3000 and len(lines) > 2000) or part is not pdf.PARTS[0]
    printed = squeeze("".join(page_texts))
    assert not [text for text in [*words, *lines] if squeeze(text) not in printed]


def test_nothing_is_wider_than_the_sheet(open_page, printed):
    page = open_page(printed.with_suffix(".html").as_uri(), width=SHEET)
    page.emulate_media(media="print")
    wide = page.evaluate(
        """(width) => [...document.querySelectorAll("main :is(pre, table, img, div.math)")]
            .filter((box) => box.getBoundingClientRect().right > width + 1
                || box.scrollWidth > box.clientWidth + 1 && box.clientWidth)
            .map((box) => box.outerHTML.slice(0, 200))""",
        SHEET,
    )
    assert not wide


def test_code_is_legible_and_no_line_of_100_characters_wraps(open_page, printed):
    page = open_page(printed.with_suffix(".html").as_uri(), width=SHEET)
    page.emulate_media(media="print")
    page.wait_for_function("document.fonts.status === 'loaded'")
    size, width, room = page.evaluate(
        """() => {
            const code = document.querySelector(".cell_input pre, .highlight pre, pre");
            const { fontSize, fontFamily, paddingLeft, paddingRight } = getComputedStyle(code);
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.font = `${fontSize} ${fontFamily}`;
            const padding = parseFloat(paddingLeft) + parseFloat(paddingRight);
            return [parseFloat(fontSize), canvas.measureText("x".repeat(100)).width,
                document.querySelector("main").clientWidth - padding];
        }"""
    )
    assert size * 72 / 96 >= 8.4  # points
    assert width < room


def test_a_list_of_arguments_leaves_room_on_its_page(open_page, printed):
    page = open_page(printed.with_suffix(".html").as_uri(), width=SHEET)
    page.emulate_media(media="print")
    lists = page.evaluate(
        """() => [...document.querySelectorAll("dl.field-list ul")]
            .map((list) => [list.children.length, list.getBoundingClientRect().height])"""
    )
    if printed.name.endswith("package.pdf"):
        assert max(items for items, _ in lists) >= 15
    assert max([height for _, height in lists], default=0) < SHEET_HEIGHT / 3


def test_every_link_inside_leads_somewhere(printed, document):
    html = BeautifulSoup(printed.with_suffix(".html").read_text(), "html.parser")
    names = [element["id"] for element in html.select("[id]")]
    assert len(names) == len(set(names))
    assert {link["href"][1:] for link in html.select("a[href^='#']")} <= set(names)
    annotations = [a for page in document.pages for a in page.get("/Annots", [])]
    inside = [str(a.Dest) for a in annotations if "/Dest" in a]
    assert len(inside) > 20
    assert set(inside) <= set(document.Root.Dests.keys())


def test_without_a_browser_one_sentence_says_what_to_install(book, tmp_path):
    made = make_pdfs(book, tmp_path, env={"PATH": str(tmp_path)})
    assert made.returncode == 1
    assert made.stderr == (
        "pdf: Chromium prints the book, and is not installed here: sudo apt-get install chromium\n"
    )
    assert not list(tmp_path.iterdir())
