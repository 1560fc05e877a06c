"""Pages that load little, hold still while they load, and run only scripts of this site.

`conf.py` loads it as an extension.
"""

import base64
import hashlib
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

PICTURE = re.compile(
    r'<img (?P<attributes>[^>]*?src="[^"]*_images/(?P<name>[^"/]+\.svg)"[^>]*?)/?>'
)
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

# Only files of the site itself. Two exceptions: styles in attributes, with which KaTeX places
# the parts of a formula, and pictures in style sheets, which are the icons.
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; script-src {scripts}"
)


def defer_scripts(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Have the text shown before any script runs, and drop the theme's inline scripts.

    They are two lines with options of the search-as-you-type, which is switched off.
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


def allow_this_site_only(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Forbid the page to load or run anything but files of the site.

    A script inside a notebook's output is allowed by its hash.
    """
    inline = INLINE_SCRIPT.findall(context.get("body", ""))
    hashes = dict.fromkeys(hashlib.sha256(script.encode()).digest() for script in inline)
    sources = ["'self'", *(f"'sha256-{base64.b64encode(h).decode()}'" for h in hashes)]
    policy = POLICY.format(scripts=" ".join(sources))
    tag = f'\n<meta http-equiv="Content-Security-Policy" content="{policy}">'
    context["metatags"] = context.get("metatags", "") + tag


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to the build, those for pages after the theme's own."""
    for step in (defer_scripts, keep_room_for_pictures, allow_this_site_only):
        app.connect("html-page-context", step, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
