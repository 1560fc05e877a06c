"""checks/execute.py: a notebook is executed, checked, and stored with its outputs."""

import sys
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from checks import execute
from checks import notebook as stored

METADATA = {"tags": ["hide-input"]}


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """Return a function that writes a notebook and its assertions, and tries to store its outputs.

    It returns the message with which the command ends, or "" if the outputs are stored.
    """
    path = tmp_path / "toy.ipynb"
    (tmp_path / "assertions").mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.checks]\ntidy = true")
    monkeypatch.setattr(sys, "argv", ["execute.py", str(path), str(path)])

    def try_to_store(*sources, checks=""):
        cells = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
        cells[0].metadata = METADATA | {"collapsed": True, "ExecuteTime": {"start_time": "today"}}
        nbformat.write(new_notebook(cells=cells, metadata={"widgets": {}}), path)
        (tmp_path / "assertions" / "toy.py").write_text(checks)
        before = path.read_bytes()
        try:
            execute.main()
        except SystemExit as error:
            assert path.read_bytes() == before and len([*tmp_path.iterdir()]) == 3
            return str(error)
        return ""

    try_to_store.path = path
    return try_to_store


def test_a_notebook_runs_from_top_to_bottom_and_is_stored_clean(refused):
    cells = ["x = 2\nx + 2", "for i in range(x + 1):\n    print(i, flush=True)"]
    # A check leaves no trace in the notebook, not even a name.
    assert not refused(*cells, checks="# after cell-0\nassert x == 2\nx = 5\nx\n")
    notebook = nbformat.read(refused.path, as_version=4)
    adds, prints = notebook.cells
    assert adds.outputs[0].data["text/plain"] == "4" and adds.execution_count == 1
    assert prints.outputs[0].text == "0\n1\n2\n" and prints.execution_count == 2
    assert len(prints.outputs) == 1
    assert notebook.metadata == stored.NOTEBOOK_METADATA
    assert adds.metadata == METADATA | {"jupyter": {"source_hidden": True}}
    before = refused.path.read_bytes()
    execute.main()
    assert refused.path.read_bytes() == before


@pytest.mark.parametrize(
    ("cell", "message"),
    [("x = [1]\n\nx[2]", "list index out of range"), ("import os\nos._exit(1)", "Kernel died")],
)
def test_a_failing_cell_is_named_and_nothing_is_stored(cell, message, refused):
    said = refused("", cell, "3")
    assert "toy.ipynb: cell cell-1 failed" in said and message in said
    assert said.endswith("No output of toy.ipynb has been stored.")


def test_ctrl_c_stores_nothing_and_shows_no_traceback(refused, monkeypatch):
    monkeypatch.setattr(execute.Execution, "run_cell", Mock(side_effect=KeyboardInterrupt))
    assert "toy.ipynb: the execution was interrupted\n" in refused("x = 1")


def test_an_edit_that_is_saved_while_the_notebook_runs_stays(refused):
    edit = "from pathlib import Path; p = Path('toy.ipynb'); p.write_text(p.read_text() + '\\n')"
    with pytest.raises(AssertionError):  # for once, the file is not as before
        refused(edit)
    assert refused.path.read_text().endswith("}\n\n")
    with pytest.raises(SystemExit, match="changed while it was executed"):
        execute.main()


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ("x = 1\n# after cell-0\nassert x", "must begin with"),
        ("# after cell-0\nx\n# after cell-0\nx", "two blocks for the cell cell-0"),
    ],
)
def test_checks_that_would_never_run_are_refused(checks, message, refused):
    assert message in refused("x = 1", checks=checks)
