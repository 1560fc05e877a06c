"""A page on paper: the text, whole, in ink on white, and nothing that one clicks."""

import pypdfium2
import pytest

SHEET = 680  # CSS pixels between the margins of A4, as a browser sets them
FOLDS = "chapter_rnn/language-model.html"  # a page with code that is folded on the screen


@pytest.fixture
def paper(open_page):
    """Return a page as wide as a sheet of paper, which shows what would be printed."""
    page = open_page(width=SHEET)
    page.emulate_media(media="print")
    return page


def test_the_text_is_as_wide_as_the_sheet(paper, site):
    paper.goto(site + FOLDS)
    widths = paper.evaluate(
        """() => [...document.querySelectorAll(".bd-article section > p")]
            .filter((paragraph) => paragraph.textContent.length > 300)
            .map((paragraph) => paragraph.getBoundingClientRect())
            .map(({ left, right }) => [left, right])"""
    )
    assert len(widths) > 10
    assert {tuple(map(round, edges)) for edges in widths} == {(0, SHEET)}


def test_a_sheet_has_margins_that_a_printer_keeps(open_page, site, tmp_path):
    page = open_page(site + FOLDS)
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4")
    with pypdfium2.PdfDocument(path) as printed:
        texts = [sheet.get_textpage() for sheet in printed]
        words = [text.get_rect(i) for text in texts for i in range(text.count_rects())]
        width, height = printed[0].get_size()
    left, bottom = (min(word[edge] for word in words) for edge in (0, 1))
    right, top = (max(word[edge] for word in words) for edge in (2, 3))
    for margin in (left, bottom, width - right, height - top):
        assert 40 < margin < 75, margin  # points: 14 to 26 millimetres


def test_a_page_is_printed_dark_on_white_and_unfolded(open_page, site, tmp_path):
    page = open_page(site + FOLDS, color_scheme="dark")
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4")
    with pypdfium2.PdfDocument(path) as printed:
        text = "".join(sheet.get_textpage().get_text_bounded() for sheet in printed)
        picture = printed[0].render().to_numpy()
    assert (picture[0, 0] == 255).all() and picture.mean() > 230
    assert picture.min() < 60
    words = "".join(text.split())
    folded = page.locator("details.hide .cell_input pre").all()
    assert folded
    for code in folded:
        lines = ["".join(line.split()) for line in code.text_content().splitlines()]
        assert not [line for line in lines if line not in words]
        assert code.is_hidden()  # again, on the screen


def test_a_button_prints(open_page, site):
    page = open_page()
    page.add_init_script("window.print = () => { window.printed = true; }")
    page.goto(site + FOLDS)
    page.get_by_role("button", name="Print", exact=True).press("Enter")
    assert page.evaluate("window.printed")
