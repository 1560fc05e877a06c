"""Every notebook of the chapter keeps the rules of guards.py. Nothing is executed here."""

import pytest

from tests import ROOT
from tests.notebooks import guards
from tools.cell_checks import path_of_checks

SECTIONS = sorted(guards.CHAPTER.glob("*.ipynb"))
SOLUTIONS = sorted(guards.CHAPTER.glob("solutions/*.ipynb"))


def path_id(path):
    return path.relative_to(guards.CHAPTER).as_posix()


def guard_id(guard):
    return guard.__name__


@pytest.mark.parametrize("guard", guards.GUARDS, ids=guard_id)
@pytest.mark.parametrize("path", SECTIONS + SOLUTIONS, ids=path_id)
def test_notebook(path, guard):
    complaints = list(guard(guards.Notebook.read(path)))
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("path", SOLUTIONS, ids=path_id)
def test_solutions_answer_every_exercise(path):
    section = guards.Notebook.read(guards.CHAPTER / path.name)
    complaints = list(guards.exercises_are_solved(section, guards.Notebook.read(path)))
    assert not complaints, "\n".join(complaints)


def test_every_file_of_checks_has_its_notebook():
    files = set((ROOT / "tests" / "cells").rglob("*.py"))
    assert files <= {path_of_checks(path) for path in SECTIONS + SOLUTIONS}
