"""Figures in which a model writes, in the book. `conf.py` loads this as an extension.

In a notebook such a figure carries its model and its program in the cell's output. In the
book only the picture is part of the page. The program and the style come as files, and the
model, which is large, as another one when the reader comes to the figure. `tools/stage.py`
has put them into ``_static`` of the book's sources.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from tools.stage import LIVING_FIGURE, STATIC

MARK = 'class="gluonbook-writer"'


def add_staged_files(app: Sphinx, config: Config) -> None:
    """Let the book have the files that were staged."""
    config.html_static_path.append(str(app.srcdir / STATIC))


def keep_the_picture(app: Sphinx, doctree: nodes.document) -> None:
    """Take everything but the picture out of the page."""
    for node in doctree.findall(nodes.raw):
        if figure := LIVING_FIGURE.search(node.astext()):
            node[:] = [nodes.Text(figure["picture"])]


def bring_to_life(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Let a page with such a figure load the style and the program."""
    if doctree and any(MARK in node.astext() for node in doctree.findall(nodes.raw)):
        app.add_css_file("writer.css")
        app.add_js_file("writer.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to the build."""
    app.connect("config-inited", add_staged_files)
    app.connect("doctree-read", keep_the_picture)
    app.connect("html-page-context", bring_to_life)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
