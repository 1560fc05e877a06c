"""The reader's own copies: what was changed in them stays, and git ignores them."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook

from tests import ROOT
from tools import lab


@pytest.fixture
def chapter(tmp_path):
    chapter = tmp_path / "chapter_rnn"
    for folder in ("solutions", "measured"):
        (chapter / folder).mkdir(parents=True)
    (chapter / "index.md").write_text("[Text](zebra.ipynb), [model](ant.ipynb)")
    for name in ("zebra", "ant", "solutions/zebra"):
        write(chapter / f"{name}.ipynb", "'the book'")
    (chapter / "measured" / "costs.json").write_text("{}")
    return chapter


def write(path, source):
    nbformat.write(new_notebook(cells=[new_code_cell(source, id="a")]), path)


def test_what_a_reader_changes_stays_and_what_is_deleted_or_measured_comes_anew(chapter, tmp_path):
    mine = tmp_path / "my-chapter"
    lab.copy(chapter, mine)
    files = {path.relative_to(mine).as_posix() for path in mine.rglob("*") if path.is_file()}
    assert files == {
        "index.md", "zebra.ipynb", "ant.ipynb", "solutions/zebra.ipynb", "measured/costs.json"
    }  # fmt: skip

    write(mine / "zebra.ipynb", "'my own'")
    (mine / "ant.ipynb").unlink()
    (chapter / "measured" / "costs.json").write_text("[1]")
    lab.copy(chapter, mine)
    assert "my own" in (mine / "zebra.ipynb").read_text()
    assert "the book" in (mine / "ant.ipynb").read_text()
    assert (mine / "measured" / "costs.json").read_text() == "[1]"


def test_jupyterlab_trusts_a_copy(chapter, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    lab.copy(chapter, tmp_path / "mine")
    notebook = nbformat.read(tmp_path / "mine" / "ant.ipynb", as_version=4)
    assert NotebookNotary().check_signature(notebook)


@pytest.mark.parametrize(
    ("arguments", "user", "folder", "passed_on"),
    [
        ([], 1000, "my-chapter", []),
        (["--author", "--no-browser"], 1000, "chapter_rnn", ["--no-browser"]),
        (["--ip=0.0.0.0"], 0, "my-chapter", ["--allow-root", "--ip=0.0.0.0"]),
    ],
)
def test_jupyterlab_opens_the_first_section(
    arguments, user, folder, passed_on, chapter, tmp_path, monkeypatch
):
    called = []
    monkeypatch.setattr(lab, "CHAPTER", chapter)
    monkeypatch.setattr(lab, "MINE", tmp_path / "my-chapter")
    monkeypatch.setattr(lab.os, "execv", lambda program, command: called.extend(command))
    monkeypatch.setattr(lab.os, "geteuid", lambda: user)
    monkeypatch.setattr(sys, "argv", ["lab.py", *arguments])
    lab.main()
    assert f"--ServerApp.root_dir={tmp_path / folder}" in called
    assert "--LabApp.default_url=/lab/tree/zebra.ipynb" in called
    assert called[-len(passed_on) or len(called) :] == passed_on


def test_git_ignores_the_copies():
    ignored = subprocess.run(["git", "check-ignore", "my-chapter/rnn.ipynb"], cwd=ROOT, check=False)
    assert ignored.returncode == 0
