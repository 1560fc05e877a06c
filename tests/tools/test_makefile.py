"""The Makefile: which files `make` updates after a change."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import LIMIT, ROOT, copy_sources

EXECUTED = "_build/executed/notebooks"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a copy of the repository in which everything is up to date."""
    root = copy_sources(tmp_path_factory.mktemp("made") / "a checkout")
    for path in [root / ".venv/complete.json", root / ".venv/bin/gluonbook", root / "_build/text"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for path in root.glob("chapter_rnn/**/*.ipynb"):
        executed = root / EXECUTED / path.relative_to(root)
        executed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, executed)
    # A file is newer than the files that it is made from.
    for age, folder in enumerate(("", ".venv", "_build", EXECUTED)):
        for path in (root / folder).rglob("*"):
            os.utime(path, (age, age))
    return root


def make(root, *arguments):
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    command = ["make", *arguments, "JOBS=1", "OMP_NUM_THREADS=1"]
    return subprocess.run(
        command, cwd=root, env=env, capture_output=True, text=True, check=True, timeout=LIMIT
    ).stdout


def test_make_help_creates_no_files(tmp_path):
    root = copy_sources(tmp_path / "a checkout")
    before = set(root.rglob("*"))
    assert "make lab " in make(root, "help")
    assert set(root.rglob("*")) == before


def test_ruff_does_not_check_the_copies_of_a_reader_even_without_a_git_repository(tmp_path):
    root = copy_sources(tmp_path / "an archive")
    (root / "my-chapter").mkdir()
    (root / "my-chapter" / "mine.py").touch()
    ruff = [Path(sys.executable).with_name("ruff"), "check", "--show-files"]
    checked = subprocess.check_output(ruff, cwd=root, text=True, timeout=LIMIT)
    assert "tools/execute.py" in checked and "my-chapter" not in checked


def to_execute(root):
    """Return the sections that `make` would execute with the current environment and text."""
    sections = [str(path.relative_to(root)) for path in root.glob("chapter_rnn/**/*.ipynb")]
    keep = "--old-file=.venv/complete.json"
    planned = make(root, "--dry-run", keep, *[f"{EXECUTED}/{name}" for name in sections])
    return {name for name in sections if f"tools.execute {name} " in planned}


def to_execute_after(root, name):
    """Return the sections that `make` would execute after a change to a file, which may be new."""
    path = root / name
    before = path.stat().st_mtime if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    try:
        return to_execute(root)
    finally:
        path.unlink() if before is None else os.utime(path, (before, before))


def test_a_second_make_executes_nothing(made):
    assert to_execute(made) == set()


def test_every_section_is_executed_when_the_lesson_or_the_text_has_changed(made):
    for name in ("gluonbook/training.py", "gluonbook/figures/writer.js", "_build/text"):
        assert len(to_execute_after(made, name)) == len([*ROOT.glob("chapter_rnn/**/*.ipynb")])


@pytest.mark.parametrize(
    "name",
    [
        "gluonbook/tool/commands.py",
        "gluonbook/__main__.py",
        "gluonbook/figures/__pycache__/frames.cpython-311.pyc",
        "tools/execute.py",
        "book/conf.py",
    ],
)
def test_no_section_is_executed_when_a_file_that_none_reads_has_changed(name, made):
    assert to_execute_after(made, name) == set()


def test_the_sections_that_name_a_measurement_are_executed_when_it_has_changed(made):
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("chapter_rnn/**/*.ipynb")
        if "measured/models.json" in path.read_text(encoding="utf-8")
    }
    assert readers
    assert to_execute_after(made, "chapter_rnn/measured/models.json") == readers


def test_a_section_is_executed_when_it_has_changed(made):
    assert to_execute_after(made, "chapter_rnn/rnn.ipynb") == {"chapter_rnn/rnn.ipynb"}


@pytest.mark.parametrize("named", ["rnn", "rnn.ipynb", "chapter_rnn/rnn.ipynb"])
def test_a_section_can_be_given_by_its_name_or_its_path(named, made):
    planned = make(made, "--dry-run", f"NOTEBOOKS={named} solutions/gru", "refresh")
    for path in ("chapter_rnn/rnn.ipynb", "chapter_rnn/solutions/gru.ipynb"):
        assert f"tools.execute {path} {path}\n" in planned
    assert "rnn-gluon" not in planned
    with pytest.raises(subprocess.CalledProcessError) as caught:
        make(made, "NOTEBOOKS=rnm", "refresh")
    assert "There is no chapter_rnn/rnm.ipynb" in caught.value.stderr


def test_the_novel_is_downloaded_only_for_a_section_that_reads_a_text(made):
    def downloads(name):
        return "gluonbook data" in make(made, "--dry-run", f"NOTEBOOKS={name}", "refresh")

    toy = made / "chapter_rnn" / "toy.ipynb"
    toy.write_text('{"cells": [{"source": ["2 + 2"]}]}')
    try:
        assert downloads("rnn-gluon")
        assert not downloads("toy")
    finally:
        toy.unlink()
