"""The plugin in pytest runs of its own: with the input of a notebook and without, and around a kernel.

Which changes of an output it reports is tested in test_comparing.py and by its example.
"""

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from checks import notebook
from tests import LIMIT, ROOT

pytest_plugins = ["pytester"]

SETTINGS = """
[tool.checks]
environment = { WATCHED = "no" }
[tool.checks.input]
tag = "reads-text"
is-here = "toy_input:find"
missing = "stand-in: cells that read the text are not compared"
environment-without = { PYTHONWARNINGS = "ignore:The text is not here:UserWarning" }
[tool.pytest.ini_options]
markers = ["reads_text"]
"""


def cell(source, *tags, printed="", **others):
    outputs = [new_output("stream", text=printed)] if printed else []
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(source, metadata=metadata, outputs=outputs, **others)


@pytest.fixture
def check(pytester, monkeypatch):
    """Return a function that stores a notebook, and lets pytest check it."""
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}{os.pathsep}{ROOT}")

    def run(cells, *options, is_here=True, assertions=""):
        pytester.makepyfile(toy_input=f"def find(): return {is_here}")
        pytester.makefile(".toml", pyproject=SETTINGS)
        pytester.mkdir("assertions").joinpath("toy.py").write_text(assertions)
        for count, one in enumerate(cells, start=1):
            one.execution_count = count
        nbformat.write(new_notebook(cells=cells, metadata=notebook.NOTEBOOK_METADATA), "toy.ipynb")
        plugin = ["-p", "checks", "--color=no", f"--nbval-kernel-startup-timeout={LIMIT}"]
        return pytester.runpytest_subprocess(*plugin, *options, timeout=LIMIT)

    return run


def test_cells_are_compared_and_assertions_add_no_names(check):
    cells = [
        cell("1 + 1;"),
        cell("print('ttt')", "reads-text", printed="stored\n"),  # fails
        cell("import os\nassert os.environ['WATCHED'] == 'no'"),
        cell("x = 1", id="first"),
        cell("x = 2", id="last"),  # fails
    ]
    checks = "# after first\nassert reads_text and x == 1\nx = 3\n# after last\nassert x > 2, 'few'"
    run = check(cells, assertions=checks)
    run.assert_outcomes(passed=4, failed=2)
    run.stdout.fnmatch_lines(["FAILED *Cell 1*", "FAILED *Cell 4 last*"])
    run.stdout.fnmatch_lines(["*assertions/toy.py, line 5:", "AssertionError: few"])
    run.stdout.no_fnmatch_line("stand-in: *")


def test_without_its_input_a_cell_is_executed_and_not_compared(check):
    warn = "import warnings; warnings.warn('{}')"
    cells = [
        cell("print('new')", "reads-text", printed="stored\n"),
        cell(warn.format("The text is not here: why. A stand-in is read")),
        cell(warn.format("The gradient is not here")),  # fails
        cell("1 / 0", "reads-text"),  # fails
    ]
    # A notebook that reads the text is selected as a whole.
    run = check(cells, "-m", "reads_text", is_here=False)
    run.assert_outcomes(passed=3, failed=2)
    run.stdout.fnmatch_lines(["stand-in: cells that read the text are not compared"])


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
    run = check(cells, "--nbval-cell-timeout=100000")
    run.assert_outcomes(passed=3, failed=1)
    run.stdout.fnmatch_lines(["*Kernel died*"])
