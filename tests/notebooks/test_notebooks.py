"""Assertions about cells are run with a notebook, so that each file of them needs its own."""

from checks.settings import settings_of
from tests import ROOT


def test_every_file_of_assertions_has_its_notebook():
    notebooks = [*(ROOT / "chapter_rnn").rglob("*.ipynb")]
    files = {*(ROOT / "tests" / "cells").rglob("*.py")}
    assert files <= {settings_of(path).assertions_of(path) for path in notebooks}
