"""Display a figure that the reader changes with a slider."""

import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from IPython.display import display

from gluonbook.figures import as_page
from gluonbook.figures.plots import as_image, printable, to_svg

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
FIGURE = Template((HERE / "frames.html").read_text(encoding="utf-8"))
PROGRAM = (HERE / "frames.js").read_text(encoding="utf-8")
STYLE = (HERE / "frames.css").read_text(encoding="utf-8")

NOT_DRAWN = re.compile("<(metadata|title|style).*?</\\1>|<!--.*?-->", re.DOTALL)
# The text in front of an id where it is defined, and where it is used.
BEFORE_ID = re.compile(r'\b(id="|url\(#|href="#)')

# Matplotlib sets these properties for all elements in a style sheet. Inside a page, the style sheet
# would apply to the whole page, so they are set on the drawing instead, and its parts inherit them.
LINES = "stroke-linejoin: round; stroke-linecap: butt"


def show_frames(
    fig: "Figure",
    frames: "Mapping[str, tuple[Iterable[Artist], str]]",
    label: str,
    first: str | None = None,
) -> None:
    """Display a figure that the reader changes with a slider.

    All frames are drawn into one figure, and the slider selects the frame that is visible. On paper,
    in a notebook that has not been run yet, and wherever else JavaScript does not run, the frame
    `first` is shown. Anything that belongs to no frame is always visible.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure, with all frames in it.
    frames : mapping of str to tuple of iterable of matplotlib.artist.Artist and str
        The frames, in the order of the slider. The key, a short text such as ``"0.8"``, is shown
        next to the slider. The value consists of the lines and markers that appear only in this
        frame, as ``axes.plot`` returns them, and of a sentence or two that describe the frame.
    label : str
        The quantity that the slider changes, such as ``"bias of the forget gate"``.
    first : str, optional
        The key of the frame that is shown at first; by default, that of the first frame.

    Raises
    ------
    TypeError
        If a key is not a string.
    ValueError
        If there are fewer than two frames, if no frame has the key `first`, or if `label` or the
        text of a frame is empty.
    """
    values, alts = list(frames), [printable(alt) for _, alt in frames.values()]
    for value in values:
        if not isinstance(value, str):
            raise TypeError(
                f"the key {value!r} of a frame is not a string: give it as it is to be shown"
            )
    if len(values) < 2 or not all(words.strip() for words in (label, *alts)):
        raise ValueError(
            "a slider needs two frames or more, a label, and for each frame a text that says what it "
            "shows. To display a single figure, use gb.show"
        )
    if first is not None and first not in values:
        raise ValueError(f"no frame has the key {first!r}: first is one of {', '.join(values)}")
    start = values.index(first) if first is not None else 0
    members = [list(artists) for artists, _ in frames.values()]
    for number, artists in enumerate(members):
        for artist in artists:
            artist.set_gid(f"frame-{number}")
    drawing = to_svg(fig, alts[start])
    for number, artists in enumerate(members):
        for artist in artists:
            artist.set_visible(number == start)
    still = (
        f"{as_image(to_svg(fig, alts[start]), alts[start])}\n"
        f"<p>{html.escape(label)}: {html.escape(values[start])}. Run this cell to move the slider.</p>"
    )
    name = "f" + hashlib.sha256((label + drawing).encode()).hexdigest()[:11]
    described = [{"value": value, "alt": alt} for value, alt in zip(values, alts, strict=True)]
    figure = FIGURE.substitute(
        name=name,
        frames=html.escape(json.dumps(described, ensure_ascii=False)),
        label=html.escape(label),
        value=html.escape(values[start]),
        alt=html.escape(alts[start]),
        last=len(values) - 1,
        start=start,
        picture=in_a_page(drawing, name, start, alts[start]),
    )
    page = as_page(figure, still, STYLE, f"<script>\n{PROGRAM}</script>\n")
    display({"text/html": page, "text/plain": "\n".join(alts)}, raw=True)


def in_a_page(svg: str, name: str, start: int, alt: str) -> str:
    """Return a drawing of all frames as a page element in which only frame number `start` is visible.

    The ids begin with `name`, so that they differ from those of other pictures on the page.
    """
    drawing = " ".join(NOT_DRAWN.sub("", svg[svg.index("<svg") :]).split())
    drawing = BEFORE_ID.sub(rf"\g<0>{name}-", drawing)

    def frame(found: re.Match) -> str:
        shown = "inline" if found[1] == str(start) else "none"
        return f'data-frame="{found[1]}" display="{shown}"'

    drawing = re.sub(rf'id="{name}-frame-(\d+)"', frame, drawing)
    described = f'role="img" aria-label="{html.escape(alt)}" style="{LINES}"'
    return drawing.replace("<svg", f"<svg {described}", 1)
