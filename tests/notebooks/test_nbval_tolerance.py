"""Test the plugin that compares notebooks, in two pytest runs of its own: with the novel and without."""

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests import LIMIT, ROOT

pytest_plugins = ["pytester"]


def cell(source, *tags, printed="", **others):
    outputs = [new_output("stream", text=printed)] if printed else []
    return new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs, **others)


def figure(alt, number):
    """Return a cell that displays a figure of which another alt text or number may be stored."""
    data = {"image/png": "AAAA", "text/plain": "falls"}
    code = f"display({data}, metadata={{'gluonbook': {{'plotted': ['x: 1.5']}}}}, raw=True)"
    metadata = {"gluonbook": {"plotted": [f"x: {number}"]}}
    stored = new_output("display_data", data | {"text/plain": alt}, metadata=metadata)
    return new_code_cell(code, outputs=[stored])


@pytest.fixture
def check(pytester, monkeypatch):
    """Return a function that stores a notebook, and lets pytest check it.

    In this run, `gluonbook` is a toy that only knows whether the novel is there.
    """
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}{os.pathsep}{ROOT}")
    monkeypatch.delenv("GLUONBOOK_OFFLINE")

    def run(cells, *, novel, checks="", options=()):
        pytester.makepyfile(
            **{
                "gluonbook/__init__": "",
                "gluonbook/ground/novel": f"def find_novel(): return {'a path' if novel else None!r}",
            }
        )
        for folder in ("chapter_rnn", "tests/cells"):
            (pytester.path / folder).mkdir(parents=True)
        (pytester.path / "tests" / "cells" / "toy.py").write_text(checks)
        for count, one in enumerate(cells, start=1):
            one.execution_count = count
        nbformat.write(new_notebook(cells=cells), "chapter_rnn/toy.ipynb")
        plugin = ["-p", "tests.nbval_tolerance", "--nbval-current-env", "--color=no"]
        plugin += [f"--nbval-kernel-startup-timeout={LIMIT}", "--rootdir", pytester.path]
        return pytester.runpytest_subprocess(*plugin, *options, "chapter_rnn", timeout=LIMIT)

    return run


def test_a_changed_number_alt_text_or_point_fails_and_so_does_an_assertion(check):
    cells = [
        cell("print('loss 1.02')", "nbval-rtol=0.05", printed="loss 1.00\n"),
        cell("print('loss 1.02')", printed="loss 1.00\n"),  # fails
        cell("1 + 1;"),
        cell("print(1)", "nbval-ignore-output", printed="2\n"),
        cell("print('loss 2.33')", "nbval-rtol=0.05", printed="loss 2.03\n"),  # fails
        figure("falls", 1.5),
        figure("rises", 1.5),  # fails
        figure("falls", 1.6),  # fails
        cell("print('ttt')", "reads-text", printed="stored\n"),  # fails
        cell("import os\nassert os.environ['GLUONBOOK_UNWATCHED']"),
        cell("x = 1", id="first"),
        cell("x = 2", id="last"),  # fails
    ]
    checks = "# after first\nassert reads_text and x == 1\nx = 3\n# after last\nassert x > 2, 'few'"
    run = check(cells, novel=True, checks=checks)
    run.assert_outcomes(passed=6, failed=6)
    run.stdout.fnmatch_lines_random(
        [f"FAILED *toy.ipynb::Cell {number}*" for number in (1, 4, 6, 7, 8, 11)]
    )
    run.stdout.fnmatch_lines(
        [
            "--- stored output 1, stdout",
            "-loss 2.03",
            "+loss 2.33",
            "If the new output is right, store it: make refresh NOTEBOOKS=toy",
            "output 1, row 1 of what is plotted, x: number 1 is now 1.5; the stored one is 1.6",
            "*tests/cells/toy.py, line 5:",
            "AssertionError: few",
        ]
    )
    run.stdout.no_fnmatch_line("stand-in text: *")


def test_what_is_around_a_kernel_changes_nothing_and_one_that_dies_is_not_waited_for(
    check, monkeypatch, tmp_path
):
    long = tmp_path.joinpath(*["long"] * 20)
    long.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(long))
    monkeypatch.setenv("HOME", "/dev/null/home")  # cannot be made
    cells = [
        cell("import matplotlib.pyplot"),
        cell("print(get_ipython().kernel.parent.transport)", printed="ipc\n"),
        cell("import os; os._exit(1)"),  # fails
    ]
    run = check(cells, novel=True, options=["--nbval-cell-timeout=100000"])
    run.assert_outcomes(passed=2, failed=1)
    run.stdout.fnmatch_lines(["*The kernel has died*"])


def test_cells_that_read_the_stand_in_are_executed_and_not_compared(check):
    warn = "import warnings; warnings.warn('{}')"
    cells = [
        cell("print('new')", "reads-text", printed="stored\n"),
        cell("import os; assert os.environ['GLUONBOOK_OFFLINE'] == '1'"),
        cell(warn.format("The novel is not here: why. A stand-in is read")),
        cell(warn.format("The gradient is not here")),  # fails
        cell("1 / 0", "reads-text"),  # fails
    ]
    # A notebook that reads the text is selected as a whole.
    run = check(cells, novel=False, options=["-m", "reads_text"])
    run.assert_outcomes(passed=3, failed=2)
    run.stdout.fnmatch_lines(["stand-in text: *(`make data` gets the novel)"])
