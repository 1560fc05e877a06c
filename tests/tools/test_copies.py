"""tools/copies.py: names and links of copied notebooks, and the contents of clean copies."""

import re

import nbformat
import pytest

from tests import ROOT
from tools import copies

SECTION, SOLUTIONS = ROOT / "chapter_rnn" / "rnn.ipynb", ROOT / "chapter_rnn/solutions/rnn.ipynb"


def test_copies_are_numbered_and_their_links_lead_to_copies(tmp_path):
    copies.main(str(tmp_path), str(SECTION), str(SOLUTIONS))
    names = copies.numbered(SECTION.parent)
    assert names[SOLUTIONS].as_posix() == f"solutions/{names[SECTION].stem}-solutions.ipynb"
    copied = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.ipynb")}
    assert copied == {names[SECTION], names[SOLUTIONS]}
    for path in [tmp_path / "index.md", *(tmp_path / name for name in copied)]:
        links = re.findall(r"\]\((?!https?:)([^()#\s]+\.ipynb)", path.read_text(encoding="utf-8"))
        assert links
        for link in links:
            assert (path.parent / link).resolve().relative_to(tmp_path.resolve()) in names.values()


def test_a_link_to_a_notebook_of_no_chapter_stays_as_it_is():
    assert copies.with_links("[a](draft.ipynb)", SECTION, {}) == "[a](draft.ipynb)"


@pytest.mark.parametrize("clean", ["code", "prose"])
def test_clean_copies_have_no_outputs_and_omit_code_or_prose(clean, tmp_path, monkeypatch):
    monkeypatch.setenv("CLEAN", clean)
    copies.main(str(tmp_path), str(SECTION))
    (copy,) = tmp_path.rglob("??-rnn.ipynb")
    cells = nbformat.read(copy, as_version=4).cells
    code = {cell.id: cell for cell in cells if cell.cell_type == "code"}
    assert not any(cell.outputs or cell.execution_count for cell in code.values())
    assert code.pop("imports").source
    assert any(cell.source for cell in code.values()) == (clean == "prose")
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert prose.startswith("# ") and all(cell.source for cell in cells) == (clean == "prose")
    assert all(line.startswith("#") for line in prose.split("\n\n")) == (clean == "prose")


def test_an_unknown_kind_of_clean_copy_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEAN", "outputs")
    with pytest.raises(SystemExit, match="CLEAN is 'outputs'; it can be code or prose"):
        copies.main(str(tmp_path / "copies"))
