"""Interactive figures in the book. `conf.py` loads this as an extension.

In some a model generates text, in others the reader moves a slider. In a notebook, the cell's
output contains the program of the figure, and its model, if it has one. In the book only the
picture is part of the page. The program is a file, and so is the model, which is large and
loaded when the reader comes to the figure. The style becomes part of the book's.
`book/making/stage.py` has put all of them into ``_static`` of the book's sources.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from book.figure_html import KINDS, living_figure
from book.making.stage import STATIC


def add_staged_files(app: Sphinx, config: Config) -> None:
    """Add the staged files to the book."""
    config.html_static_path.append(str(app.srcdir / STATIC))


def keep_the_picture(app: Sphinx, doctree: nodes.document) -> None:
    """Remove everything but the picture from the page."""
    for node in doctree.findall(nodes.raw):
        if figure := living_figure(node.astext()):
            node[:] = [nodes.Text(figure["picture"])]


def bring_to_life(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Make a page with such a figure load its program."""
    for node in doctree.findall(nodes.raw) if doctree else ():
        if figure := living_figure(node.astext()):
            app.add_js_file(f"{figure['kind']}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to the build."""
    for kind in KINDS:
        app.add_css_file(f"{kind}.css")
    app.connect("config-inited", add_staged_files)
    app.connect("doctree-read", keep_the_picture)
    app.connect("html-page-context", bring_to_life)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
