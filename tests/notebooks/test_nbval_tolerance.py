"""Test the plugin that compares notebooks, in two pytest runs of its own: with the novel and without."""

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests import LIMIT, ROOT

pytest_plugins = ["pytester"]


def cell(source, *tags, printed="", returned="", **others):
    outputs = [new_output("stream", text=printed)] if printed else []
    if returned:
        data = {"text/plain": returned}
        outputs.append(new_output("execute_result", data=data, execution_count=1))
    return new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs, **others)


@pytest.fixture
def check(pytester, monkeypatch):
    """Return a function that stores notebooks, by name, and lets pytest check them.

    In this run, `gluonbook` is a toy that only knows whether the novel is there.
    """
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}{os.pathsep}{ROOT}")
    monkeypatch.delenv("GLUONBOOK_OFFLINE")

    def run(options=(), *, novel, checks=None, **notebooks):
        pytester.makepyfile(
            **{
                "gluonbook/__init__": "",
                "gluonbook/ground/watching": "UNWATCHED = 'TOY_UNWATCHED'",
                "gluonbook/ground/novel": f"def find_novel(): return {'a path' if novel else None!r}",
            }
        )
        for folder in ("chapter_rnn", "tests/cells"):
            (pytester.path / folder).mkdir(parents=True)
        for name, text in (checks or {}).items():
            (pytester.path / "tests" / "cells" / f"{name}.py").write_text(text)
        for name, cells in notebooks.items():
            for count, one in enumerate(cells, start=1):
                one.execution_count = count
            nbformat.write(new_notebook(cells=cells), f"chapter_rnn/{name}.ipynb")
        plugin = ["-p", "tests.nbval_tolerance", "--nbval-current-env", "--color=no"]
        plugin += [f"--nbval-kernel-startup-timeout={LIMIT}", "--rootdir", pytester.path]
        return pytester.runpytest_subprocess(*plugin, *options, "chapter_rnn", timeout=LIMIT)

    return run


def failed(*numbers):
    return [f"FAILED *toy.ipynb::Cell {number}*" for number in numbers]


COMPARED = [
    cell("print('loss 1.02')", "nbval-rtol=0.05", printed="loss 1.00\n"),
    cell("print('loss 1.02')", printed="loss 1.00\n"),
    cell("print('a'); 1.0", "nbval-rtol=0.05", printed="a\n", returned="1.01"),
    cell("1 + 1;"),
    cell("print(1)", "nbval-ignore-output", printed="2\n"),
    cell(
        "print('epoch 50, loss 4.18')\nprint('epoch 100, loss 2.33')",
        "nbval-rtol=0.05",
        printed="epoch 50, loss 4.17\nepoch 100, loss 2.03\n",
    ),
    cell("import os\nassert os.environ['TOY_UNWATCHED']"),
    cell("assert os.path.basename(os.getcwd()) == 'chapter_rnn'"),
]

READS_TEXT = [
    cell("import os; os.environ.get('GLUONBOOK_OFFLINE')", "reads-text"),
    cell("print('t' * 3)", "reads-text", printed="ttt\n"),
    cell("print('new')", "reads-text", printed="stored\n"),
]

ASSERTED = [
    cell("x = 1", id="first"),
    cell("x", returned="1"),
    cell("x = 2", id="third"),
    cell("assert 'y' not in globals() and 'run' not in globals()"),
]
ASSERTIONS = (
    '"""The assertions about the toy."""\n\n'
    "# after first\nassert reads_text and x == 1\nx = y = 2\n"
    "# after third\nfor z in (1, 2):\n    assert x > z, f'{x} is no more than {z}'\n"
)


def test_cells_are_compared_as_their_tags_ask_and_assertions_about_them_are_checked(check):
    run = check(
        ["--continue-on-collection-errors"],
        novel=True,
        toy=[*COMPARED, *READS_TEXT, *ASSERTED],
        tolerance=[cell("1", "nbval-rtol=abc")],
        no_cell=[cell("1", "saved")],
        checks={"toy": ASSERTIONS, "no_cell": "assert x"},
    )
    run.assert_outcomes(passed=11, failed=4, errors=2)
    run.stdout.fnmatch_lines_random(failed(1, 5, 10, 13))
    run.stdout.fnmatch_lines(
        [
            "--- stored output 1, stdout",
            "-epoch 100, loss 2.03",
            "+epoch 100, loss 2.33",
            "stored 2.03, now 2.33: off by +0.3, where 0.1015 is allowed",
            "If the new output is right, store it: make refresh NOTEBOOKS=toy",
        ]
    )
    run.stdout.fnmatch_lines(
        [
            "Cell 13: An assertion about the cell failed",
            "*/tests/cells/toy.py, line 8:",
            "    assert x > z, f'{x} is no more than {z}'",
            "AssertionError: 2 is no more than 2",
        ]
    )
    run.stdout.fnmatch_lines_random(
        [
            "tolerance.ipynb, Cell 0 *: the tags *'nbval-rtol=abc'* are not a tolerance*",
            "*no_cell.py must begin with a line '# after CELL-ID'",
            "notebooks: cells that read the novel were compared with the real text",
        ]
    )


def test_cells_that_read_the_stand_in_are_executed_and_not_compared(check):
    warn = "import warnings; warnings.warn('{}')"
    run = check(
        # A notebook that reads the text is selected as a whole, and no other.
        ["-m", "reads_text"],
        novel=False,
        toy=[
            *READS_TEXT,
            cell("assert os.environ['GLUONBOOK_OFFLINE'] == '1'"),
            cell(warn.format("The novel is not here: why. A stand-in is read")),
            cell(warn.format("The gradient is not here")),
            cell("1 / 0", "reads-text"),
        ],
        other=[cell("x = 3")],
    )
    run.assert_outcomes(passed=5, failed=2)
    run.stdout.fnmatch_lines_random(failed(5, 6))
    run.stdout.fnmatch_lines(["notebooks: stand-in text: *(`make data` gets the novel)"])
    run.stdout.no_fnmatch_line("*other.ipynb*")
