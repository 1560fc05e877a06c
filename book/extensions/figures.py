"""Figures with a number and a caption, and links that name the number. `conf.py` loads it.

A notebook shows pictures, with a description in words. The book makes a numbered figure of each,
such as *Figure 3.2*. Its caption is the title of a diagram, or the first clause of a plot's
description, which `notebooks.py` hands to MyST-NB.

A link to such a picture reads well wherever the notebook is read. For a diagram it leads to the
file, ``[one step](figures/rnn-step.svg)``; for the output of a cell, to the cell,
``[the two curves](#cell-id=curves)``, which JupyterLab follows. The book adds the number: *one
step (Figure 3.2)*.
"""

from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from book.chapter import SOLUTIONS

DIAGRAMS = "figures/"
TO_A_CELL = "#cell-id="
TITLE = "{http://www.w3.org/2000/svg}title"


class MakeFigures(SphinxTransform):
    """Make a figure of each diagram of a notebook, and add the numbers to links to figures."""

    default_priority = 500  # before Sphinx looks for what can be linked to

    def apply(self) -> None:
        """Change the page, if it is a notebook's."""
        if self.env.doc2path(self.env.docname).suffix != ".ipynb":
            return
        for picture in list(self.document.findall(nodes.image)):
            if picture["uri"].startswith(DIAGRAMS) and len(picture.parent) == 1:
                self.number_diagram(picture)
        for link in list(self.document.findall(nodes.reference)):
            if link.get("refuri", "").startswith(TO_A_CELL):
                self.name_number(link, link["refuri"].removeprefix(TO_A_CELL))
        for link in list(self.document.findall(addnodes.download_reference)):
            if link["reftarget"].startswith(DIAGRAMS):
                self.name_number(link, Path(link["reftarget"]).stem)

    def number_diagram(self, picture: nodes.image) -> None:
        """Make a figure of a paragraph that is a picture."""
        _, path = self.env.relfn2path(picture["uri"], self.env.docname)
        title = ElementTree.parse(path).findtext(TITLE)
        figure = nodes.figure(
            classes=["diagram"], names=[full_name(self.env.docname, Path(path).stem)]
        )
        picture.parent.replace_self(figure)
        figure += [picture, nodes.caption(title, title)]
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


def setup(app: Sphinx) -> None:
    """Connect the above to the build."""
    app.add_transform(MakeFigures)
    app.connect("env-get-updated", number_solutions)
