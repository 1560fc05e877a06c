"""Jupyter's own exports of a section are complete: nbconvert needs nothing of this repository."""

import ast
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import get_exporter

from tests import ROOT

SECTIONS = sorted((ROOT / "chapter_rnn").glob("*.ipynb"))
FORMULA = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$[^$]+?(?<!\\)\$", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")

# Between them they have formulas, drawings, plots and both figures that move. The others: weekly.
FULLEST = ["gru", "rnn-gluon"]
every_section = pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[] if path.stem in FULLEST else pytest.mark.weekly)
        for path in SECTIONS
    ],
)


def squeeze(text):
    return re.sub(r"\s+", "", text)


def export(path, kind):
    """Return a notebook, and what nbconvert makes of it."""
    notebook = nbformat.read(path, as_version=4)
    return notebook, get_exporter(kind)().from_notebook_node(notebook)[0]


def sources(notebook, kind):
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def outputs(notebook):
    """Return the text of each output as it was printed, or shown; of a figure, its HTML or SVG."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            in_order = [data.get(kind) for kind in ("text/html", "image/svg+xml", "text/plain")]
            yield output.get("text") or next(filter(None, in_order))


def missing(parts, body):
    body = squeeze(body)
    return [part for part in parts if squeeze(part) not in body]


@every_section
def test_a_script_has_all_code_and_prose(path):
    notebook, body = export(path, "script")
    ast.parse(body)
    assert not missing(sources(notebook, "code"), body)
    assert not missing(sources(notebook, "markdown"), re.sub("^# ?", "", body, flags=re.MULTILINE))


@every_section
def test_markdown_has_code_outputs_formulas_and_pictures(path):
    notebook, body = export(path, "markdown")
    # Printed lines are indented there, and no blanks are compared.
    assert not missing([*sources(notebook, "code"), *sources(notebook, "markdown")], body)
    assert not missing(outputs(notebook), body)


@every_section
@pytest.mark.parametrize("kind", ["html", pytest.param("slides", marks=pytest.mark.weekly)])
def test_a_page_has_code_outputs_formulas_and_pictures(path, kind):
    notebook, body = export(path, kind)
    page = BeautifulSoup(body, "html.parser")
    text = page.get_text()
    assert not missing(sources(notebook, "code"), text)
    prose = "\n".join(sources(notebook, "markdown"))
    without_code = re.sub(r"```.*?```|`[^`]*`", "", prose, flags=re.DOTALL)
    assert not missing(FORMULA.findall(without_code), text)
    shown = [picture["src"] for picture in page.select("img[src][alt]")]
    assert set(PICTURE.findall(prose)) <= set(shown)
    printed = [output for output in outputs(notebook) if not output.lstrip().startswith("<")]
    drawn = [output for output in outputs(notebook) if output not in printed]
    assert not missing(printed, text)
    # nbconvert writes a quotation mark in an attribute in its own way.
    assert not missing([str(BeautifulSoup(output, "html.parser")) for output in drawn], body)
