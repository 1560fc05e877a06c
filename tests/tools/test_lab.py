"""The reader's own copies: they are kept, their links lead somewhere, and git ignores them."""

import json
import re
import subprocess
import sys

import pytest

from tests import ROOT
from tools import lab


@pytest.fixture
def chapter(tmp_path):
    """Make a chapter of two sections, whose order is not that of their names."""
    chapter = tmp_path / "chapter_rnn"
    for folder in ("solutions", "figures", "measured"):
        (chapter / folder).mkdir(parents=True)
    (chapter / "index.md").write_text("[Text](zebra.ipynb), [model](ant.ipynb), [words](words.md)")
    (chapter / "words.md").write_text("A word of [the model](ant.ipynb#Words).")
    write(chapter / "zebra.ipynb", "[on](ant.ipynb) ![](figures/a.svg) [x](solutions/zebra.ipynb)")
    write(chapter / "ant.ipynb", "[back](zebra.ipynb#Text) [a word](words.md)")
    write(chapter / "solutions" / "zebra.ipynb", "[it](../zebra.ipynb) [next](ant.ipynb)")
    (chapter / "figures" / "a.svg").write_text("<svg/>")
    (chapter / "measured" / "costs.json").write_text("{}")
    return chapter


@pytest.fixture
def mine(chapter):
    mine = chapter.parent / "my-chapter"
    lab.update(chapter, mine)
    return mine


def write(path, text):
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": [text]}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))


def text_of(path):
    return json.loads(path.read_text())["cells"][0]["source"][0]


def test_copies_are_named_in_the_order_of_reading_and_linked_by_these_names(mine):
    assert [path.name for path in sorted(mine.glob("*.ipynb"))] == [
        "01-zebra.ipynb",
        "02-ant.ipynb",
    ]
    assert text_of(mine / "01-zebra.ipynb") == (
        "[on](02-ant.ipynb) ![](figures/a.svg) [x](solutions/01-zebra.ipynb)"
    )
    assert text_of(mine / "02-ant.ipynb") == "[back](01-zebra.ipynb#Text) [a word](words.md)"
    assert text_of(mine / "solutions" / "01-zebra.ipynb") == (
        "[it](../01-zebra.ipynb) [next](02-ant.ipynb)"
    )
    assert (mine / "words.md").read_text() == "A word of [the model](02-ant.ipynb#Words)."
    assert (mine / "figures" / "a.svg").exists() and (mine / "measured" / "costs.json").exists()


def test_every_link_in_a_copy_of_the_chapter_leads_to_a_file(tmp_path):
    mine = tmp_path / "my-chapter"
    lab.update(lab.CHAPTER, mine)
    files = {path.resolve() for path in mine.rglob("*") if path.is_file()}
    num_links = 0
    for path in [*mine.rglob("*.ipynb"), *mine.rglob("*.md")]:
        text = path.read_text()
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "".join(
                line for cell in cells if cell["cell_type"] == "markdown" for line in cell["source"]
            )
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
            assert (path.parent / link).resolve() in files, f"{link} in {path}"
            num_links += 1
    assert num_links > 100


def test_what_the_reader_did_is_kept(chapter, mine, capsys):
    write(mine / "01-zebra.ipynb", "My own words.")
    (mine / "notes.txt").write_text("mine")
    capsys.readouterr()
    lab.update(chapter, mine)
    assert text_of(mine / "01-zebra.ipynb") == "My own words."
    assert (mine / "notes.txt").read_text() == "mine"
    assert capsys.readouterr().out == ""


def test_a_change_of_the_book_comes_to_copies_that_are_as_they_were(chapter, mine, capsys):
    write(mine / "01-zebra.ipynb", "My own words.")
    for name in ("zebra", "ant"):
        write(chapter / f"{name}.ipynb", "A better sentence.")
    capsys.readouterr()
    for _ in range(2):  # it is said until it is dealt with
        lab.update(chapter, mine)
        assert text_of(mine / "01-zebra.ipynb") == "My own words."
        assert text_of(mine / "02-ant.ipynb") == "A better sentence."
        said = capsys.readouterr().out
        assert "the book has changed: 01-zebra.ipynb." in said and "FRESH=1" in said
    (mine / "01-zebra.ipynb").rename(mine / "zebra of mine.ipynb")
    lab.update(chapter, mine)
    assert text_of(mine / "01-zebra.ipynb") == "A better sentence."
    assert capsys.readouterr().out == ""


def test_what_jupyterlab_writes_when_it_opens_a_copy_is_no_change_of_the_reader_s(chapter, mine):
    path = mine / "01-zebra.ipynb"
    notebook = json.loads(path.read_text())
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.13.5"}
    path.write_text(json.dumps(notebook, indent=1))
    write(chapter / "zebra.ipynb", "A better sentence.")
    lab.update(chapter, mine)
    assert text_of(path) == "A better sentence."


def test_a_file_that_is_no_notebook_any_more_is_the_reader_s(chapter, mine, capsys):
    (mine / "01-zebra.ipynb").write_text("torn")
    write(chapter / "zebra.ipynb", "A better sentence.")
    lab.update(chapter, mine)
    assert (mine / "01-zebra.ipynb").read_text() == "torn"
    assert "the book has changed: 01-zebra.ipynb." in capsys.readouterr().out


def test_beginning_anew_keeps_what_was_there(chapter, mine, capsys):
    for number in (1, 2):
        write(mine / "01-zebra.ipynb", f"My own words, {number}.")
        lab.put_aside(mine)
        aside = mine.with_name(f"my-chapter-{number}")
        assert f"kept in {aside}" in capsys.readouterr().out
        assert not mine.exists()
        assert text_of(aside / "01-zebra.ipynb") == f"My own words, {number}."
        lab.update(chapter, mine)
        assert "[on]" in text_of(mine / "01-zebra.ipynb")


@pytest.mark.parametrize("options", [[], ["--fresh"], ["--author", "--no-browser"]])
def test_jupyterlab_opens_the_first_section(options, chapter, mine, monkeypatch):
    commands = []
    monkeypatch.setattr(lab.os, "execv", lambda program, command: commands.append(command))
    monkeypatch.setattr(lab, "CHAPTER", chapter)
    monkeypatch.setattr(lab, "MINE", mine)
    monkeypatch.setattr(sys, "argv", ["lab.py", *options])
    before = {path: path.read_bytes() for path in chapter.rglob("*") if path.is_file()}
    lab.main()
    ((_, *command),) = commands
    folder, first = (chapter, "zebra") if "--author" in options else (mine, "01-zebra")
    opened = [f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/lab/tree/{first}.ipynb"]
    assert command == ["-m", "jupyterlab", *opened, *options[1:]]
    assert mine.with_name("my-chapter-1").exists() == ("--fresh" in options)
    assert before == {path: path.read_bytes() for path in chapter.rglob("*") if path.is_file()}


def test_git_ignores_the_copies():
    names = ["my-chapter/01-rnn.ipynb", "my-chapter-2/measured/costs.json"]
    command = ["git", "-C", ROOT, "check-ignore", *names]
    assert subprocess.run(command, capture_output=True, text=True).stdout.split() == names
