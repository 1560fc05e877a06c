"""Jupyter's own exports of a section are complete: nbconvert needs nothing of this repository."""

import ast
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import get_exporter

from tests import ROOT

FORMULA = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$[^$]+?(?<!\\)\$", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")

# Between them they have formulas, drawings, plots and both figures that move. The others: weekly.
FULLEST = ["gru", "rnn-gluon"]
every_section = pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[] if path.stem in FULLEST else pytest.mark.weekly)
        for path in sorted((ROOT / "chapter_rnn").glob("*.ipynb"))
    ],
)


def export(path, kind):
    """Return the code, the prose and the outputs of a notebook, and what nbconvert makes of it."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    outputs = [shown(output) for cell in code for output in cell.outputs]
    body, _ = get_exporter(kind)().from_notebook_node(notebook)
    return [cell.source for cell in code], prose, outputs, body


def shown(output):
    """Return what was printed; of a figure, its HTML or SVG."""
    data = output.get("data", {})
    in_order = [data.get(kind) for kind in ("text/html", "image/svg+xml", "text/plain")]
    return output.get("text") or next(filter(None, in_order))


def missing(parts, body):
    """Return the parts that a text does not have, whatever its blanks: lines are indented there."""
    body = "".join(body.split())
    return [part for part in parts if "".join(part.split()) not in body]


@every_section
def test_a_script_has_all_code_and_prose(path):
    code, prose, _, body = export(path, "script")
    ast.parse(body)
    assert not missing(code, body)
    assert not missing(prose, re.sub("^# ?", "", body, flags=re.MULTILINE))


@every_section
def test_markdown_has_code_outputs_formulas_and_pictures(path):
    code, prose, outputs, body = export(path, "markdown")
    assert not missing([*code, *prose, *outputs], body)


@every_section
@pytest.mark.parametrize("kind", ["html", pytest.param("slides", marks=pytest.mark.weekly)])
def test_a_page_has_code_outputs_formulas_and_pictures(path, kind):
    code, prose, outputs, body = export(path, kind)
    page = BeautifulSoup(body, "html.parser")
    without_code = re.sub(r"```.*?```|`[^`]*`", "", "\n".join(prose), flags=re.DOTALL)
    printed = [output for output in outputs if not output.lstrip().startswith("<")]
    assert not missing([*code, *FORMULA.findall(without_code), *printed], page.get_text())
    pictures = {picture["src"] for picture in page.select("img[src][alt]")}
    assert {*PICTURE.findall("\n".join(prose))} <= pictures
    # nbconvert writes a quotation mark in an attribute in its own way.
    drawn = [str(BeautifulSoup(each, "html.parser")) for each in outputs if each not in printed]
    assert not missing(drawn, body)
