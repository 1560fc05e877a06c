"""The plugin in pytest runs of its own: with the input of a notebook and without, and around a kernel.

Which changes of an output it reports is tested in test_comparing.py.
"""

import os
from pathlib import Path

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
def run(pytester, monkeypatch):
    """Return a function that runs pytest with the checks."""
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}{os.pathsep}{ROOT}")
    plugin = ["-p", "checks", "--color=no", f"--nbval-kernel-startup-timeout={LIMIT}"]
    return lambda *options: pytester.runpytest_subprocess(*plugin, *options, timeout=LIMIT)


@pytest.fixture
def check(pytester, run):
    """Return a function that writes a notebook, and lets pytest check it."""

    def run_it(cells, *options, is_here=True, assertions=""):
        pytester.makepyfile(toy_input=f"def find(): return {is_here}")
        pytester.makefile(".toml", pyproject=SETTINGS)
        pytester.mkdir("assertions").joinpath("toy.py").write_text(assertions)
        for count, one in enumerate(cells, start=1):
            one.execution_count = count
        nbformat.write(new_notebook(cells=cells, metadata=notebook.NOTEBOOK_METADATA), "toy.ipynb")
        return run(*options)

    return run_it


def test_cells_are_compared_and_assertions_add_no_names(check, run):
    cells = [
        cell("1 + 1;"),
        cell("print('ttt')", "reads-text", printed="stored\n"),  # fails
        cell("import os\nassert os.environ['WATCHED'] == 'no'"),
        cell("x = 1", id="first"),
        cell("x = 2", id="last"),  # fails
    ]
    checks = "# after first\nassert reads_text and x == 1\nx = 3\n# after last\nassert x > 2, 'few'"
    checked = check(cells, assertions=checks)
    checked.assert_outcomes(passed=4, failed=2)
    checked.stdout.fnmatch_lines(
        ["-stored", "+ttt", "If the new output is right, store it: *toy.ipynb"]
    )
    checked.stdout.fnmatch_lines(["*assertions/toy.py, line 5:", "AssertionError: few"])
    checked.stdout.fnmatch_lines(["If the code is right, correct *", "FAILED *Cell 1*"])
    checked.stdout.no_fnmatch_line("stand-in: *")
    run("--store").stdout.fnmatch_lines(["No output of toy.ipynb has been stored."])
    assert "ttt\\n" not in Path("toy.ipynb").read_text()


def test_without_its_input_a_cell_is_executed_and_not_compared(check):
    warn = "import warnings; warnings.warn('{}')"
    cells = [
        cell("print('new')", "reads-text", printed="stored\n"),
        cell(warn.format("The text is not here: why. A stand-in is read")),
        cell(warn.format("The gradient is not here")),  # fails
        cell("x = 1", id="last"),  # whose assertion need not be reached
        cell("1 / 0", "reads-text"),  # fails
    ]
    assertions = "# after last\nif reads_text:\n    assert x == 2"
    # A notebook that reads the text is selected as a whole.
    run = check(cells, "-m", "reads_text", is_here=False, assertions=assertions)
    run.assert_outcomes(passed=4, failed=2)
    run.stdout.fnmatch_lines(["stand-in: cells that read the text are not compared"])


def test_what_is_around_a_kernel_changes_nothing_and_one_that_dies_is_not_waited_for(
    check, monkeypatch, tmp_path
):
    long = tmp_path.joinpath(*["long"] * 20)
    long.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(long))
    monkeypatch.setenv("HOME", "/dev/null/home")  # cannot be made
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    cells = [
        cell("import matplotlib.pyplot"),
        cell("print(get_ipython().kernel.parent.transport)", printed="ipc\n"),
        cell("import sys; assert not sys.flags.optimize"),
        cell("import os; os._exit(1)"),  # fails
    ]
    run = check(cells, "--nbval-cell-timeout=100000")
    run.assert_outcomes(passed=4, failed=1)
    run.stdout.fnmatch_lines(["*Kernel died*"])


def test_assertions_that_are_not_reached_are_named_where_the_input_is_here(check):
    assertions = "# after last\nfor x in []:\n    assert x\nassert (\n    True is True\n)"
    run = check([cell("x = 1", id="last")], assertions=assertions)
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(["*assertions/toy.py, line 3: the assertion is not reached"])


def test_a_picture_of_which_nothing_is_compared_is_named(check, pytester):
    draw = "from PIL import Image\nImage.new('RGB', (2, 2), 'red')"
    check([cell(draw), cell("7")], "--store").assert_outcomes(passed=3)
    run = pytester.runpytest_subprocess("-p", "checks", "--color=no")
    run.assert_outcomes(passed=2, failed=1, warnings=1)  # an alt text is missing
    run.stdout.fnmatch_lines(
        ["*Cell 0*: output 1 is a picture of which only the alt text is compared*"]
    )


