"""A page on paper: the text, whole, in ink on white, and nothing that one clicks."""

import pypdfium2

FOLDS = "chapter_rnn/language-model.html"  # a page with code that is folded on the screen


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
    folded = page.locator("details.hide:not(.solution *) .cell_input pre").all()
    assert folded
    for code in folded:
        lines = ["".join(line.split()) for line in code.text_content().splitlines()]
        assert not [line for line in lines if line not in words]
        assert code.is_hidden()  # again, on the screen
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Print", exact=True).press("Enter")
    assert page.evaluate("window.printed")
