"""The Makefile: which files `make` updates after a change."""

import os
import shutil
from pathlib import Path

import pytest

from tests import ROOT, copy_sources
from tests.processes import finished

EXECUTED = "_build/executed/notebooks"
BOOK = "_build/html/index.html"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a copy of the repository in which everything is up to date."""
    root = copy_sources(tmp_path_factory.mktemp("made") / "a checkout")
    before = set(root.rglob("*"))
    assert "make lab " in make(root, "help").stdout
    assert set(root.rglob("*")) == before  # help makes nothing
    for name in (".venv/complete.json", ".venv/bin/gluonbook", "_build/text", BOOK):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    assert make(root, "_build/sources").returncode == 0
    for path in root.glob("chapter_rnn/**/*.ipynb"):
        executed = root / EXECUTED / path.relative_to(root)
        executed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, executed)
    # A file is newer than the files that it is made from.
    for age, folder in enumerate(("", ".venv", "_build", EXECUTED, Path(BOOK).parent)):
        for path in (root / folder).rglob("*"):
            os.utime(path, (age, age))
    return root


def make(root, *arguments, **variables):
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    env.pop("GITHUB_REPOSITORY", None)
    return finished(
        ["make", *arguments, "JOBS=1", "OMP_NUM_THREADS=1"], cwd=root, env=env | variables
    )


def planned(root, *targets, **variables):
    """Return the commands of a dry run with an environment that stays."""
    run = make(root, "--dry-run", "--old-file=.venv/complete.json", *targets, **variables)
    assert run.returncode == 0, run.stderr
    return run.stdout


def to_execute_after(root, *names):
    """Return the sections that `make` would execute after a change to files, which may be new."""
    before = {root / name: (root / name).exists() for name in names}
    for path in before:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    sections = [str(path.relative_to(root)) for path in root.glob("chapter_rnn/**/*.ipynb")]
    commands = planned(root, *[f"{EXECUTED}/{name}" for name in sections])
    for path, was_there in before.items():
        os.utime(path, (0, 0)) if was_there else path.unlink()
    return {name for name in sections if f"tools.execute {name} " in commands}


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
    "name",
    [
        "gluonbook/training.py",
        "gluonbook/figures/writer.js",
        "chapter_rnn/measured/models.json",
        "_build/text",
    ],
)
def test_every_section_is_executed_when_the_lesson_a_measurement_or_the_text_has_changed(
    name, made
):
    assert len(to_execute_after(made, name)) == len([*ROOT.glob("chapter_rnn/**/*.ipynb")])


def test_a_section_is_executed_when_it_has_changed(made):
    assert to_execute_after(made, "chapter_rnn/rnn.ipynb") == {"chapter_rnn/rnn.ipynb"}


def is_rebuilt(root, **variables):
    """Tell whether `make` builds the book, and take it for built."""
    run = make(root, "--old-file=.venv/complete.json", "RUN=echo", BOOK, **variables)
    assert run.returncode == 0, run.stderr
    (root / BOOK).touch()
    return "book.making.html" in run.stdout


def test_the_book_is_built_again_when_a_source_is_gone_or_the_repository_is_another(made):
    assert not is_rebuilt(made)
    (made / "chapter_rnn" / "notation.md").unlink()
    assert is_rebuilt(made) and not is_rebuilt(made)
    assert is_rebuilt(made, GITHUB_REPOSITORY="someone/a-book")


def test_sections_can_be_given_by_name_or_path_and_one_that_is_not_there_is_named(made):
    names = "rnn solutions/gru.ipynb chapter_rnn/lstm.ipynb"
    commands = planned(made, f"NOTEBOOKS={names}", "refresh")
    for path in ("rnn.ipynb", "solutions/gru.ipynb", "lstm.ipynb"):
        assert f"tools.execute chapter_rnn/{path} chapter_rnn/{path}\n" in commands
    assert "rnn-gluon" not in commands
    refused = make(made, "NOTEBOOKS=rnm", "refresh")
    assert refused.returncode and "There is no chapter_rnn/rnm.ipynb" in refused.stderr


def test_a_part_of_the_book_has_its_own_folder_and_only_its_build_knows_of_it(made):
    build = (
        'SECTIONS="rnn" SOLUTIONS="" .venv/bin/python -m book.making.html chapter_rnn _build/part'
    )
    assert build in planned(made, "html", SECTIONS="rnn")
    (made / "show.mk").write_text("include Makefile\nshow:\n\t@echo [$${SECTIONS-}]\n")
    shown = make(made, "-f", "show.mk", "show", "SECTIONS=rnn")
    assert shown.stdout == "[]\n", shown.stderr
