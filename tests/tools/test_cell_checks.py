"""tools/cell_checks.py: what is asserted of a notebook's cells, apart from them."""

import pytest

from tools import cell_checks


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "tests" / "cells" / "toy.py"
    path.parent.mkdir(parents=True)
    return path


def test_each_notebook_has_its_file(tmp_path):
    chapter, cells = tmp_path / "chapter_rnn", tmp_path / "tests" / "cells"
    assert cell_checks.path_of_checks(chapter / "rnn.ipynb") == cells / "rnn.py"
    solutions = chapter / "solutions" / "rnn.ipynb"
    assert cell_checks.path_of_checks(solutions) == cells / "solutions" / "rnn.py"
    assert cell_checks.path_of_checks(tmp_path / "rnn.ipynb") is None


def test_a_block_ends_where_the_next_begins_and_keeps_its_lines(path):
    assert cell_checks.read_checks(path) == {}
    path.write_text('"""Checks."""\n\n# after one\nassert x\n\n#After  Two-3 \nassert y\n')
    assert cell_checks.read_checks(path) == {
        "one": "\n\n# after one\nassert x\n\n",
        "Two-3": "\n\n\n\n\n#After  Two-3 \nassert y\n",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n# after one\nassert x", "has to begin with"),
        ("assert x", "has to begin with"),
        ("# after one\nassert x\n# after one\nassert y", "two blocks for the cell one"),
    ],
)
def test_what_would_not_be_run_is_refused(path, text, message):
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        cell_checks.read_checks(path)
