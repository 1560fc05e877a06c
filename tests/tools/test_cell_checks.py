"""tools/cell_checks.py: reading and running the assertions about the cells of a notebook."""

import pytest

from tools import cell_checks


def test_each_notebook_of_the_chapter_has_a_file_of_checks(tmp_path):
    chapter, cells = tmp_path / "chapter_rnn", tmp_path / "tests" / "cells"
    solutions = chapter / "solutions" / "rnn.ipynb"
    assert cell_checks.path_of_checks(solutions) == cells / "solutions" / "rnn.py"
    assert cell_checks.path_of_checks(tmp_path / "rnn.ipynb") is None


def test_a_block_ends_where_the_next_begins_and_keeps_its_line_numbers(tmp_path):
    path = tmp_path / "toy.py"
    assert cell_checks.read_checks(path) == {}
    path.write_text('"""Checks."""\n\n# after one\nassert x\n\n#After  Two-3 \nassert y\n')
    assert cell_checks.read_checks(path) == {
        "one": "\n\n# after one\nassert x\n\n",
        "Two-3": "\n\n\n\n\n#After  Two-3 \nassert y\n",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n# after one\nassert x", "must begin with"),
        ("# after one\nassert x\n# after one\nassert y", "two blocks for the cell one"),
    ],
)
def test_code_that_would_never_run_is_refused(text, message, tmp_path):
    (tmp_path / "toy.py").write_text(text)
    with pytest.raises(ValueError, match=message):
        cell_checks.read_checks(tmp_path / "toy.py")


def test_a_block_reports_every_failure_with_its_line_and_values(monkeypatch):
    monkeypatch.setattr(cell_checks, "novel_is_here", lambda: True)
    names = {"perplexity": 14.5}
    block = (
        "assert perplexity > 1\n"
        "assert perplexity < 13.5, 'the text says that it learns'\n"
        "half = perplexity / 2\n"
        "assert half == 7\n"
        "assert missing\n"
        "assert half == 8"
    )
    with pytest.raises(AssertionError) as failed:
        cell_checks.run(block, "toy.py", names)
    said = str(failed.value)
    assert "line 2" in said and "the text says that it learns" in said and "14.5 < 13.5" in said
    assert "line 4" in said and "7.25 == 7" in said
    assert "NameError: name 'missing' is not defined" in said
    assert "line 1:" not in said and "line 6" not in said
    assert names == {"perplexity": 14.5}
