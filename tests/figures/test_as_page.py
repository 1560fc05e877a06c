"""What both figures have in common in which something moves."""

import json
import re

import pytest

from book.chapter import ROOT
from book.figure_html import living_figure
from gluonbook.figures import frames, writer

NOTEBOOKS = {"gru": frames, "lstm": frames, "rnn-gluon": writer, "generating-text": writer}


@pytest.mark.parametrize("figure", [frames, writer])
def test_the_program_can_stand_in_a_page(figure):
    assert "</script" not in figure.PROGRAM and "</style" not in figure.STYLE
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", figure.PROGRAM)


@pytest.mark.parametrize(("name", "figure"), NOTEBOOKS.items())
def test_the_stored_output_is_what_is_displayed_today(name, figure):
    cells = json.loads((ROOT / "chapter_rnn" / f"{name}.ipynb").read_text())["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    pages = ["".join(output.get("text/html", "")) for output in outputs]
    (page,) = filter(living_figure, pages)
    assert figure.STYLE in page and figure.PROGRAM in page, f"make refresh: {name} has older files"
    assert len(page) < {frames: 150_000, writer: 700_000}[figure]
