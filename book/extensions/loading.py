"""Pages that load little, and hold still while they load.

`conf.py` loads it as an extension.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

PICTURE = re.compile(
    r'<img (?P<attributes>[^>]*?src="[^"]*_images/(?P<name>[^"/]+\.svg)"[^>]*?)/?>'
)


def defer_scripts(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Have the text shown before any script runs, and drop the theme's inline scripts.

    They are two lines with options of the search, of which book.js sets one.
    """
    context["script_files"] = [script for script in context["script_files"] if script.filename]
    for script in context["script_files"]:
        script.attributes["defer"] = "defer"


def keep_room_for_pictures(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Give the size of each picture, so that the text below does not move when it arrives.

    The browser can then also wait with a picture until the reader comes near it.
    """
    files = {name: path for path, name in app.builder.images.items()}

    def with_size(picture: re.Match) -> str:
        width, height = svg_size((Path(app.srcdir) / files[picture["name"]]).read_text())
        size = f'width="{width}" height="{height}"'
        return f'<img {picture["attributes"].rstrip()} {size} loading="lazy" />'

    if "body" in context:
        context["body"] = PICTURE.sub(with_size, context["body"])


def svg_size(svg: str) -> tuple[int, int]:
    """Return width and height of a drawing in CSS pixels.

    Matplotlib gives them in points. The units of the drawn diagrams are pixels.
    """
    opening = re.search(r"<svg[^>]*>", svg)[0]
    if points := re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', opening):
        return tuple(round(float(length) * 96 / 72) for length in points.groups())
    _, _, width, height = re.search(r'viewBox="([^"]*)"', opening)[1].split()
    return round(float(width)), round(float(height))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to the build, those for pages after the theme's own."""
    for step in (defer_scripts, keep_room_for_pictures):
        app.connect("html-page-context", step, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
