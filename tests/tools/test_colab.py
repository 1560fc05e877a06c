"""tools/colab.py: all links of the copies for Colab work. The weekly run executes the copies."""

import re

import nbformat

from tests import ROOT
from tools import colab

REPOSITORY = "someone/a-book"
ON_COLAB = "https://colab.research.google.com/github/someone/a-book/blob/colab/"
IN_THE_BOOK = "https://someone.github.io/a-book/"


def test_every_link_in_a_copy_leads_to_another_copy_or_to_the_book(tmp_path):
    colab.main(REPOSITORY, str(tmp_path))
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb")}
    assert names == {
        path.relative_to(ROOT).as_posix() for path in ROOT.glob("chapter_rnn/**/*.ipynb")
    }
    for path in tmp_path.rglob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        assert f"https://github.com/{REPOSITORY} ~/book" in cells[0].source
        assert "--find-links ~/book/wheels mxnet" in cells[0].source
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
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
