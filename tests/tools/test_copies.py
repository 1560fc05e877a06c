"""tools/copies.py: names and links of copied notebooks, and the contents of clean copies."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

from tools import copies


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """Return the folder of a chapter with two sections, one of which has solutions."""
    text = (
        "# Title\n\nSee [b](rnn.ipynb#Gates), [answers](solutions/counts.ipynb), [c](draft.ipynb)."
    )
    code = new_code_cell("x = 1", id="code", execution_count=2, outputs=[new_output("stream")])
    cells = [new_markdown_cell(text), new_code_cell("import numpy", id="imports"), code]
    folder = tmp_path / "chapter"
    (folder / "solutions").mkdir(parents=True)
    (folder / "index.md").write_text("[a](counts.ipynb), [b](rnn.ipynb)")
    for name in ("counts", "rnn"):
        (folder / f"{name}.ipynb").write_text(writes(new_notebook(cells=cells)))
    answers = [new_markdown_cell("Back to [a](../counts.ipynb#Exercises), [w](../glossary.md)")]
    (folder / "solutions" / "counts.ipynb").write_text(writes(new_notebook(cells=answers)))
    monkeypatch.setattr(copies, "CHAPTER", folder)
    return folder


def copied(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]


def test_chosen_copies_are_numbered_and_their_links_lead_to_copies(chapter, tmp_path):
    there = tmp_path / "copies"
    copies.main(str(there), str(chapter / "counts.ipynb"), str(chapter / "solutions/counts.ipynb"))
    assert {path.relative_to(there).as_posix() for path in there.rglob("*.*")} == {
        "01-counts.ipynb",
        "solutions/01-counts-solutions.ipynb",
        "index.md",
    }
    text, *_ = copied(there / "01-counts.ipynb")
    assert "[b](02-rnn.ipynb#Gates), [answers](solutions/01-counts-solutions.ipynb)" in text
    assert "[c](draft.ipynb)" in text  # the chapter does not have it
    (text,) = copied(there / "solutions" / "01-counts-solutions.ipynb")
    assert "[a](../01-counts.ipynb#Exercises), [w](../glossary.md)" in text
    assert (there / "index.md").read_text() == "[a](01-counts.ipynb), [b](02-rnn.ipynb)"


@pytest.mark.parametrize("clean", ["code", "prose"])
def test_clean_copies_have_no_outputs_and_omit_code_or_prose(clean, chapter, tmp_path, monkeypatch):
    monkeypatch.setenv("CLEAN", clean)
    copies.main(str(tmp_path / "copies"), str(chapter / "rnn.ipynb"))
    copy = tmp_path / "copies" / "02-rnn.ipynb"
    text, *code = copied(copy)
    assert text.startswith("# Title") and ("See" in text) == (clean == "code")
    assert code == ["import numpy", "" if clean == "code" else "x = 1"]
    cells = json.loads(copy.read_text())["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_an_unknown_kind_of_clean_copy_is_refused(chapter, tmp_path, monkeypatch):
    monkeypatch.setenv("CLEAN", "outputs")
    with pytest.raises(SystemExit, match="CLEAN is 'outputs'; it can be code or prose"):
        copies.main(str(tmp_path / "copies"))
