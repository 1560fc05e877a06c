"""The plugin that compares notebooks, alone and at work in a pytest run of its own."""

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests import ROOT

pytest_plugins = ["pytester"]


# --- a pytest run of its own -------------------------------------------------------


def stream(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def result(text, **data):
    return new_output("execute_result", data={"text/plain": text} | data, execution_count=1)


def cell(source, *tags, stored=()):
    outputs = [stored] if isinstance(stored, dict) else list(stored)
    return new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs)


@pytest.fixture
def check(pytester, monkeypatch):
    """Return a function that stores a notebook of some cells and lets pytest check it.

    In this run `gluonbook` is a toy that knows only whether the novel is there.
    """
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}{os.pathsep}{ROOT}")
    monkeypatch.delenv("GLUONBOOK_OFFLINE")

    def run(*cells, options=(), novel=True, name="toy.ipynb"):
        pytester.makepyfile(
            **{
                "gluonbook/__init__": "",
                "gluonbook/bar": "UNWATCHED = 'TOY_UNWATCHED'",
                "gluonbook/fetch": f"def find_novel(): return {'a path' if novel else None!r}",
            }
        )
        for count, one in enumerate(cells, start=1):
            one.execution_count = count
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=list(cells)), path)
        return pytester.runpytest_subprocess(
            "-p",
            "tests.nbval_tolerance",
            "--nbval",
            "--nbval-current-env",
            "--rootdir",
            pytester.path,
            "--color=no",
            *options,
            path,
        )

    return run


def test_cells_are_compared_as_their_tags_ask(check):
    svg = {"image/svg+xml": "<svg>stored</svg>"}
    show = (
        "from IPython.display import display\n"
        "display({'image/svg+xml': '<svg>new</svg>', 'text/plain': 'A curve.'}, raw=True)"
    )
    move = show.replace("image/svg+xml", "text/html").replace("A curve", "Curve 1.02")
    html = {"text/html": "<svg>stored</svg>"}
    run = check(
        cell("print('loss 1.02')", "nbval-rtol=0.05", stored=stream("loss 1.00\n")),
        cell("print('loss 1.02')", stored=stream("loss 1.00\n")),
        cell("0.51, 7", "nbval-rtol=0.05", stored=result("(0.5, 7)")),
        cell("0.51, 8", "nbval-rtol=0.05", stored=result("(0.5, 7)")),
        cell("print('a'); 1.0", "nbval-rtol=0.05", stored=[stream("a\n"), result("1.01")]),
        cell(show, stored=new_output("display_data", data={"text/plain": "A curve."} | svg)),
        cell(show, stored=new_output("display_data", data={"text/plain": "A line."} | svg)),
        cell(
            move,
            "nbval-rtol=0.05",
            stored=new_output("display_data", data={"text/plain": "Curve 1.00."} | html),
        ),
        cell(move, stored=new_output("display_data", data={"text/plain": "Curve 1.00."} | html)),
        cell("1 + 1;"),
        cell("print(1)", "nbval-ignore-output", stored=stream("2\n")),
        cell("assert False", "nbval-ignore-output"),
        cell(
            "1 / 0",
            "raises-exception",
            stored=new_output("error", ename="ZeroDivisionError", evalue="division by zero"),
        ),
    )
    run.assert_outcomes(passed=8, failed=5)
    run.stdout.fnmatch_lines_random(
        [f"FAILED toy.ipynb::Cell {number}*" for number in (1, 3, 6, 8, 11)]
    )
    run.stdout.no_fnmatch_line("*notebooks:*")


def test_the_number_that_is_off_is_named(check):
    run = check(
        cell(
            "print('epoch 50, loss 4.18')\nprint('epoch 100, loss 2.33')",
            "nbval-rtol=0.05",
            stored=stream("epoch 50, loss 4.17\nepoch 100, loss 2.03\n"),
        ),
    )
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(
        [
            "--- stored output 1, stdout",
            "-epoch 100, loss 2.03",
            "+epoch 100, loss 2.33",
            "line 2: stored 2.03, now 2.33: off by +0.3, which is 14.78%, the tolerance is 5.00%",
        ]
    )
    run.stdout.no_fnmatch_line("*line 1:*")


def test_a_malformed_tolerance_is_an_error(check):
    run = check(cell("1", "nbval-rtol=abc", stored=result("1")))
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["toy.ipynb, Cell 0: the tag 'nbval-rtol=abc' is no tolerance: *"])


