"""tools/copies.py and tools/lab.py: copies to hand out, and a reader's own."""

import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from tests import ROOT
from tools import copies, lab

SECTION, SOLUTIONS = (
    Path("chapter_rnn/rnn-gluon.ipynb"),
    Path("chapter_rnn/solutions/rnn-gluon.ipynb"),
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^()#\s]+)")


def copy(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["copies", *map(str, arguments)])
    copies.main()


@pytest.mark.parametrize("solutions", [[], [SOLUTIONS]])
def test_copies_are_those_that_are_named_and_no_link_is_dead(solutions, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    copy(monkeypatch, tmp_path, "chapter_rnn/gru.ipynb", SECTION, *solutions)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb")}
    expected = {"rnn-gluon.ipynb", "gru.ipynb"}
    assert found == expected | {"solutions/rnn-gluon.ipynb" for _ in solutions}
    for path in [*tmp_path.rglob("*.ipynb"), *tmp_path.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":  # without outputs, which contain programs
            cells = nbformat.reads(text, as_version=4).cells
            text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)  # code has no links
        assert not [link for link in LINK.findall(text) if not (path.parent / link).exists()]
        assert ("solutions are in" in text) <= bool(solutions), path
    assert ("solutions are in" in (tmp_path / "index.md").read_text()) == bool(solutions)
    assert set(LINK.findall((tmp_path / "index.md").read_text())) >= expected


def test_a_folder_to_hand_out_has_no_solutions_and_nothing_of_an_earlier_call(
    tmp_path, monkeypatch
):
    folder = tmp_path / "notebooks"
    copy(monkeypatch, folder, SECTION, SOLUTIONS)
    copy(monkeypatch, folder)
    with pytest.raises(ValueError, match="the book has no section gone, but: "):
        copy(monkeypatch, folder, copies.CHAPTER / "gone.ipynb")
    found = {copies.CHAPTER / path.relative_to(folder) for path in folder.rglob("*.ipynb")}
    assert found == {*copies.HANDED_OUT}


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Run `make lab` in a copy of the book; return the chapter and the folder of the reader's copies."""
    shutil.copytree(ROOT / "chapter_rnn", tmp_path / "chapter_rnn")
    monkeypatch.setattr(lab, "MINE", tmp_path / "mine")
    monkeypatch.setattr(lab, "open_lab", lambda: None)
    for module in (copies, lab):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    lab.main()
    return tmp_path / "chapter_rnn", tmp_path / "mine"


def test_make_lab_copies_what_is_missing_touches_nothing_else_and_names_what_is_newer(
    folders, capsys
):
    chapter, mine = folders
    (mine / "gru.ipynb").write_bytes(b"mine")
    (mine / "index.md").unlink()
    for name, time in [("gru.ipynb", 2e9), ("lstm.ipynb", 1), ("rnn.ipynb", 2e9)]:
        os.utime(chapter / name, (time, time))  # in the future, or long ago
    (mine / "lstm.ipynb").write_bytes(b"caf\xe9")
    capsys.readouterr()
    lab.main()
    assert re.findall(r"^  (.*)$", capsys.readouterr().out, re.MULTILINE) == ["gru.ipynb"]
    assert (mine / "gru.ipynb").read_bytes() == b"mine"
    assert (mine / "lstm.ipynb").read_bytes() == b"caf\xe9"
    assert {path.name for path in mine.glob("*.ipynb")} == {path.name for path in copies.HANDED_OUT}
    for name in ("index.md", "solutions/gru.ipynb", "figures/gru.svg", "measured/curve.json"):
        assert (mine / name).exists()


def test_a_full_disk_leaves_no_damaged_copy(folders, monkeypatch):
    _, mine = folders
    (mine / "gru.ipynb").unlink()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(SystemExit, match=r"not complete, because .*No space left on device: "):
        lab.main()
    assert not (mine / "gru.ipynb").exists()


def test_a_second_jupyterlab_on_the_same_copies_is_told_of_the_first(folders, monkeypatch, capsys):
    first = {"root_dir": str(folders[1]), "url": "http://localhost:8888/", "token": "x"}
    monkeypatch.setattr(lab, "list_running_servers", lambda: [first, {**first, "root_dir": "/"}])
    lab.main()
    told = re.findall("Another JupyterLab .*: (.*)", capsys.readouterr().out)
    assert told == ["http://localhost:8888/?token=x"]
