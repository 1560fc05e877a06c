"""Claims of the ledger need their section and their cells, and notes a cell of their own."""

import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from checks.rules import Notebook
from tests import ROOT
from tests.notebooks.rules import claims_can_fall, notes_are_cells

CLAIM = """[[claim]]
section = "gru"
claim = "A gate of [one number](gru.md) keeps $z$ of it."
cell = "measure"
overturn = "control"
"""


def test_every_claim_of_the_ledger_belongs_to_a_section():
    ledger = tomllib.loads((ROOT / "chapter_rnn" / "claims.toml").read_text(encoding="utf-8"))
    named = {claim["section"] for claim in ledger.get("claim", []) + ledger["fallen"]}
    assert named <= {path.stem for path in (ROOT / "chapter_rnn").glob("*.ipynb")}
    assert len(ledger.get("claim", [])) <= 34 and len(ledger["fallen"]) >= 20


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("x", "x", ""),
        ("keeps", "kept", "gru.ipynb: its open text does not say, word for word: 'A gate of [one num"),
        ("A gate", "<details><summary>x</summary>\nA gate", "gru.ipynb: its open text does not say"),
        ("assert 1", "1", "gru.ipynb: its cell 'measure', which measures a claim, needs an assertion"),
        ("assert 2", "2", "solutions/gru.ipynb: 'control', which tries to overturn a claim, has to be"),
        ("Evidence", "Exercise", "solutions/gru.ipynb: 'control', which tries to overturn a claim, has"),
        (CLAIM, 3 * CLAIM, "gru.ipynb: claims.toml has 3 of its claims; keep the best 2"),
    ],
)  # fmt: skip
def test_a_claim_needs_its_sentence_its_cell_and_a_control(tmp_path, old, new, complaint):
    text = "A gate of\n[one number](gru.md#One)\nkeeps $z$ of it.\n</details>"
    section = [new_markdown_cell(text), new_code_cell("assert 1", id="measure")]
    solutions = [new_markdown_cell("## Evidence"), new_code_cell("assert 2", id="control")]
    for cell in section + solutions:
        cell.source = cell.source.replace(old, new)
    (tmp_path / "solutions").mkdir()
    nbformat.write(new_notebook(cells=section), tmp_path / "gru.ipynb")
    nbformat.write(new_notebook(cells=solutions), tmp_path / "solutions" / "gru.ipynb")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "claims.toml").write_text(CLAIM.replace(old, new) if old == CLAIM else CLAIM)
    found = [*claims_can_fall(Notebook.read(tmp_path / "gru.ipynb"))]
    assert [line[: len(complaint)] for line in found] == [complaint][: bool(complaint)]


def test_a_note_is_a_cell_of_its_own():
    note = "<details><summary>A note</summary>\n\nx\n\n</details>"
    sources = {"alone": note, "after": f"Text.\n\n{note}", "tight": note.replace("\n\n", "\n")}
    section = new_notebook(cells=[new_markdown_cell(text, id=i) for i, text in sources.items()])
    found = [*notes_are_cells(Notebook(Path("gru.ipynb"), section, None))]
    assert [line.partition(":")[0] for line in found] == [
        "gru.ipynb, cell after",
        "gru.ipynb, cell tight",
    ]
