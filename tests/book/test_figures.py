"""Captions of figures, and notes."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils.core import publish_doctree
from myst_parser.docutils_ import Parser
from sphinx.errors import ExtensionError

from book.extensions import notebooks


def picture(alt):
    return {"data": {"image/png": "", "text/plain": alt}, "metadata": {"image/png": {"alt": alt}}}


def captioned(*outputs):
    """Return the only cell of a notebook with these outputs, as the book reads it."""
    return as_read({"id": "curve", "cell_type": "code", "metadata": {}, "outputs": list(outputs)})


def as_read(cell):
    content = [json.dumps({"cells": [cell]})]
    app = SimpleNamespace(env=SimpleNamespace(doc2path=Path), outdir=Path("out"))
    notebooks.caption_figures(app, "rnn.ipynb", content)
    return json.loads(content[0])["cells"][0]


@pytest.mark.parametrize("alt", ["<svg onload=alert(1)> & map", "2*3*4 **x** `y` $z$ {{a}} [b](c)"])
def test_a_caption_is_text_and_not_markdown(alt):
    image = captioned(picture(alt))["metadata"]["mystnb"]
    assert image["image"]["alt"] == alt
    paragraph = publish_doctree(image["figure"]["caption"], parser=Parser())[0]
    assert paragraph.astext() == alt and len(paragraph.children) == 1


def test_html_of_an_output_in_which_no_model_is_described_is_left_out():
    html = {"data": {"text/html": "<script>alert()</script>", "text/plain": "x"}, "metadata": {}}
    assert captioned(html)["outputs"][0]["data"] == {"text/plain": "x"}


def test_two_figures_in_a_cell_are_refused():
    with pytest.raises(ExtensionError, match="cell curve: show the second figure in another cell"):
        captioned(picture("One."), picture("Two."))


@pytest.mark.parametrize(
    "text",
    [
        "Before.\n\n<details><summary>A</summary>\n\nB\n\n</details>",
        "<details><summary>A</summary>\nB\n</details>",
        "<details><summary>A</summary>\n\nB",
        "<details><summary>A</summary>\n\nB\n\n</details>\n<details><summary>A</summary>\n\nB\n\n</details>",
    ],
)
def test_a_note_that_jupyterlab_or_the_book_would_not_fold_is_refused(text):
    cell = {"id": "seeds", "cell_type": "markdown", "metadata": {}, "source": [text]}
    with pytest.raises(ExtensionError, match="cell seeds: a note is a cell of its own"):
        as_read(cell)
