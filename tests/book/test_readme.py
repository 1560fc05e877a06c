"""What the README shows of the book: its picture and its list of sections."""

import shutil

from PIL import Image

from book import places
from book.making import readme
from tests import ROOT
from tests.built_book import built_book


def test_the_picture_shows_the_page_as_it_is():
    shown = readme.digest_of(readme.PICTURE)
    assert shown == readme.digest(built_book()), "the page has changed since: make readme"
    with Image.open(readme.PICTURE) as picture:
        assert picture.size == tuple(readme.SHARPNESS * side for side in readme.SIZE.values())
    assert readme.PICTURE.stat().st_size < 500_000


def test_a_picture_is_out_of_date_when_the_page_says_or_draws_something_else(tmp_path):
    book = built_book()
    page = tmp_path / readme.PAGE
    page.parent.mkdir()
    shutil.copytree(book / "_images", tmp_path / "_images")
    text = (book / readme.PAGE).read_text()
    page.write_text(text)
    assert readme.digest(tmp_path) == readme.digest(book)
    page.write_text(text.replace("Then the state is added", "Then a state is added"))
    assert readme.digest(tmp_path) != readme.digest(book)
    page.write_text(text)
    drawing = tmp_path / "_images" / "rnn-step.svg"
    drawing.write_text(drawing.read_text().replace("<svg", "<svg class='x'"))
    assert readme.digest(tmp_path) != readme.digest(book)


def test_the_list_of_sections_is_that_of_the_chapter_and_of_the_one_setting():
    listed = readme.BLOCK.search(readme.README.read_text(encoding="utf-8"))[2]
    assert listed == readme.list_sections(ROOT, places.named(ROOT))
    assert listed.count("\n") == 2 + len(list((ROOT / "chapter_rnn").glob("*.ipynb")))


def test_a_book_with_a_place_is_read_there_and_one_without_on_github():
    there = readme.list_sections(ROOT, "Someone/a-book")
    assert there.startswith("**[Read it now](https://someone.github.io/a-book/)**")
    assert "(https://someone.github.io/a-book/chapter_rnn/rnn.html)\n" in there
    here = readme.list_sections(ROOT, "")
    assert (
        "1. [Language models and how to measure them](chapter_rnn/language-model.ipynb)\n" in here
    )
    assert "http" not in here
