"""What the README shows of the book: its list of sections."""

from book import places
from book.making import readme
from tests import ROOT


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
