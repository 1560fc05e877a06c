"""Test the plugin that compares notebooks, in a pytest run of its own."""

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests import ROOT

pytest_plugins = ["pytester"]


def stream(text):
    return new_output("stream", text=text)


def cell(source, *tags, stored=(), **others):
    outputs = [stored] if isinstance(stored, dict) else list(stored)
    return new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs, **others)


@pytest.fixture
def check(pytester, monkeypatch):
    """Return a function that stores a notebook with some cells and lets pytest check it.

    In this run, `gluonbook` is a toy that only knows whether the novel is there.
    """
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}{os.pathsep}{ROOT}")
    monkeypatch.delenv("GLUONBOOK_OFFLINE")

    def run(*cells, options=(), novel=True, name="chapter_rnn/toy.ipynb"):
        pytester.makepyfile(
            **{
                "gluonbook/__init__": "",
                "gluonbook/ground/watching": "UNWATCHED = 'TOY_UNWATCHED'",
                "gluonbook/ground/novel": f"def find_novel(): return {'a path' if novel else None!r}",
            }
        )
        for count, one in enumerate(cells, start=1):
            one.execution_count = count
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=list(cells)), path)
        plugin = ["-p", "tests.nbval_tolerance", "--nbval-current-env"]
        return pytester.runpytest_subprocess(
            *plugin, "--rootdir", pytester.path, "--color=no", *options, path
        )

    return run


def failed(*numbers):
    return [f"FAILED *toy.ipynb::Cell {number}*" for number in numbers]


def test_cells_are_compared_as_their_tags_ask(check):
    returned = new_output("execute_result", data={"text/plain": "1.01"}, execution_count=1)
    run = check(
        cell("print('loss 1.02')", "nbval-rtol=0.05", stored=stream("loss 1.00\n")),
        cell("print('loss 1.02')", stored=stream("loss 1.00\n")),
        cell("print('a'); 1.0", "nbval-rtol=0.05", stored=[stream("a\n"), returned]),
        cell("1 + 1;"),
        cell("print(1)", "nbval-ignore-output", stored=stream("2\n")),
        cell("assert False", "nbval-ignore-output"),
        cell(
            "1 / 0",
            "raises-exception",
            stored=new_output("error", ename="ZeroDivisionError", evalue="division by zero"),
        ),
        cell(
            "print('epoch 50, loss 4.18')\nprint('epoch 100, loss 2.33')",
            "nbval-rtol=0.05",
            stored=stream("epoch 50, loss 4.17\nepoch 100, loss 2.03\n"),
        ),
        cell("import os\nassert os.environ['TOY_UNWATCHED']"),
        cell("assert os.path.basename(os.getcwd()) == 'chapter_rnn'"),
    )
    run.assert_outcomes(passed=7, failed=3)
    run.stdout.fnmatch_lines_random(failed(1, 5, 7))
    run.stdout.fnmatch_lines(
        [
            "--- stored output 1, stdout",
            "-epoch 100, loss 2.03",
            "+epoch 100, loss 2.33",
            "stored 2.03, now 2.33: off by +0.3, where 0.1015 is allowed",
        ]
    )


@pytest.fixture
def write_checks(pytester):
    """Return a function that writes the assertions about the toy."""
    path = pytester.path / "tests" / "cells" / "toy.py"
    path.parent.mkdir(parents=True)
    return path.write_text


@pytest.mark.parametrize(
    ("tag", "checks", "message"),
    [
        (
            "nbval-rtol=abc",
            "",
            "toy.ipynb, Cell 0: the tags *'nbval-rtol=abc'* are not a tolerance*",
        ),
        ("saved", "assert x", "*toy.py has to begin with a line '# after CELL-ID'"),
    ],
)
def test_a_malformed_check_is_an_error(tag, checks, message, check, write_checks):
    write_checks(checks)
    run = check(cell("1", tag))
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines([message])


READS_TEXT = [
    cell("import os; os.environ.get('GLUONBOOK_OFFLINE')", "reads-text"),
    cell("print('t' * 3)", "reads-text", stored=stream("ttt\n")),
    cell("print('new')", "reads-text", stored=stream("stored\n")),
]


def test_cells_that_read_the_text_are_compared_with_the_novel(check):
    # A notebook that reads the text is selected as a whole.
    run = check(*READS_TEXT, cell("x = 3"), options=["-m", "reads_text"])
    run.assert_outcomes(passed=3, failed=1)
    run.stdout.fnmatch_lines(
        ["notebooks: cells that read the novel were compared with the real text"]
    )


def test_cells_that_read_the_stand_in_are_executed_and_not_compared(check):
    warn = "import warnings; warnings.warn('{}')"
    run = check(
        *READS_TEXT,
        cell("assert os.environ['GLUONBOOK_OFFLINE'] == '1'"),
        cell(warn.format("The novel is not here: why. A stand-in is read")),
        cell(warn.format("The gradient is not here")),
        cell("1 / 0", "reads-text"),
        novel=False,
        options=["-n1"],
    )
    run.assert_outcomes(passed=5, failed=2)
    run.stdout.fnmatch_lines_random(failed(5, 6))
    run.stdout.fnmatch_lines(["notebooks: stand-in text: *(`make data` gets the novel)"])


def test_a_notebook_that_does_not_read_the_text_is_not_selected(check):
    run = check(cell("x = 3"), options=["-m", "reads_text"])
    run.assert_outcomes(deselected=1)
    run.stdout.no_fnmatch_line("notebooks: *")


def test_the_assertions_about_a_cell_are_checked(check, write_checks):
    write_checks(
        '"""The assertions about the toy."""\n\n'
        "# after first\nassert reads_text and x == 1\nx = y = 2\n"
        "# after third\nfor z in (1, 2):\n    assert x > z, f'{x} is no more than {z}'\n"
    )
    returned = new_output("execute_result", data={"text/plain": "1"}, execution_count=1)
    run = check(
        cell("x = 1", id="first"),
        cell("x", stored=returned),
        cell("x = 2", id="third"),
        cell("assert 'y' not in globals() and 'run' not in globals()"),
    )
    run.assert_outcomes(passed=3, failed=1)
    run.stdout.fnmatch_lines(
        [
            "Cell 2: An assertion about the cell failed",
            "*/tests/cells/toy.py, line 8:",
            "    assert x > z, f'{x} is no more than {z}'",
            "AssertionError: 2 is no more than 2",
        ]
    )
