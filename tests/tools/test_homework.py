"""tools/homework.py: what the table says about submitted notebooks."""

import csv
import io
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import homework

ASSERTIONS = """# after width
assert width == 4, "as wide as four equally likely characters"
# after bits
assert bits(8) == 3
"""
SUBMITTED = {
    "right": {"width": "width = 4", "bits": "def bits(n): return n.bit_length() - 1"},
    "wrong": {"width": "width = 5", "bits": "class Odd(Exception): ...\nraise Odd(4)"},
    "half": {"width": "width = 4"},
    "ended": {"width": "import os\nos._exit(1)", "bits": "1 / 0"},
}


def test_each_answer_is_right_or_its_error_is_told(tmp_path, monkeypatch, capsys):
    for name, answers in SUBMITTED.items():
        cells = [new_code_cell(code, id=cell) for cell, code in answers.items()]
        nbformat.write(new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    (tmp_path / "exercise.py").write_text(ASSERTIONS)
    (tmp_path / "broken.ipynb").write_text("none")
    names = [f"{name}.ipynb" for name in (*SUBMITTED, "broken")]
    paths = [str(tmp_path / name) for name in ("exercise.py", *names)]
    monkeypatch.setattr(sys, "argv", ["homework", *paths])
    homework.main()
    assert [*csv.reader(io.StringIO(capsys.readouterr().out))] == [
        ["notebook", "width", "bits"],
        ["right.ipynb", "", ""],
        [
            "wrong.ipynb",
            "AssertionError: as wide as four equally likely characters",
            "Odd: 4",
        ],
        ["half.ipynb", "", "no such cell"],
        ["ended.ipynb", "Kernel died", "the kernel ended in an earlier cell"],
        ["broken.ipynb", "this is no notebook", "this is no notebook"],
    ]


@pytest.mark.parametrize(
    ("content", "notebook", "message"),
    [
        ("# after width\nassert width = 4", "exercise.py", "line 2: invalid syntax"),
        (ASSERTIONS, "none.ipynb", "there is no file none.ipynb"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_before_the_table(
    content, notebook, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exercise.py").write_text(content)
    monkeypatch.setattr(sys, "argv", ["homework", "exercise.py", notebook])
    with pytest.raises(SystemExit, match="2"):
        homework.main()
    out, err = capsys.readouterr()
    assert out == "" and message in err
