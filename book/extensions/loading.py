"""Pages that load little, and hold still while they load.

`conf.py` loads it as an extension.
"""

from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def defer_scripts(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Have the text shown before any script runs, and drop the theme's inline scripts.

    They are two lines with options of the search, of which book.js sets one.
    """
    context["script_files"] = [script for script in context["script_files"] if script.filename]
    for script in context["script_files"]:
        script.attributes["defer"] = "defer"


def visit_image(self: HTML5Translator, picture: nodes.image) -> None:
    """Give the size of a picture, so that the text below does not move when it arrives."""
    picture["width"], picture["height"] = svg_size(Path(self.builder.srcdir, picture["uri"]))
    HTML5Translator.visit_image(self, picture)


def svg_size(path: Path) -> list[str]:
    """Return width and height of a drawing in CSS pixels.

    Matplotlib gives them in points. The units of the drawn diagrams are pixels.
    """
    svg = ElementTree.parse(path).getroot().attrib
    lengths = [float(length) for length in svg["viewBox"].split()[2:]]
    unit = 96 / 72 if svg.get("width", "").endswith("pt") else 1
    return [str(round(length * unit)) for length in lengths]


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build, that for scripts after the theme's own."""
    app.connect("html-page-context", defer_scripts, priority=900)
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
