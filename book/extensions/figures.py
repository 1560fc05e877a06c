"""A Sphinx extension that gives figures numbers and captions, and puts the numbers into links.

The caption is the title of a diagram, or the first clause of a plot's alt text (see `notebooks.py`). In
the notebook, ``[one step](figures/rnn-step.svg)`` leads to the file of a diagram, and
``[the two curves](#cell-id=curves)`` to the cell with a plot. The book adds the number: *one step (Figure
3.2)*.
"""

from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from book.extensions.folds import Fold

DIAGRAMS = "figures/"
TO_A_CELL = "#cell-id="
TITLE = "{http://www.w3.org/2000/svg}title"


class MakeFigures(SphinxTransform):
    """Turn each diagram of a notebook into a figure, and add numbers to links to figures."""

    default_priority = 500  # before Sphinx collects the targets of links

    def apply(self) -> None:
        """Change the page if it comes from a notebook."""
        if self.env.doc2path(self.env.docname).suffix != ".ipynb":
            return
        for picture in list(self.document.findall(nodes.image)):
            if picture["uri"].startswith(DIAGRAMS) and len(picture.parent) == 1:
                self.number_diagram(picture)
        notes = {f"#{name}" for note in self.document.findall(Fold) for name in note["ids"]}
        for link in list(self.document.findall(nodes.reference)):
            address = link.get("refuri", "")
            if address in notes:
                link.replace_self(nodes.reference("", "", *link.children, refid=address[1:]))
            elif address.startswith(TO_A_CELL):
                self.name_number(link, address.removeprefix(TO_A_CELL))
        for link in list(self.document.findall(addnodes.pending_xref)):
            address = f"#{link.get('reftargetid')}"
            if address.startswith(TO_A_CELL):  # of another notebook
                self.name_number(link, address.removeprefix(TO_A_CELL), link["reftarget"])
        for link in list(self.document.findall(addnodes.download_reference)):
            if link["reftarget"].startswith(DIAGRAMS):
                self.name_number(link, Path(link["reftarget"]).stem)

    def number_diagram(self, picture: nodes.image) -> None:
        """Turn a paragraph that consists of a picture into a figure."""
        _, path = self.env.relfn2path(picture["uri"], self.env.docname)
        diagram = ElementTree.parse(path)
        title = diagram.findtext(TITLE)
        picture["width"] = diagram.getroot().get("width")  # so that Sphinx adds a link to the file
        figure = nodes.figure(
            classes=["diagram"], names=[full_name(self.env.docname, Path(path).stem)]
        )
        picture.parent.replace_self(figure)
        figure += [picture, nodes.caption(title, title)]
        self.document.note_explicit_target(figure)

    def name_number(self, link: nodes.Element, name: str, page: str = "") -> None:
        """Replace a link by its words and a link to the number of the figure, on this page or another."""
        words = link.children
        number = addnodes.pending_xref(
            refdomain="std",
            reftype="numref",
            reftarget=full_name(page or self.env.docname, name),
            refdoc=self.env.docname,
            refexplicit=False,
            refwarn=True,
        )
        number += nodes.inline(text=name)
        link.replace_self([*words, nodes.Text(" ("), number, nodes.Text(")")])


def full_name(page: str, name: str) -> str:
    """Return a name for a figure that is unique in the book."""
    return f"{page}#{name}"


def setup(app: Sphinx) -> None:
    """Connect the transform to the build."""
    app.add_transform(MakeFigures)
