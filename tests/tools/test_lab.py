"""tools/lab.py: the reader's own copies, and the start of JupyterLab."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook

from tests import LIMIT
from tools import lab


def write(path, source):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[new_code_cell(source, id="a")]), path)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Return the folders of a chapter and of its copies."""
    chapter, mine = tmp_path / "chapter_rnn", tmp_path / "my-chapter"
    for name in ("zebra", "ant", "solutions/zebra", ".ipynb_checkpoints/ant"):
        write(chapter / f"{name}.ipynb", "'the book'")
    (chapter / "index.md").write_text("[Text](zebra.ipynb), [model](ant.ipynb)")
    (chapter / "costs.json").write_text("{}")
    (chapter / "a.pyc").write_text("")
    (tmp_path / "text").write_text("the hash of another text")
    monkeypatch.setattr(lab, "CHAPTER", chapter)
    monkeypatch.setattr(lab, "MINE", mine)
    monkeypatch.setattr(lab, "TEXT", tmp_path / "text")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return chapter, mine


def test_changed_copies_are_kept_and_missing_copies_and_other_files_are_copied_again(folders):
    chapter, mine = folders
    lab.copy(*folders)
    files = {path.relative_to(mine).as_posix() for path in mine.rglob("*") if path.is_file()}
    notebooks = {"01-zebra.ipynb", "02-ant.ipynb", "solutions/01-zebra-solutions.ipynb"}
    assert files == notebooks | {"index.md", "costs.json"}

    write(mine / "01-zebra.ipynb", "'my own'")
    (mine / "02-ant.ipynb").unlink()
    (chapter / "costs.json").write_text("[1]")
    lab.copy(*folders)
    assert "my own" in (mine / "01-zebra.ipynb").read_text()
    assert "the book" in (mine / "02-ant.ipynb").read_text()
    assert (mine / "costs.json").read_text() == "[1]"
    # JupyterLab trusts a copy, so its figures are interactive at once.
    assert NotebookNotary().check_signature(nbformat.read(mine / "02-ant.ipynb", as_version=4))


@pytest.mark.parametrize(("author", "user"), [(False, 0), (True, 1000)])
def test_jupyterlab_opens_the_first_section(author, user, folders, monkeypatch, capsys):
    called = []
    monkeypatch.setattr(lab.os, "execv", lambda program, command: called.extend(command))
    monkeypatch.setattr(lab.os, "geteuid", lambda: user)
    monkeypatch.setattr(sys, "argv", ["lab.py", *["--author"] * author, "--no-browser"])
    lab.main()
    chapter, mine = folders
    assert called[3:5] == [
        f"--ServerApp.root_dir={chapter if author else mine}",
        f"--LabApp.default_url=/lab/tree/{'' if author else '01-'}zebra.ipynb",
    ]
    assert called[7:] == ["--allow-root"] * (user == 0) + ["--no-browser"]
    said = capsys.readouterr().out
    assert "The Time Machine is missing" in said and said.endswith("print its address.\n")
    assert mine.exists() == (str(mine) in said) == (not author)


def test_jupyterlab_ends_although_a_thread_of_it_does_not(tmp_path):
    (tmp_path / "jupyterlab").mkdir()
    (tmp_path / "jupyterlab" / "labapp.py").write_text(
        "import threading\n"
        "def main():\n"
        "    threading.Thread(target=threading.Event().wait).start()\n"
        "    print('stopped')\n"
    )
    (tmp_path / "jupyterlab" / "__init__.py").touch()
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    stopped = subprocess.check_output([sys.executable, "-c", lab.START], env=env, timeout=LIMIT)
    assert stopped == b"stopped\n"
