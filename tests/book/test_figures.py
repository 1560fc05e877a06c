"""Figures of a notebook, words that lead to them, and outputs that other pages show, in a small book."""

import base64
import html
import io

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from book.extensions import notebooks
from tools.execute import NOTEBOOK_METADATA

DIAGRAM = (
    """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>One step</title></svg>"""
)
TITLE = new_markdown_cell("# Title\n\n![A step, drawn.](figures/step.svg)")


def cell(name, *outputs):
    made = new_code_cell("draw()", outputs=list(outputs))
    made.id = name
    return made


def displayed(page, text):
    return new_output("display_data", {"text/html": page, "text/plain": text})


def plot(alt):
    """Return an output as gluonbook.show makes it."""
    svg = base64.b64encode(DIAGRAM.encode()).decode()
    return displayed(f'<img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{svg}"/>', alt)


def living(kind, picture, text, model=""):
    """Return an output with a figure that a program brings to life."""
    page = f'<figure class="gluonbook-{kind}" data-name="f00">{picture}</figure><style></style>'
    return displayed(f"{page}{model}<script>run()</script>", text)


WRITER = living(
    "writer", "It writes.", "The text: it goes on.", '<script class="gluonbook-model">{}</script>'
)
FRAMES = living("frames", '<svg aria-label="A gate; it&#x27;s open"></svg>', "all frames")


@pytest.fixture
def build(tmp_path):
    """Return a function that builds a book, and returns its two pages and the warnings."""

    def build(*cells, landing_page=""):
        source, out, doctrees = (tmp_path / name for name in ("source", "html", "doctrees"))
        chapter = source / "chapter_rnn"
        (chapter / "figures").mkdir(parents=True)
        (chapter / "figures" / "step.svg").write_text(DIAGRAM)
        notebook = new_notebook(cells=[TITLE, *cells], metadata=NOTEBOOK_METADATA)
        (chapter / "rnn.ipynb").write_text(writes(notebook))
        contents = "```{toctree}\n:numbered:\nchapter_rnn/rnn\n```\n"
        (source / "index.md").write_text(f"# Book\n\n{landing_page}\n\n{contents}")
        settings = {
            "extensions": ["myst_nb", "book.extensions.notebooks", "book.extensions.figures"],
            "nb_execution_mode": "off",
            "nb_mime_priority_overrides": [("html", "text/html", 0)],
            "numfig": True,
            "numfig_format": {"figure": "Figure %s"},
        }
        said = io.StringIO()
        with docutils_namespace():
            Sphinx(source, None, out, doctrees, "html", settings, None, said).build()
        pages = ((out / name).read_text() for name in ("chapter_rnn/rnn.html", "index.html"))
        return *(BeautifulSoup(page, "html.parser") for page in pages), said.getvalue()

    return build


def test_figures_are_numbered_in_order_whatever_shows_them(build, tmp_path):
    page, _, said = build(
        cell("fall", plot('It falls: 3 at first, 1 at "last".')),
        cell("frames", FRAMES),
        cell("writer", new_output("stream", text="text\n"), WRITER),
    )
    assert [figure.figcaption.get_text().strip("\n¶") for figure in page.select("figure[id]")] == [
        "Figure 1.1 One step",
        "Figure 1.2 It falls",
        "Figure 1.3 A gate",
        "Figure 1.4 The text",
    ]
    assert [picture["alt"] for picture in page.select("figure img")] == [
        "A step, drawn.",
        'It falls: 3 at first, 1 at "last".',
    ]
    # A program is a file of the book, and a model another.
    assert [figure.get_text() for figure in page.select(".gluonbook-writer")] == ["It writes."]
    assert not page.select(".cell_output :is(script, style)")
    assert (tmp_path / "html" / "_static" / "model-f00.js").read_text() == "{}"
    assert not said


@pytest.mark.parametrize(
    ("cells", "landing_page", "message"),
    [
        ([new_markdown_cell("See [it](#cell-id=missing).")], "", "missing"),
        ([cell("two", plot("One."), plot("Two."))], "", "Duplicate explicit target name"),
        ([], "```{cell-output} rnn two\n```", "rnn has no output of a cell two: `make refresh`"),
    ],
)
def test_what_leads_nowhere_stops_the_build(build, cells, landing_page, message):
    *_, said = build(*cells, landing_page=landing_page)
    assert message in said


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
    assert notebooks.first_clause(alt) == caption
