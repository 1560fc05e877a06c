"""Display a figure in which the reader moves one thing with a slider."""

import hashlib
import html
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from IPython.display import display

from gluonbook.figures.living import as_page
from gluonbook.plots import as_image, printable, to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
FIGURE = Template((HERE / "frames.html").read_text(encoding="utf-8"))
PROGRAM = (HERE / "frames.js").read_text(encoding="utf-8")
STYLE = (HERE / "frames.css").read_text(encoding="utf-8")

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
NOT_DRAWN = {f"{{{SVG}}}{name}" for name in ("defs", "metadata", "title")}
REFERENCE = re.compile(r"(?<=url\(#)[^)]+|(?<=^#).+")  # in an attribute's value

# Matplotlib sets this in a style sheet for all elements. In a page that would mean all elements
# of the page, so here the drawing has it, and its parts inherit it.
LINES = "stroke-linejoin: round; stroke-linecap: butt"

# The usual prefixes, which a page needs, instead of ns0 and ns1.
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def show_frames(
    frames: "Mapping[str, tuple[Figure, str]]", label: str, first: str | None = None
) -> None:
    """Display a figure in which the reader moves one thing with a slider.

    Each frame is drawn as for `show`. What all frames have in common is stored once, so
    twenty frames with the same axes are hardly larger than a few. Where no JavaScript
    runs, on paper, and in a notebook of which nothing has been run yet, the first frame
    is shown.

    The checks compare the texts of all frames with the stored ones.

    Parameters
    ----------
    frames : mapping of str to tuple of matplotlib.figure.Figure and str
        The frames in the order of the slider. The key is shown beside the slider, a short
        text such as ``"0.8"``. The figure comes with a text that says what it shows, in a
        sentence or two. All figures have the same size.
    label : str
        What the reader moves, such as ``"bias of the forget gate"``.
    first : str, optional
        The key of the frame that is shown first. The default is the first one.

    Raises
    ------
    TypeError
        If a key is not a string.
    ValueError
        If there are fewer than two frames, or none is called `first`; if `label` or the
        text of a frame is empty; if the figures have different sizes.
    """
    check_frames(frames, label, first)
    values, alts = list(frames), [printable(alt) for _, alt in frames.values()]
    start = values.index(first) if first is not None else 0
    svgs = [to_svg(fig, alt) for (fig, _), alt in zip(frames.values(), alts, strict=True)]
    name = "f" + hashlib.sha256("".join([label, *svgs]).encode()).hexdigest()[:11]
    described = [{"value": value, "alt": alt} for value, alt in zip(values, alts, strict=True)]
    figure = FIGURE.substitute(
        name=name,
        frames=html.escape(json.dumps(described, ensure_ascii=False)),
        label=html.escape(label),
        value=html.escape(values[start]),
        alt=html.escape(alts[start]),
        last=len(values) - 1,
        start=start,
        picture=merged_picture(svgs, name, start, alts[start]),
    )
    still = (
        f"{as_image(svgs[start], alts[start])}\n"
        f"<p>{html.escape(label)}: {html.escape(values[start])}. Run this cell to move the slider.</p>"
    )
    page = as_page(figure, still, STYLE, f"<script>\n{PROGRAM}</script>\n")
    display({"text/html": page, "text/plain": "\n".join(alts)}, raw=True)


def check_frames(frames: "Mapping[str, tuple[Figure, str]]", label: str, first: str | None) -> None:
    """Raise what `show_frames` raises, except for an empty text."""
    if not label.strip():
        raise ValueError("the slider needs a name: give what the reader moves as label")
    for value in frames:
        if not isinstance(value, str):
            raise TypeError(
                f"the key {value!r} of a frame is a {type(value).__name__}: give a string, "
                "as the reader should see it beside the slider"
            )
    if len(frames) < 2:
        raise ValueError(
            f"a slider needs two frames or more, not {len(frames)}: show displays a single figure"
        )
    if first is not None and first not in frames:
        raise ValueError(
            f"there is no frame {first!r} to begin with: first is one of {', '.join(frames)}"
        )
    sizes = {value: tuple(fig.get_size_inches()) for value, (fig, _) in frames.items()}
    (one, size), *others = sizes.items()
    for other, other_size in others:
        if other_size != size:
            raise ValueError(
                f"frame {other!r} has {other_size[0]:g} by {other_size[1]:g} inches, and "
                f"frame {one!r} {size[0]:g} by {size[1]:g}: draw all in the same size"
            )


# --- One drawing out of many ------------------------------------------------------------


def merged_picture(svgs: Sequence[str], name: str, start: int, alt: str) -> str:
    """Return one SVG with all frames, of which frame number `start` is shown.

    What differs is in groups ``<g data-frames="0 1">``, which name their frames. The ids
    begin with `name`, so that no other picture of a page has them.
    """
    definitions: dict[bytes, str] = {}
    drawings = [drawing(svg, definitions, name) for svg in svgs]
    (picture,) = merge(dict(enumerate(drawings)))
    for group in picture.iterfind(".//*[@data-frames]"):
        is_shown = str(start) in group.get("data-frames").split()
        group.set("display", "inline" if is_shown else "none")
    shared = Element(f"{{{SVG}}}defs")
    for content, number in definitions.items():
        shared.append(ElementTree.fromstring(content))
        shared[-1].set("id", number)
    picture.insert(0, shared)
    picture.attrib |= {"role": "img", "aria-label": alt, "style": LINES}
    ElementTree.indent(picture, "")
    return ElementTree.tostring(picture, encoding="unicode")


def drawing(svg: str, definitions: dict[bytes, str], name: str) -> Element:
    """Return what an SVG draws, without its definitions and its metadata.

    A definition, such as the outline of a letter, goes into `definitions`, which gives
    each content its id. Frames with the same definition share it.
    """
    root = ElementTree.fromstring(svg)
    ids = {}
    for definition in root.iterfind(f".//{{{SVG}}}defs/*[@id]"):
        old = definition.attrib.pop("id")
        content = ElementTree.tostring(definition).strip()
        ids[old] = definitions.setdefault(content, f"{name}-{len(definitions)}")
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in NOT_DRAWN]:
            parent.remove(child)
    for element in root.iter():
        element.text = element.tail = None  # nothing but blanks
        element.attrib.pop("id", None)
        for key, text in element.items():
            element.set(key, REFERENCE.sub(lambda match: ids.get(match[0], match[0]), text))
    return root


def merge(elements: Mapping[int, Element]) -> list[Element]:
    """Merge the elements in the same place of the drawing, given by the number of their frame.

    Elements that are alike become one, and their children are merged place by place. Others
    are all kept, each in a group that names its frames.
    """
    looks = {(each.tag, *sorted(each.items()), len(each)) for each in elements.values()}
    if len(looks) == 1:
        (each, *_) = elements.values()
        both = Element(each.tag, each.attrib)
        for place in range(len(each)):
            both.extend(merge({number: other[place] for number, other in elements.items()}))
        return [both]
    frames_with = defaultdict(list)
    for number, each in elements.items():
        frames_with[ElementTree.tostring(each)].append(number)
    groups = []
    for numbers in frames_with.values():
        groups.append(Element(f"{{{SVG}}}g", {"data-frames": " ".join(map(str, numbers))}))
        groups[-1].append(elements[numbers[0]])
    return groups