READS_TEXT = [
    cell("import os; os.environ.get('GLUONBOOK_OFFLINE')", "reads-text"),
    cell("print('t' * 3)", "reads-text", stored=stream("ttt\n")),
    cell("print('new')", "reads-text", stored=stream("stored\n")),
]


def test_what_reads_text_is_compared_with_the_novel(check):
    run = check(*READS_TEXT)
    run.assert_outcomes(passed=2, failed=1)
    run.stdout.fnmatch_lines(["notebooks: 3 cells that read the novel compared with the real text"])


@pytest.mark.parametrize("options", [[], ["-n1"]], ids=["serial", "xdist"])
def test_what_reads_text_is_not_compared_with_the_stand_in(check, options):
    offline = cell("assert os.environ['GLUONBOOK_OFFLINE'] == '1'")
    run = check(*READS_TEXT, offline, novel=False, options=options)
    run.assert_outcomes(passed=4)
    run.stdout.fnmatch_lines(
        ["notebooks: stand-in text: 3 cells run but not compared (`make data` gets the novel)"]
    )


def test_a_notebook_that_reads_the_text_is_found_as_a_whole(check):
    plain, reading = cell("x = 3"), cell("print('t' * x)", "reads-text", stored=stream("ttt\n"))
    check(plain, reading, options=["-m", "reads_text"]).assert_outcomes(passed=2)
    check(plain, options=["-m", "reads_text"]).assert_outcomes(deselected=1)


def test_only_the_warning_about_the_stand_in_is_left_out(check):
    warn = "import warnings; warnings.warn('{}')"
    run = check(
        cell(warn.format("The novel is not here: why. A stand-in is read")),
        cell(warn.format("The gradient is not here")),
        novel=False,
    )
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(["FAILED toy.ipynb::Cell 1*"])


def test_what_reads_text_must_still_run(check):
    run = check(cell("1 / 0", "reads-text"), novel=False)
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["*ZeroDivisionError*"])


def test_pytest_may_start_anywhere(check, pytester, monkeypatch):
    (pytester.path / "sanitize.cfg").write_text("regex: \\d+ apples\nreplace: APPLES\n")
    elsewhere = pytester.mkdir("elsewhere")
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", "data")
    run = check(
        cell("import os\nfrom pathlib import Path"),
        cell("assert os.environ['TOY_UNWATCHED']"),
        cell(f"assert os.environ['GLUONBOOK_DATA_DIR'] == {str(elsewhere / 'data')!r}"),
        cell("assert Path.cwd().name == 'chapter'"),
        cell("print('3 apples, 1.01')", "nbval-rtol=0.05", stored=stream("4 apples, 1.0\n")),
        options=["--nbval-sanitize-with=sanitize.cfg"],
        name="chapter/toy.ipynb",
    )
    run.assert_outcomes(passed=5)


def test_a_cell_is_checked_by_its_block(check, pytester):
    blocks = pytester.mkdir("tests") / "cells" / "solutions" / "toy.py"
    blocks.parent.mkdir(parents=True)
    blocks.write_text(
        '"""What is asserted of the toy."""\n\n'
        "# after first\nassert reads_text and x == 1\nx = y = 2\n"
        "# after third\nfor z in (1, 2):\n    assert x > z, f'{x} is no more than {z}'\n"
    )
    cells = [cell("x = 1"), cell("x", stored=result("1")), cell("x = 2\nx", stored=result("2"))]
    for one, name in zip(cells, ("first", "second", "third"), strict=True):
        one.id = name
    cells.append(cell("assert 'y' not in globals() and 'run' not in globals()"))
    run = check(*cells, name="chapter_rnn/solutions/toy.ipynb")
    run.assert_outcomes(passed=3, failed=1)
    run.stdout.fnmatch_lines(
        [
            "Cell 2: What is asserted of the cell does not hold",
            f"{blocks}, line 8:",
            "    assert x > z, f'{x} is no more than {z}'",
            "AssertionError: 2 is no more than 2",
        ]
    )


def test_checks_of_a_wrong_form_are_an_error(check, pytester):
    blocks = pytester.mkdir("tests") / "cells" / "toy.py"
    blocks.parent.mkdir()
    blocks.write_text("assert x\n# after first\nassert x\n")
    run = check(cell("x = 1"), name="chapter_rnn/toy.ipynb")
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*toy.py has to begin with a line '# after CELL-ID'"])
