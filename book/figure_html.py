"""How a figure looks in HTML, as `gluonbook` displays it in a notebook.

A plot is a picture that needs no file. A living figure is a picture that a program brings to
life: in a ``writer`` a model generates text, in ``frames`` the reader moves a slider. The cell's
output has the picture, the program, and the model, if there is one.
"""

import base64
import html
import re

SVG = "image/svg+xml"
SVG_NAMES = "http://www.w3.org/2000/svg"
KINDS = ("writer", "frames")  # of living figures, each with a style sheet and a program

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


def living_figures(notebook: dict, kind: str) -> list[re.Match]:
    """Return the living figures of a kind in a notebook."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    pages = ("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    figures = [figure for page in pages if (figure := living_figure(page))]
    return [figure for figure in figures if figure["kind"] == kind]


def text_of_living_figure(figure: re.Match, output: dict) -> str:
    """Return what a living figure shows at first, in words."""
    frame = FIRST_FRAME.search(figure["picture"]) if figure["kind"] == "frames" else None
    return html.unescape(frame[1]) if frame else "".join(output["text/plain"])


def unpack_plot(output: dict) -> None:
    """Turn an output that shows a plot into a drawing, and metadata with its text."""
    if plot := PLOT.fullmatch("".join(output.get("data", {}).get("text/html", ""))):
        del output["data"]["text/html"]
        output["data"][SVG] = base64.b64decode(plot["svg"]).decode()
        output["metadata"][SVG] = {"alt": html.unescape(plot["alt"])}


def alt_texts(cell: dict) -> list[str]:
    """Return the alt texts of the drawings that a cell shows."""
    stored = [output.get("metadata", {}).get(SVG, {}) for output in cell.get("outputs", [])]
    return [metadata["alt"] for metadata in stored if "alt" in metadata]
