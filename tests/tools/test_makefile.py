"""The Makefile: which files `make` updates after a change."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import LIMIT, ROOT, copy_sources
from tests.processes import finished

EXECUTED = "_build/executed/notebooks"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a copy of the repository in which everything is up to date."""
    root = copy_sources(tmp_path_factory.mktemp("made") / "a checkout")
    before = set(root.rglob("*"))
    assert "make lab " in make(root, "help").stdout
    assert set(root.rglob("*")) == before  # help makes nothing
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
    return finished(["make", *arguments, "JOBS=1", "OMP_NUM_THREADS=1"], cwd=root, env=env)


def to_execute_after(root, *names):
    """Return the sections that `make` would execute after a change to files, which may be new."""
    before = {root / name: (root / name).exists() for name in names}
    for path in before:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    sections = [str(path.relative_to(root)) for path in root.glob("chapter_rnn/**/*.ipynb")]
    keep = "--old-file=.venv/complete.json"
    planned = make(root, "--dry-run", keep, *[f"{EXECUTED}/{name}" for name in sections])
    for path, was_there in before.items():
        os.utime(path, (0, 0)) if was_there else path.unlink()
    assert planned.returncode == 0, planned.stderr
    return {name for name in sections if f"tools.execute {name} " in planned.stdout}


def test_no_section_is_executed_again_when_files_that_none_reads_have_changed(made):
    changed = [
        "gluonbook/tool/commands.py",
        "gluonbook/__main__.py",
        "gluonbook/figures/__pycache__/frames.cpython-311.pyc",
        "tools/execute.py",
        "book/conf.py",
    ]
    assert to_execute_after(made, *changed) == set()


@pytest.mark.parametrize(
    "name", ["gluonbook/training.py", "gluonbook/figures/writer.js", "_build/text"]
)
def test_every_section_is_executed_when_the_lesson_or_the_text_has_changed(name, made):
    assert len(to_execute_after(made, name)) == len([*ROOT.glob("chapter_rnn/**/*.ipynb")])


def test_a_section_is_executed_when_it_or_a_measurement_that_it_names_has_changed(made):
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("chapter_rnn/**/*.ipynb")
        if "measured/models.json" in path.read_text(encoding="utf-8")
    }
    assert readers
    assert to_execute_after(made, "chapter_rnn/measured/models.json") == readers
    assert to_execute_after(made, "chapter_rnn/rnn.ipynb") == {"chapter_rnn/rnn.ipynb"}


@pytest.mark.parametrize("named", ["rnn", "rnn.ipynb", "chapter_rnn/rnn.ipynb"])
def test_a_section_can_be_given_by_its_name_or_its_path(named, made):
    planned = make(made, "--dry-run", f"NOTEBOOKS={named} solutions/gru", "refresh").stdout
    for path in ("chapter_rnn/rnn.ipynb", "chapter_rnn/solutions/gru.ipynb"):
        assert f"tools.execute {path} {path}\n" in planned
    assert "rnn-gluon" not in planned


def test_a_section_that_is_not_there_is_named(made):
    refused = make(made, "NOTEBOOKS=rnm", "refresh")
    assert refused.returncode and "There is no chapter_rnn/rnm.ipynb" in refused.stderr


def test_the_novel_is_downloaded_only_for_a_section_that_reads_a_text(made):
    toy = made / "chapter_rnn" / "toy.ipynb"
    toy.write_text('{"cells": [{"source": ["2 + 2"]}]}')
    for name, downloads in (("rnn-gluon", True), ("toy", False)):
        planned = make(made, "--dry-run", f"NOTEBOOKS={name}", "refresh")
        assert planned.returncode == 0 and ("gluonbook data" in planned.stdout) == downloads
    toy.unlink()


def test_ruff_does_not_check_the_copies_of_a_reader_even_without_a_git_repository(made):
    (made / "my-chapter").mkdir()
    (made / "my-chapter" / "mine.py").touch()
    ruff = [Path(sys.executable).with_name("ruff"), "check", "--show-files"]
    checked = subprocess.check_output(ruff, cwd=made, text=True, timeout=LIMIT)
    assert "tools/execute.py" in checked and "my-chapter" not in checked
