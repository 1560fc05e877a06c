"""The HTML of figures, as `gluonbook` displays them in a notebook.

A plot is a picture. A living figure is a picture with a JavaScript program: in a ``writer`` a model
generates text, and in ``frames`` the reader moves a slider.
"""

import base64
import html
import re

PLOT = re.compile(
    r'<img alt="(?P<alt>[^"]*)" src="data:image/svg\+xml;base64,(?P<svg>[^"]*)"/>',
)
LIVING_FIGURE = re.compile(
    r'(?P<picture><figure class="gluonbook-(?P<kind>\w+)" data-\w+="(?P<name>\w+)".*?</figure>)'
    r'(?:.*<script class="gluonbook-model">(?P<model>.*?)</script>)?',
    re.DOTALL,
)
FIRST_FRAME = re.compile(r'<svg[^>]* aria-label="([^"]*)"')


def living_figure(page: str) -> re.Match | None:
    """Return the living figure in some HTML, with its ``picture``, ``kind``, ``name`` and ``model``."""
    return LIVING_FIGURE.search(page)


def take_figure(output: dict) -> tuple[str, dict[str, str]] | None:
    """Remove everything from a cell's output except for the picture of its figure.

    Return a description of the picture, and the file of a ``writer``'s model. If there is no figure,
    leave the output unchanged and return None.
    """
    data = output.get("data", {})
    page = "".join(data.get("text/html", ""))
    if plot := PLOT.fullmatch(page):
        output["data"] = {"image/svg+xml": base64.b64decode(plot["svg"]).decode()}
        return html.unescape(plot["alt"]), {}
    if figure := living_figure(page):
        output["data"] = {"text/html": figure["picture"]}
        if frame := FIRST_FRAME.search(figure["picture"]):
            return html.unescape(frame[1]), {}
        return "".join(data["text/plain"]), {f"model-{figure['name']}.js": figure["model"]}
    return None
