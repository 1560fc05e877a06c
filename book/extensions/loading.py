"""A Sphinx extension for pages that load few files and do not move while they load."""

from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def defer_scripts(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Defer all scripts until the text is shown, and remove the theme's inline scripts."""
    # The inline scripts are two lines with search options; book.js sets the one option that is needed.
    context["script_files"] = [script for script in context["script_files"] if script.filename]
    for script in context["script_files"]:
        script.attributes["defer"] = "defer"


def visit_image(self: HTML5Translator, picture: nodes.image) -> None:
    """Add the size of a diagram, so that the text below does not move when the diagram is loaded."""
    if picture["uri"].endswith(".svg"):  # the metadata of a plot has its size
        svg = ElementTree.parse(Path(self.builder.srcdir, picture["uri"])).getroot()
        _, _, picture["width"], picture["height"] = svg.attrib["viewBox"].split()
    HTML5Translator.visit_image(self, picture)


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build, `defer_scripts` after the theme's own function."""
    app.connect("html-page-context", defer_scripts, priority=900)
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
