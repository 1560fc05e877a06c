"""A Sphinx extension that prepares the outputs of notebooks, and shows outputs of cells on other pages.

MyST-NB expects the alt text and the caption of a figure in the metadata of its cell. A page shows text and
pictures; the HTML of a model that writes is made again from the model, so that no output brings a program
into the book. The directive ``cell-output`` shows the output of a cell on another page.
"""

import json
import re
import string
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from book.chapter import CHAPTER
from book.extensions import folds, interactive, writer
from book.extensions.figures import full_name

MARKUP = re.compile(f"([{re.escape(string.punctuation)}])")
FIRST_CLAUSE = re.compile(r"(.+?)(?:[.:;](?: |$)|$)", re.DOTALL)  # of a description: the caption


def caption_figures(app: Sphinx, page: str, content: list[str]) -> None:
    """Give each figure of a notebook its alt text, its caption and the name of its cell."""
    if app.env.doc2path(page).suffix != ".ipynb":
        return
    notebook = json.loads(content[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = folds.with_directive(cell, page)
        # JupyterLab would show the directive as code, so the notebook has only a tag.
        for name in interactive.FIGURES.keys() & cell["metadata"].get("tags", []):
            cell["source"] += [f"\n\n```{{{name}}}\n```\n"]
        outputs = cell.get("outputs", [])
        for output in outputs:
            strip_output(output, app.outdir / "_static")
        texts = [text for output in outputs if (text := description_of(output))]
        if len(texts) > 1:  # they would share a caption
            raise ExtensionError(
                f"{page}, cell {cell['id']}: show the second figure in another cell"
            )
        for text in texts:
            # A caption is text, although MyST-NB reads it as Markdown.
            caption = MARKUP.sub(r"\\\1", FIRST_CLAUSE.match(text)[1])
            figure = {"caption": caption, "name": full_name(page, cell["id"])}
            cell["metadata"]["mystnb"] = {"image": {"alt": text}, "figure": figure}
    content[0] = json.dumps(notebook)


def strip_output(output: dict, static: Path) -> None:
    """Keep of an output only what a page may show.

    The model that a figure computes with becomes a file in the folder `static`.
    """
    if "data" not in output:
        return
    data = output["data"]
    output["data"] = {kind: data[kind] for kind in ("image/png", "text/plain") if kind in data}
    if model := writer.model_in("".join(data.get("text/html", ""))):
        writer.write_model(model, static)
        output["data"]["text/html"] = writer.figure_of(model)


def description_of(output: dict) -> str:
    """Return the description of the figure in an output, or ""."""
    if "text/html" in output.get("data", {}):
        return "".join(output["data"]["text/plain"])
    return output.get("metadata", {}).get("image/png", {}).get("alt", "")


class CellOutput(SphinxDirective):
    """The last output of a cell; the arguments are its section and its id."""

    required_arguments = 2
    option_spec: ClassVar = {"class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        """Return the text of the output, or the figure of a model that writes."""
        section, cell_id = self.arguments
        notebook = Path(self.env.srcdir, CHAPTER, f"{section}.ipynb").read_text(encoding="utf-8")
        outputs = [
            output
            for cell in json.loads(notebook)["cells"]
            if cell["id"] == cell_id
            for output in cell["outputs"]
        ]
        if not outputs or "image/png" in outputs[-1].get("data", {}):
            told = "has no text to show: store one with `make refresh`, or link to the figure"
            raise self.error(f"{section}, cell {cell_id}, {told}")
        strip_output(outputs[-1], self.env.app.outdir / "_static")
        data = outputs[-1].get("data", {})
        if "text/html" in data:
            return [nodes.raw("", data["text/html"], format="html")]
        text = "".join(outputs[-1].get("text", data.get("text/plain")))
        return [nodes.literal_block(text, text, language="text", classes=self.options["class"])]


def setup(app: Sphinx) -> None:
    """Connect the directive and the function above to the build."""
    app.add_directive("cell-output", CellOutput)
    app.connect("source-read", caption_figures)
