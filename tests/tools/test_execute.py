"""tools/execute.py: a notebook is executed and stored with its outputs."""

import shutil
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gluonbook.ground import watching
from tests import ROOT
from tools import execute

EDITOR_METADATA = {"collapsed": True, "scrolled": False, "ExecuteTime": {"start_time": "today"}}


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["execute.py", *map(str, arguments)])
    execute.main()


def write_notebook(path, *sources):
    cells = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Execute a notebook with an editor's metadata, and return the path of the result."""
    folder = tmp_path_factory.mktemp("a chapter")
    source, target = folder / "section.ipynb", folder / "new" / "section.ipynb"
    cells = [
        new_markdown_cell("# A section", id="title"),
        new_code_cell(
            "from pathlib import Path\n\nPath('here').touch()\n2 + 2",
            id="adds",
            execution_count=7,
            metadata={"tags": ["hide-input"], "mystnb": {"figure": {}}, **EDITOR_METADATA},
        ),
        new_code_cell("", id="empty"),
        new_code_cell(
            "import os\n\nfor i in range(3):\n    print(i, flush=True)\n"
            f"print(os.environ.get({watching.UNWATCHED!r}), 'PATH' in os.environ)",
            id="prints",
        ),
    ]
    metadata = {"kernelspec": {"name": "my-own", "display_name": "Mine"}, "widgets": {}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), source)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(watching.UNWATCHED, raising=False)
        run(patch, source, target)
    return target


def test_a_notebook_runs_in_its_own_folder_from_top_to_bottom_and_is_not_changed(executed):
    _, adds, _, prints = nbformat.read(executed, as_version=4).cells
    assert adds.outputs[0].data["text/plain"] == "4"
    assert [output.text for output in prints.outputs] == ["0\n1\n2\n1 True\n"]
    assert (adds.execution_count, prints.execution_count) == (1, 2)
    assert (executed.parents[1] / "here").exists()
    source = nbformat.read(executed.parents[1] / "section.ipynb", as_version=4)
    assert (source.cells[1].execution_count, source.cells[1].outputs) == (7, [])


def test_the_metadata_of_editors_and_runs_is_removed_and_that_of_the_author_is_kept(executed):
    notebook = nbformat.read(executed, as_version=4)
    assert notebook.metadata == execute.NOTEBOOK_METADATA
    title, adds, _, prints = notebook.cells
    written = {"tags": ["hide-input"], "mystnb": {"figure": {}}}
    assert adds.metadata == written | {"jupyter": {"source_hidden": True}}
    assert title.metadata == prints.metadata == {}
    assert [cell.id for cell in notebook.cells] == ["title", "adds", "empty", "prints"]


def test_executing_a_result_again_gives_the_same_bytes(executed, tmp_path, monkeypatch, capfd):
    path = tmp_path / "section.ipynb"
    shutil.copy(executed, path)
    run(monkeypatch, path, path)
    assert path.read_bytes() == executed.read_bytes()
    [line] = capfd.readouterr().out.splitlines()
    assert line.startswith(f"{path}  ")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("x = [1]\n\nx[2]", r"---> 3 x\[2\](?s:.*)IndexError: list index out of range$"),
        ("import time\ntime.sleep(60)", "after 1 seconds"),
        ("import os\nos._exit(1)", "Kernel died"),
    ],
)
def test_a_failing_cell_is_reported_and_nothing_is_written(cell, message, tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "CELL_TIMEOUT", 1 if "sleep" in cell else 600)
    source = write_notebook(tmp_path / "section.ipynb", "", cell, "3")
    target = tmp_path / "target.ipynb"
    target.write_text("as it was")
    with pytest.raises(SystemExit, match=rf"section\.ipynb: cell cell-1 failed(?s:.*){message}"):
        run(monkeypatch, source, target)
    assert target.read_text() == "as it was"
    assert set(tmp_path.iterdir()) == {source, target}


@pytest.fixture
def checked(tmp_path):
    """Return a notebook of a chapter, and a function that writes the checks of its cells."""
    for folder in ("chapter_rnn", "tests/cells"):
        (tmp_path / folder).mkdir(parents=True)
    source = write_notebook(tmp_path / "chapter_rnn" / "toy.ipynb", "x = 1", "x", "x = 0")
    return source, (tmp_path / "tests" / "cells" / "toy.py").write_text


def test_outputs_that_fail_a_check_are_not_stored(checked, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("GLUONBOOK_DATA_DIR")
    source, check = checked
    before = source.read_text()
    check("# after cell-1\nassert x == 1\nx = 5\n# after cell-2\nassert x, 'no x'\n")
    with pytest.raises(SystemExit, match=r"cell cell-2: (?s:.*)line 5:(?s:.*)no x"):
        run(monkeypatch, source, source)
    assert source.read_text() == before


def test_checks_leave_no_trace_in_the_cells(checked):
    source, _ = checked
    cells = execute.execute(source, {"cell-0": "2 + 2"}).cells
    assert [cell.execution_count for cell in cells] == [1, 2, 3]
    assert [cell.source for cell in cells] == ["x = 1", "x", "x = 0"]
    assert [len(cell.outputs) for cell in cells] == [0, 1, 0]


def test_only_a_notebook_that_is_executed_in_place_is_checked(checked, tmp_path, monkeypatch):
    source, check = checked
    check("# after cell-0\nassert x == 2\n")
    given = []
    monkeypatch.setattr(execute, "execute", lambda path, checks: given.append([*checks]))
    monkeypatch.setattr(execute, "normalise", lambda notebook: None)
    monkeypatch.setattr(execute, "write", lambda notebook, path: None)
    run(monkeypatch, source, tmp_path / "copy.ipynb")
    run(monkeypatch, source, source)
    assert given == [[], ["cell-0"]]


def test_a_file_that_is_not_a_notebook_is_named_in_the_error(tmp_path, monkeypatch):
    path = tmp_path / "section.ipynb"
    path.write_text("<<<<<<< HEAD")
    with pytest.raises(SystemExit, match=r"section\.ipynb: (?s:.*)not appear to be JSON"):
        run(monkeypatch, path, path)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    def fill_the_disk(notebook, path):
        path.write_text("{")
        raise OSError("No space left on device")

    target = tmp_path / "target.ipynb"
    target.write_text("as it was")
    monkeypatch.setattr(nbformat, "write", fill_the_disk)
    with pytest.raises(OSError, match="No space"):
        execute.write(new_notebook(), target)
    assert target.read_text() == "as it was"