KINDS = [
    "%matplotlib inline\nfrom matplotlib import pyplot as plt\nfrom checks.figures import show",
    "fig = plt.figure()\nplt.title('plain')\nshow(fig, 'Nothing.')",
    "%config InlineBackend.figure_formats = ['retina', 'svg']\nplt.plot([1, 2]);",
    "from IPython.display import HTML, clear_output\nprint(1)\nclear_output(wait=True)\nprint(2)",
    "print(1)\nclear_output()",
    "handle = display('a', display_id=True)\nhandle.update('b')",
    "handle.update('c')",
    "import warnings\nwarnings.warn('old')",
    "%time 1 + 1",
    "%timeit -n 1 -r 2 1 + 1",
    "%%time\nobject()",
    "!echo shell",
    "widget = {'application/vnd.jupyter.widget-view+json': {'model_id': str(id(handle))}}\n"
    "display(HTML('<b>x</b>'))\ndisplay(widget | {'text/plain': 'a slider'}, raw=True)",
    "from tqdm import tqdm\nfor i in tqdm(range(3)):\n    print(i)",
    "1 / 0",
    "",
]


def test_what_was_just_stored_passes_its_own_check_and_keeps_what_the_author_wrote(run, pytester):
    cells = [new_code_cell(kind) for kind in KINDS]
    cells[0].metadata = {"slideshow": {"slide_type": "slide"}}
    cells[-2].metadata = {"tags": ["raises-exception"]}
    for one in cells:
        del one["id"]
    metadata = {"authors": ["me"], "kernelspec": {"name": "gone", "display_name": "Gone"}}
    stored = nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": cells}
    )
    pytester.makefile(".toml", pyproject="[tool.checks]\nwithout-rules = ['figures_have_alt_text']")
    nbformat.write(stored, "toy.ipynb")
    run("--store").assert_outcomes(passed=len(cells), skipped=1)
    run().assert_outcomes(passed=len(cells), skipped=1)
    after = nbformat.read("toy.ipynb", as_version=4)
    assert after.metadata == metadata and after.cells[0].metadata == cells[0].metadata
    text = pytester.path.joinpath("toy.ipynb").read_text()
    assert text.count("panel 1, title: plain") == 1
    pytester.path.joinpath("toy.ipynb").write_text(text.replace("title: plain", "title: old"))
    run().assert_outcomes(passed=len(cells) - 1, skipped=1, failed=1)


SHUFFLE = """
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    items.reverse()
    yield
"""


def test_cells_can_be_tested_in_any_order_and_alone(run, pytester):
    pytester.makeconftest(SHUFFLE)
    pytester.makefile(".toml", pyproject="[tool.checks]")
    sources = "x = 1", "print(x)", "print(x + 1)"
    cells = [new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    nbformat.write(new_notebook(cells=cells), "toy.ipynb")
    run("--store").assert_outcomes(passed=4)
    run("toy.ipynb::Cell 2 c2").assert_outcomes(passed=1)
    toy = pytester.path / "toy.ipynb"
    toy.write_text(toy.read_text().replace('"1\\n"', '"9\\n"'))
    run().assert_outcomes(passed=3, failed=1)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("assertion = 'x'", "ERROR: *pyproject.toml: * no setting 'assertion'; did you mean 'assertions'?"),
        ("tags = 'x'", "ERROR: *pyproject.toml: the setting 'tags' has to be a list"),
        ("tidy = 'yes'", "ERROR: *pyproject.toml: the setting 'tidy' has to be true or false"),
        ("input = {tag = 'x'}", "ERROR: *pyproject.toml: the setting 'input' needs is-here, missing, tag"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_in_a_sentence(run, pytester, settings, says):
    pytester.makefile(".toml", pyproject=f"[tool.checks]\n{settings}")
    result = run()
    assert len(result.outlines + result.errlines) < 4
    result.stderr.fnmatch_lines([says])


def test_files_in_other_places_are_checked_and_assertions_without_a_notebook_fail(run, pytester):
    pytester.makefile(".toml", pyproject="[tool.checks]\nnotebooks = 'book'")
    pytester.mkdir("assertions").joinpath("gone.py").write_text("# after x\nassert 1 > 2")
    nbformat.write(new_notebook(cells=[cell("1")]), "beside.ipynb")
    pytester.path.joinpath("no.ipynb").write_text("{")
    run("--store", "beside.ipynb").assert_outcomes(passed=2)
    run("beside.ipynb", "assertions").assert_outcomes(passed=2, failed=1)
    pytester.path.joinpath("assertions", "beside.py").write_text("## after x\nassert True")
    result = run()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*no.ipynb: Notebook does not appear to be JSON*"])
    result.stdout.fnmatch_lines(
        ["*beside.py, line 1: '## after x' does not begin a block; write '# after CELL-ID'*"]
    )
