"""Figures with a number and a caption, and links that name the number. `conf.py` loads it.

A notebook shows pictures, with a description in words. The book makes a numbered figure of each,
such as *Figure 3.2*. Its caption is the title of a diagram, or the first clause of a plot's
description, unless the author has put a caption into the cell's metadata, where MyST-NB reads it.

A link to such a picture reads well wherever the notebook is read. For a diagram it leads to the
file, ``[one step](figures/rnn-step.svg)``; for the output of a cell, to the cell,
``[the two curves](#cell-id=curves)``, which JupyterLab follows. The book adds the number: *one
step (Figure 3.2)*.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from book.chapter import SOLUTIONS
from book.figure_html import SVG_NAMES, living_figure, text_of_living_figure

DIAGRAMS = "figures/"
TO_A_CELL = "cell-id="
FIRST_CLAUSE = re.compile(r"(.+?)(?:[.:;](?: |$)|$)", re.DOTALL)


class MakeFigures(SphinxTransform):
    """Make a figure of each picture of a notebook, and add its number to the links that lead to it."""

    default_priority = 500  # before Sphinx looks for what can be linked to

    def apply(self) -> None:
        """Change the page, if it is a notebook's."""
        notebook = Path(self.env.doc2path(self.env.docname))
        if notebook.suffix != ".ipynb":
            return
        self.cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        for picture in list(self.document.findall(is_picture)):
            if cell := ancestor(picture, lambda node: "cell_index" in node):
                self.number_output(picture, self.cells[cell["cell_index"]])
            elif len(picture.parent) == 1:
                self.number_diagram(picture)
        for link in list(self.document.findall(nodes.reference)):
            if link.get("refuri", "").startswith(f"#{TO_A_CELL}"):
                self.name_number(link, link["refuri"].removeprefix(f"#{TO_A_CELL}"))
        for link in list(self.document.findall(addnodes.download_reference)):
            if link["reftarget"].startswith(DIAGRAMS):
                self.name_number(link, Path(link["reftarget"]).stem)

    def number_output(self, picture: nodes.Element, cell: dict) -> None:
        """Make a figure of a cell's output, unless MyST-NB has made one for its caption.

        The output may have several forms, of which the book takes one.
        """
        figure = ancestor(picture, lambda node: isinstance(node, nodes.figure))
        if figure is None:
            forms = ancestor(picture, lambda node: node.get("nb_element") == "mime_bundle")
            figure = nodes.figure()
            forms.parent.replace(forms, figure)
            figure += [forms, caption(first_clause(description(picture, cell)))]
        if not figure["names"]:
            self.let_it_be_found(figure, cell["id"])

    def number_diagram(self, picture: nodes.image) -> None:
        """Make a figure of a paragraph that is a picture."""
        _, path = self.env.relfn2path(picture["uri"], self.env.docname)
        title = ElementTree.parse(path).findtext(f"{{{SVG_NAMES}}}title")
        figure = nodes.figure(classes=["diagram"])
        picture.parent.replace_self(figure)
        figure += [picture, caption(title)]
        self.let_it_be_found(figure, Path(path).stem)

    def let_it_be_found(self, figure: nodes.figure, name: str) -> None:
        """Give a figure an anchor, and the name by which Sphinx finds its number."""
        figure["ids"] = [f"figure-{name}"]
        figure["names"] = [full_name(self.env.docname, name)]
        self.document.note_explicit_target(figure)

    def name_number(self, link: nodes.Element, name: str) -> None:
        """Put the number of the figure after the words that link to it."""
        words = link.children
        number = addnodes.pending_xref(
            refdomain="std",
            reftype="numref",
            reftarget=full_name(self.env.docname, name),
            refdoc=self.env.docname,
            refexplicit=False,
            refwarn=True,
        )
        number += nodes.inline(text=name)
        link.replace_self([*words, nodes.Text(" ("), number, nodes.Text(")")])


def is_picture(node: nodes.Node) -> bool:
    """Tell whether a node is a picture, or a figure that answers the reader."""
    return isinstance(node, nodes.image) or (
        isinstance(node, nodes.raw) and living_figure(node.astext()) is not None
    )


def ancestor(
    node: nodes.Element, is_meant: Callable[[nodes.Element], bool]
) -> nodes.Element | None:
    """Return the nearest node above another one for which `is_meant` is true, or None."""
    while node := node.parent:
        if is_meant(node):
            return node
    return None


def description(picture: nodes.Element, cell: dict) -> str:
    """Return the description of a picture, for readers who do not see it."""
    if isinstance(picture, nodes.image):
        return picture["alt"]
    output = next(each["data"] for each in cell["outputs"] if "text/html" in each.get("data", {}))
    return text_of_living_figure(living_figure(picture.astext()), output)


def first_clause(text: str) -> str:
    """Return what a description says before the first full stop, colon or semicolon."""
    return FIRST_CLAUSE.match(text)[1]


def caption(text: str) -> nodes.caption:
    """Return a caption."""
    return nodes.caption(text, text)


def full_name(page: str, name: str) -> str:
    """Return the name that a figure has in the whole book."""
    return f"{page}#{name}"


def number_solutions(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give numbers to the figures in the solutions, which have none: *Figure S3.1*."""
    for page, numbers in env.toc_fignumbers.items():
        if Path(page).parent == SOLUTIONS:
            section = env.toc_secnumbers[str(SOLUTIONS.parent / Path(page).name)][""]
            for place, anchor in enumerate(numbers["figure"], start=1):
                numbers["figure"][anchor] = (f"S{section[0]}", place)
    return []


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the above to the build."""
    app.add_transform(MakeFigures)
    app.connect("env-get-updated", number_solutions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
