"""Captions of figures, and outputs that other pages show; all else, the tests of the whole book see."""

from types import SimpleNamespace

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


def test_an_output_that_is_not_stored_stops_the_build(tmp_path):
    (tmp_path / "chapter_rnn").mkdir()
    (tmp_path / "chapter_rnn" / "rnn.ipynb").write_text(
        '{"cells": [{"id": "fall", "outputs": []}]}'
    )
    env = SimpleNamespace(srcdir=tmp_path)
    directive = SimpleNamespace(arguments=["rnn", "fall"], env=env, error=ValueError)
    with pytest.raises(ValueError, match="rnn has no output of a cell fall: `make refresh`"):
        notebooks.CellOutput.run(directive)
