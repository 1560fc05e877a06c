"""The copies for Colab: they bring what they need, and no link in them leads nowhere."""

import json
import os
import re
import subprocess
import sys

import nbformat
import pytest

from tests import ROOT
from tools import as_on_colab, colab

REPOSITORY = "someone/a-book"
NOTEBOOKS = sorted(ROOT.glob("chapter_rnn/**/*.ipynb"))
ON_COLAB = "https://colab.research.google.com/github/someone/a-book/blob/colab/"
IN_THE_BOOK = "https://someone.github.io/a-book/"


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["colab.py", REPOSITORY, str(folder)])
        colab.main()
    return folder


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: "-".join(path.parts[-2:]))
def test_a_copy_is_the_notebook_after_a_cell_that_installs(copies, notebook):
    stored = json.loads(notebook.read_text())
    copy = json.loads((copies / notebook.relative_to(ROOT)).read_text())
    nbformat.validate(copy)
    setup, *cells = copy["cells"]
    assert "mxnet==1.9.1" in setup["source"]
    assert f"https://github.com/{REPOSITORY} ~/book" in setup["source"]
    assert [cell["id"] for cell in cells] == [cell["id"] for cell in stored["cells"]]
    code, stored_code = (
        [cell for cell in some if cell["cell_type"] == "code"] for some in (cells, stored["cells"])
    )
    assert code == stored_code


def test_every_link_of_a_copy_leads_to_another_copy_or_into_the_book(copies):
    sources = {path.relative_to(copies).as_posix() for path in copies.rglob("*.ipynb")}
    for path in copies.rglob("*.ipynb"):
        cells = json.loads(path.read_text())["cells"][1:]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        links = re.findall(r"\]\(([^)#\s]+)", "\n".join(texts))
        ours = [link for link in links if REPOSITORY in link or link.startswith(IN_THE_BOOK)]
        assert not [link for link in links if not link.startswith("http")], path
        for link in ours:
            page = link.removeprefix(IN_THE_BOOK)
            name = page.removeprefix("_images/")
            assert (
                link.removeprefix(ON_COLAB) in sources
                or (ROOT / "chapter_rnn" / "figures" / name).exists()
                or (ROOT / page).with_suffix(".md").exists()
            ), link


def test_the_first_cell_brings_the_files_that_a_notebook_reads(tmp_path, monkeypatch):
    monkeypatch.setattr(as_on_colab, "FOLDER", tmp_path)
    commands = [line[1:] for line in colab.SETUP.splitlines() if re.match("!(test|cp)", line)]
    assert len(commands) == 2
    (tmp_path / "home").mkdir()
    (tmp_path / "content").mkdir()
    for _ in range(2):  # a cell may run again
        subprocess.run(
            [
                "bash",
                "-c",
                "\n".join(commands).format(repository=as_on_colab.REPOSITORY, chapter="."),
            ],
            cwd=tmp_path / "content",
            env=as_on_colab.environment(),
            check=True,
        )
    measured = {path.name for path in (ROOT / "chapter_rnn" / "measured").iterdir()}
    brought = {path.name for path in (tmp_path / "content" / "measured").iterdir()}
    assert brought >= {"costs.json", "workers.json"} and brought <= measured


def test_a_notebook_reads_what_it_made_or_what_the_first_cell_brings(copies):
    read = set()
    for path in copies.rglob("*.ipynb"):
        setup, *cells = json.loads(path.read_text())["cells"]
        (brought,) = re.findall(r"cp -r ~/book/chapter_rnn/measured (\S+)", setup["source"])
        code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        for file, folder in re.findall(r'"([.\w/-]+/[\w-]+\.\w+)"|Path\("([\w/-]+)",', code):
            read.add((os.path.relpath(file, brought) if file else "", folder))
    files = {file for file, _ in read if file}
    assert "measured/models.json" in files and {folder for _, folder in read} == {"", "measured"}
    for file in files:
        assert file.startswith("measured/") and (ROOT / "chapter_rnn" / file).exists()


def test_what_is_no_repository_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["colab.py", "a-book", str(tmp_path)])
    with pytest.raises(SystemExit, match="OWNER/NAME"):
        colab.main()
    assert not list(tmp_path.iterdir())
