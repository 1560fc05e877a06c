"""tools/colab.py: the copies for Colab install what they need, and all of their links work."""

import json
import re

import nbformat
import pytest

from tests import ROOT
from tools import colab

REPOSITORY = "someone/a-book"
ON_COLAB = "https://colab.research.google.com/github/someone/a-book/blob/colab/"
IN_THE_BOOK = "https://someone.github.io/a-book/"


def cells_of(path, kind):
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == kind]


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colab")
    colab.main(REPOSITORY, str(folder))
    return folder


def test_a_copy_is_the_notebook_with_a_cell_that_installs_the_packages(copies):
    for notebook in ROOT.glob("chapter_rnn/**/*.ipynb"):
        copy = copies / notebook.relative_to(ROOT)
        nbformat.validate(json.loads(copy.read_text()))
        setup, *code = cells_of(copy, "code")
        assert "mxnet==1.9.1" in setup["source"]
        assert f"https://github.com/{REPOSITORY} ~/book" in setup["source"]
        assert code == cells_of(notebook, "code")
        texts = cells_of(notebook, "markdown")
        assert [cell["id"] for cell in cells_of(copy, "markdown")] == [cell["id"] for cell in texts]


def test_every_link_in_a_copy_leads_to_another_copy_or_to_the_book(copies):
    names = {path.relative_to(copies).as_posix() for path in copies.rglob("*.ipynb")}
    for path in copies.rglob("*.ipynb"):
        text = "\n".join(cell["source"] for cell in cells_of(path, "markdown"))
        for link in re.findall(r"\]\(([^)#\s]+)", text):
            page = link.removeprefix(IN_THE_BOOK)
            name = page.removeprefix("_images/")
            if link.startswith(ON_COLAB):
                assert link.removeprefix(ON_COLAB) in names, link
            elif page == link:
                assert link.startswith("http"), f"{path}: {link}"
            else:
                files = [ROOT / "chapter_rnn/figures" / name, (ROOT / page).with_suffix(".md")]
                assert any(file.exists() for file in files), link
