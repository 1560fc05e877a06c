"""Figures of a notebook, and the words that lead to them, in a book of one page."""

import io
import json
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from book.extensions import figures
from tools.execute import NOTEBOOK_METADATA

DIAGRAM = (
    """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>One step</title></svg>"""
)


def plot(name, alt, caption=None):
    data = {"image/svg+xml": DIAGRAM, "text/plain": alt}
    output = new_output("display_data", data, metadata={"image/svg+xml": {"alt": alt}})
    named = {"figure": {"caption": caption}} if caption else {}
    metadata = {"mystnb": {"image": {"alt": alt}, **named}}
    cell = new_code_cell("draw()", outputs=[output], metadata=metadata)
    cell.id = name
    return cell


def build(folder, *cells):
    """Build a book of one section, and return it with the warnings of the build."""
    source = folder / "source"
    (source / "figures").mkdir(parents=True)
    (source / "figures" / "step.svg").write_text(DIAGRAM)
    (source / "page.ipynb").write_text(
        writes(new_notebook(cells=list(cells), metadata=NOTEBOOK_METADATA))
    )
    (source / "index.md").write_text("# Book\n\n```{toctree}\n:numbered:\npage\n```\n")
    settings = {
        "extensions": ["myst_nb", "book.extensions.figures"],
        "nb_execution_mode": "off",
        "numfig": True,
        "numfig_format": {"figure": "Figure %s"},
    }
    said = io.StringIO()
    html, doctrees = folder / "html", folder / "doctrees"
    with docutils_namespace():
        Sphinx(source, None, html, doctrees, "html", settings, None, said).build()
    return BeautifulSoup((html / "page.html").read_text(), "html.parser"), said.getvalue()


def captions(page):
    return {
        figure["id"]: figure.select_one(".caption-number").get_text()
        + figure.select_one(".caption-text").get_text()
        for figure in page.select("figure[id]")
    }


def test_figures_are_numbered_in_order_whatever_shows_them(tmp_path):
    page, said = build(
        tmp_path,
        new_markdown_cell("# Title\n\n![A step, drawn.](figures/step.svg)"),
        plot("fall", "The loss against epochs: 3 at first, 1 at last."),
        plot("other", "A long description.", caption="Short"),
    )
    assert captions(page) == {
        "figure-step": "Figure 1.1 One step",
        "figure-fall": "Figure 1.2 The loss against epochs",
        "figure-other": "Figure 1.3 Short",
    }
    assert not said


def test_what_is_there_in_two_forms_is_one_figure(tmp_path):
    cell = plot("fall", "The loss against epochs.")
    cell.outputs[0].data["image/png"] = "iVBORw0KGgo="
    page, _ = build(tmp_path, new_markdown_cell("# Title"), cell)
    assert captions(page) == {"figure-fall": "Figure 1.1 The loss against epochs"}


def test_words_that_lead_to_a_figure_get_its_number(tmp_path):
    page, said = build(
        tmp_path,
        new_markdown_cell(
            "# Title\n\nOf [one step](figures/step.svg) and [the fall](#cell-id=fall).\n\n"
            "![A step, drawn.](figures/step.svg)"
        ),
        plot("fall", "The loss against epochs."),
    )
    assert "Of one step (Figure 1.1) and the fall (Figure 1.2)." in page.get_text()
    assert [link["href"] for link in page.select("p a.reference[href^='#figure']")] == [
        "#figure-step",
        "#figure-fall",
    ]
    assert not said


def test_words_that_lead_to_no_figure_stop_the_build(tmp_path):
    _, said = build(tmp_path, new_markdown_cell("# Title\n\nSee [it](#cell-id=missing)."))
    assert "missing" in said


@pytest.mark.parametrize(
    ("alt", "caption"),
    [
        ("Learning curves. One falls.", "Learning curves"),
        ("Bars: 1, 2.", "Bars"),
        ("Scale 1.5 against time; it grows", "Scale 1.5 against time"),
        ("No stop at all", "No stop at all"),
    ],
)
def test_a_caption_is_how_the_description_begins(alt, caption):
    assert figures.first_clause(alt) == caption


def test_the_solutions_count_by_themselves():
    env = SimpleNamespace(
        toc_fignumbers={
            "chapter_rnn/rnn": {"figure": {"figure-a": (3, 1)}},
            "chapter_rnn/solutions/rnn": {"figure": {"figure-b": (7,), "figure-c": (8,)}},
        },
        toc_secnumbers={"chapter_rnn/rnn": {"": (3,)}},
    )
    figures.number_solutions(None, env)
    assert json.loads(json.dumps(env.toc_fignumbers)) == {
        "chapter_rnn/rnn": {"figure": {"figure-a": [3, 1]}},
        "chapter_rnn/solutions/rnn": {"figure": {"figure-b": ["S3", 1], "figure-c": ["S3", 2]}},
    }
