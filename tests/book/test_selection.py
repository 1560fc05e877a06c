"""A book of a part of the chapter."""

import json
from types import SimpleNamespace

import pytest

from book import chapter
from book.extensions import selection

SECTIONS = ["counts", "rnn", "gru"]
ALL_SOLUTIONS = [f"chapter_rnn/solutions/{name}" for name in [*SECTIONS, "index"]]


@pytest.fixture(autouse=True)
def whole_book(monkeypatch):
    monkeypatch.delenv("SECTIONS", raising=False)
    monkeypatch.delenv("SOLUTIONS", raising=False)


@pytest.mark.parametrize(
    ("chosen", "solutions", "expected"),
    [
        ("", "", []),
        ("all", "", []),
        ("rnn gru", "", ["chapter_rnn/counts", "chapter_rnn/solutions/counts"]),
        ("rnn gru", "no", ["chapter_rnn/counts", *ALL_SOLUTIONS]),
    ],
)
def test_what_is_not_chosen_is_left_out(monkeypatch, chosen, solutions, expected):
    monkeypatch.setenv("SECTIONS", chosen)
    monkeypatch.setenv("SOLUTIONS", solutions)
    assert chapter.left_out(SECTIONS) == expected


def test_a_name_that_is_no_section_is_refused(monkeypatch):
    monkeypatch.setenv("SECTIONS", "rnn grue")
    with pytest.raises(ValueError, match="SECTIONS names grue; the sections are counts, rnn, gru"):
        chapter.left_out(SECTIONS)


def redirected(page, text, repository=""):
    missing = ["chapter_rnn/gru", "chapter_rnn/solutions/rnn"]
    config = SimpleNamespace(left_out=missing, repository=repository)
    content = [text]
    selection.redirect_links(SimpleNamespace(config=config), page, content)
    return content[0]


def test_a_link_to_a_section_that_is_left_out_becomes_text_or_leads_to_the_published_book():
    text = "See [the gates](gru.ipynb#Gates), and [words](glossary.md#gate)."
    expected = "See the gates, and [words](glossary.md#gate)."
    assert redirected("chapter_rnn/rnn", text) == expected
    assert redirected("chapter_rnn/solutions/counts", "[gates](../gru.ipynb)") == "gates"
    published = "https://me.github.io/book/chapter_rnn/gru.html#Gates"
    assert published in redirected("chapter_rnn/rnn", text, "me/book")


def test_solutions_that_are_withheld_are_not_linked_to_even_if_they_are_published():
    source = ["## Exercises\n", "\n", "The [solutions](solutions/rnn.ipynb) are in a notebook.\n"]
    notebook = json.dumps({"cells": [{"source": [*source, "See [this](solutions/rnn.ipynb).\n"]}]})
    found = json.loads(redirected("chapter_rnn/rnn", notebook, "me/book"))["cells"][0]["source"]
    assert found == ["## Exercises\n", "\n", "\n", "See this.\n"]


def test_the_table_of_the_chapter_lists_only_the_sections_of_the_book():
    table = "| [RNN](rnn.ipynb) | a |\n| [GRU](gru.ipynb) | like [RNN](rnn.ipynb) |\n"
    assert redirected("chapter_rnn/index", table) == "| [RNN](rnn.ipynb) | a |\n"
