"""tools/execute.py: a notebook is executed and stored with its outputs."""

import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gluonbook.ground import watching
from tools import execute

EDITOR_METADATA = {"collapsed": True, "scrolled": False, "ExecuteTime": {"start_time": "today"}}


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["execute.py", *map(str, arguments)])
    execute.main()


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """Return the folder of a chapter, and a function that writes the checks of a notebook in it.

    There, `gluonbook` is a toy that only knows that the novel is not here.
    """
    for folder in ("chapter_rnn", "tests/cells", "gluonbook/ground"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "gluonbook" / "__init__.py").touch()
    (tmp_path / "gluonbook/ground/novel.py").write_text("def find_novel(): return None")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "chapter_rnn", (tmp_path / "tests" / "cells" / "toy.py").write_text


def test_a_notebook_runs_in_its_own_folder_from_top_to_bottom_and_is_stored_clean(
    chapter, monkeypatch, capfd
):
    folder, check = chapter
    source, target = folder / "toy.ipynb", folder / "new" / "toy.ipynb"
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
    before = source.read_bytes()
    check("# after adds\nassert False, 'a copy is not checked'\n")
    monkeypatch.delenv(watching.UNWATCHED, raising=False)
    run(monkeypatch, source, target)
    assert source.read_bytes() == before
    assert (folder / "here").exists()
    notebook = nbformat.read(target, as_version=4)
    title, adds, _, prints = notebook.cells
    assert adds.outputs[0].data["text/plain"] == "4"
    assert [output.text for output in prints.outputs] == ["0\n1\n2\n1 True\n"]
    assert (adds.execution_count, prints.execution_count) == (1, 2)
    assert notebook.metadata == execute.NOTEBOOK_METADATA
    written = {"tags": ["hide-input"], "mystnb": {"figure": {}}}
    assert adds.metadata == written | {"jupyter": {"source_hidden": True}}
    assert title.metadata == prints.metadata == {}
    assert [cell.id for cell in notebook.cells] == ["title", "adds", "empty", "prints"]

    # The same bytes again, and no trace of the checks.
    before = target.read_bytes()
    target.replace(source)
    check("# after adds\n2 + 2\n# after prints\nassert i == 2\n")
    run(monkeypatch, source, source)
    assert source.read_bytes() == before
    assert capfd.readouterr().out.splitlines()[-1].startswith(f"{source}  ")


def write_notebook(path, *sources):
    cells = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    nbformat.write(new_notebook(cells=cells), path)
    return path


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
    before = source.read_bytes()
    with pytest.raises(SystemExit, match=rf"section\.ipynb: cell cell-1 failed(?s:.*){message}"):
        run(monkeypatch, source, source)
    assert source.read_bytes() == before
    assert set(tmp_path.iterdir()) == {source}


def test_outputs_that_fail_a_check_are_not_stored(chapter, monkeypatch):
    folder, check = chapter
    source = write_notebook(folder / "toy.ipynb", "x = 1", "x", "x = 0")
    before = source.read_bytes()
    check("# after cell-1\nassert x == 1\nx = 5\n# after cell-2\nassert x, 'no x'\n")
    with pytest.raises(SystemExit, match=r"cell cell-2: (?s:.*)line 5:(?s:.*)no x"):
        run(monkeypatch, source, source)
    assert source.read_bytes() == before


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
