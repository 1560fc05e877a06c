"""Captions of figures."""

import pytest

from book.extensions import notebooks


@pytest.mark.parametrize(
    ("alt", "caption"),
    [
        ("Learning curves. One falls.", "Learning curves"),
        ("Bars: 1, 2.", "Bars"),
        ("Scale 1.5 against time; it grows", "Scale 1.5 against time"),
        ("No stop at all", "No stop at all"),
    ],
)
def test_a_caption_is_how_the_description_begins(alt, caption):
    assert notebooks.first_clause(alt) == caption
