"""tools/copies.py: names and links of copied notebooks, and the contents of clean copies."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

from tools import copies


@pytest.fixture
def chapter(tmp_path):
    """Return the folder of a chapter with two sections."""
    text = "# Title\n\nSee [b](rnn.ipynb#Gates) and [answers](solutions/counts.ipynb)."
    code = new_code_cell("x = 1", id="code", execution_count=2, outputs=[new_output("stream")])
    cells = [new_markdown_cell(text), new_code_cell("import numpy", id="imports"), code]
    folder = tmp_path / "chapter"
    (folder / "solutions").mkdir(parents=True)
    (folder / "index.md").write_text("[a](counts.ipynb), [b](rnn.ipynb)")
    for name in ("counts", "rnn"):
        (folder / f"{name}.ipynb").write_text(writes(new_notebook(cells=cells)))
    answers = [new_markdown_cell("Back to [a](../counts.ipynb#Exercises), [w](../glossary.md)")]
    (folder / "solutions" / "counts.ipynb").write_text(writes(new_notebook(cells=answers)))
    return folder


def copied(chapter, name, target, clean=""):
    names = copies.numbered(chapter)
    copies.write_copy(chapter / name, target, names, clean)
    return json.loads(target.read_text())["cells"]


def test_copies_are_numbered_and_their_links_lead_to_copies(chapter, tmp_path):
    names = copies.numbered(chapter)
    assert [name.as_posix() for name in names.values()] == [
        "01-counts.ipynb",
        "solutions/01-counts-solutions.ipynb",
        "02-rnn.ipynb",
    ]
    section = copied(chapter, "counts.ipynb", tmp_path / "a.ipynb")
    text = "".join(section[0]["source"])
    assert "[b](02-rnn.ipynb#Gates) and [answers](solutions/01-counts-solutions.ipynb)" in text
    answers = copied(chapter, "solutions/counts.ipynb", tmp_path / "b.ipynb")
    text = "".join(answers[0]["source"])
    assert "[a](../01-counts.ipynb#Exercises), [w](../glossary.md)" in text
    copies.copy_others(chapter, tmp_path / "copy", names)
    assert (tmp_path / "copy" / "index.md").read_text() == "[a](01-counts.ipynb), [b](02-rnn.ipynb)"


@pytest.mark.parametrize("clean", ["code", "prose"])
def test_clean_copies_have_no_outputs_and_omit_code_or_prose(chapter, tmp_path, clean):
    cells = copied(chapter, "rnn.ipynb", tmp_path / "a.ipynb", clean)
    text, *code = ["".join(cell["source"]) for cell in cells]
    assert text.startswith("# Title") and ("See" in text) == (clean == "code")
    assert code == ["import numpy", "" if clean == "code" else "x = 1"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_an_unknown_kind_of_clean_copy_is_refused(chapter, tmp_path, monkeypatch):
    monkeypatch.setenv("CLEAN", "outputs")
    with pytest.raises(SystemExit, match="CLEAN is 'outputs'; it can be code or prose"):
        copies.main(str(tmp_path / "copies"))
    assert not (tmp_path / "copies").exists()
