"""A Sphinx extension with the directive ``train-here``, a figure in which a network learns in the page.

A notebook cannot contain the directive: JupyterLab would show it as code. Instead, the figure follows a
cell of text that is tagged ``train-here``.
"""

from docutils import nodes
from jinja2 import Template
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.chapter import ROOT
from gluonbook.figures import writer
from gluonbook.ground.novel import stand_in
from gluonbook.text import read_text

NUM_CHARS = 15_000  # for training and for validation, as in the chapter
ALT = (
    "A finished run of the figure, with 64 units. The training perplexity falls below that of the "
    "interpolated n-gram model. The validation perplexity falls at first, but stays above that of the "
    "n-gram model, and then rises slowly. The network writes short English words and invented ones."
)


class TrainHere(SphinxDirective):
    """The figure: a form, a picture of a finished run for paper, and a template of the writer."""

    def run(self) -> list[nodes.Node]:
        """Return the HTML of the figure. Its scripts are loaded when it comes into view."""
        context = {
            "alt": ALT,
            "root": "../" * self.env.docname.count("/"),
            "text": read_text(stand_in())[:NUM_CHARS],  # the novel is not in the repository
            "writer": writer.figure_of({"prefix": "", "written": ""}),
        }
        # Not the templates of the builder: the one that checks links has none.
        template = Template((ROOT / "book/_templates/train-here.html").read_text(encoding="utf-8"))
        return [nodes.raw("", template.render(context), format="html")]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("train-here", TrainHere)
