"""tools/copies.py and tools/lab.py: names and links of copied notebooks, clean copies, and a reader's own."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

from tools import copies, lab

SECTION, SOLUTIONS = (
    Path("chapter_rnn/rnn-gluon.ipynb"),
    Path("chapter_rnn/solutions/rnn-gluon.ipynb"),
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^()#\s]+)")


def copy(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["copies", *map(str, arguments)])
    copies.main()


@pytest.mark.parametrize("solutions", [[], [SOLUTIONS]])
def test_copies_are_numbered_as_a_part_of_the_book_and_no_link_is_dead(
    solutions, tmp_path, monkeypatch
):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    copy(monkeypatch, tmp_path, "chapter_rnn/gru.ipynb", SECTION, *solutions)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb")}
    expected = {"01-rnn-gluon.ipynb", "02-gru.ipynb"}
    assert found == expected | {"solutions/01-rnn-gluon-solutions.ipynb" for _ in solutions}
    for path in [*tmp_path.rglob("*.ipynb"), *tmp_path.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        assert not [link for link in LINK.findall(text) if not (path.parent / link).exists()]
        assert ("solutions are in" in text) <= bool(solutions), path
    assert set(LINK.findall((tmp_path / "index.md").read_text())) >= expected


def test_a_clean_copy_has_no_outputs_and_no_code_but_the_imports(tmp_path, monkeypatch):
    copy(monkeypatch, "--clean=code", tmp_path, SECTION)
    cells = nbformat.read(tmp_path / "01-rnn-gluon.ipynb", as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert [cell.id for cell in code if cell.source] == ["imports"]
    assert all(cell.source for cell in cells if cell.cell_type == "markdown")


def test_changed_copies_are_kept_and_missing_copies_and_other_files_are_copied_again(tmp_path):
    lab.copy_missing(tmp_path)
    for name in ("01-language-model.ipynb", "index.md"):
        (tmp_path / name).write_text("my own")
    (tmp_path / "02-language-model-data.ipynb").unlink()
    lab.copy_missing(tmp_path)
    assert (tmp_path / "01-language-model.ipynb").read_text() == "my own"
    assert (tmp_path / "index.md").read_text() != "my own"
    assert (tmp_path / "02-language-model-data.ipynb").exists()
    assert len([*tmp_path.rglob("*.ipynb")]) == len(copies.NOTEBOOKS)


def test_jupyterlab_opens_the_first_section_with_our_settings(monkeypatch):
    started = []
    monkeypatch.setattr(lab, "copy_missing", lambda folder: None)
    monkeypatch.setattr(lab.os, "execv", lambda program, command: started.extend(command))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/mine")
    lab.main()
    assert {f"--ServerApp.root_dir={lab.MINE}", "-c", lab.START} <= {*started}
    (opened,) = (word for word in started if word.startswith("--LabApp.default_url=/lab/tree/"))
    assert opened.rpartition("/")[2] == "01-language-model.ipynb"
    assert lab.os.environ["JUPYTER_CONFIG_PATH"] == f"{lab.ROOT / 'tools' / 'jupyter'}:/mine"
