"""Every notebook of the chapter keeps the rules of guards.py. Nothing is executed here."""

import pytest

from tests import ROOT
from tests.notebooks import guards
from tools.cell_checks import path_of_checks

NOTEBOOKS = sorted([*guards.CHAPTER.glob("*.ipynb"), *guards.CHAPTER.glob("solutions/*.ipynb")])


# `make check` names a test by its notebook.
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_notebook(path):
    notebook = guards.Notebook.read(path)
    complaints = [line for guard in guards.GUARDS for line in guard(notebook)]
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


def test_every_file_of_checks_has_its_notebook():
    files = set((ROOT / "tests" / "cells").rglob("*.py"))
    assert files <= {path_of_checks(path) for path in NOTEBOOKS}
