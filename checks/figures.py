"""What is compared of a figure: the numbers and the texts that are drawn in it, not its pixels.

`describe` takes them from a Matplotlib figure, and `read` from the metadata of an output, in which they
are stored. Nothing else knows the format, which is

    {"checks": {"plotted": ["panel 1, bars: 0.5 1.25"], "texts": ["panel 1, title: Two bars"]}}

Whoever draws without Matplotlib can store the same. This file needs nothing but NumPy until it is handed
a figure.
"""

import base64
import io
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

KEY = "checks"  # of the metadata of an output
MOST_POINTS = 200  # of an artist; the metadata has fewer
CSS_PIXELS = 96  # in an inch
COORDINATES = {2: ["x", "y"], 3: ["x", "y", "z"], 4: ["left", "bottom", "right", "top"]}

# --- writing -----------------------------------------------------------------------


def show(fig: Any, alt: str) -> None:
    """Display a figure, with an alt text that describes it to people who cannot see it.

    The alt text and what is drawn are stored with the picture, and compared when the cell is checked.
    """
    from IPython.display import display

    if not alt.strip():
        raise ValueError("a figure needs a text that says what it shows: pass it as alt")
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=2 * CSS_PIXELS)  # as sharp as the best screens can show it
    width, height = (round(inches * CSS_PIXELS) for inches in fig.get_size_inches())
    display(
        {"image/png": base64.b64encode(png.getvalue()).decode(), "text/plain": alt},
        metadata={"image/png": {"alt": alt, "height": height, "width": width}, KEY: describe(fig)},
        raw=True,
    )
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(fig)  # Jupyter would display it once more at the end of the cell


def describe(fig: Any) -> dict[str, list[str]]:
    """Return what is compared of a figure that has been drawn: numbers, rounded to four digits, and texts.

    The numbers have a row for each coordinate of each visible artist. Of an artist with `MOST_POINTS` or
    more points, only every second, third or later point is in it.
    """
    of_figure = [("texts", words(fig.texts)), ("legend", words(fig.legends))]
    plotted, texts = [], rows("figure", of_figure)
    for number, axes in enumerate(visible_axes(fig.axes), start=1):
        for name, points in points_of(axes):
            step = 1 + len(points) // MOST_POINTS
            names = [f", {each}" for each in COORDINATES.get(points.shape[1], [])] or [""]
            for coordinate, values in zip(names, points[::step].T, strict=True):
                numbers = " ".join(f"{value:.4g}" for value in values)
                plotted.append(f"panel {number}, {name}{coordinate}: {numbers}")
        texts += rows(f"panel {number}", words_of(axes))
    return {"plotted": plotted, "texts": texts}


def rows(where: str, words: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """Return a row for each name and its texts, except where all texts are empty."""
    found = [(name, " ".join(" ".join(texts).split())) for name, texts in words]
    return [f"{where}, {name}: {text}" for name, text in found if text]


def visible_axes(several: Iterable[Any]) -> Iterator[Any]:
    """Yield axes and those inside or beside them, such as insets, except for hidden ones."""
    for axes in several:
        if axes.get_visible():
            yield axes
            yield from visible_axes(axes.child_axes)


def points_of(axes: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the visible artists' points, corners or values by name, and the limits of the axes."""
    from matplotlib.collections import PathCollection
    from matplotlib.patches import Rectangle
    from matplotlib.text import Annotation

    for name, axis in axes_of(axes):
        yield f"limits of {name}", np.array([axis.get_view_interval()]).T
    if axes.get_label() == "<colorbar>":
        return
    for line in visible(axes.lines):
        if len(line.get_xydata()):  # a line without points is only for the legend
            yield line.get_label(), line.get_xydata()
    for collection in visible(axes.collections):
        outlines = [path.vertices for path in collection.get_paths()]
        places = filled(collection.get_offsets())
        is_scatter = isinstance(collection, PathCollection)
        if is_scatter or len(places) > 1:
            yield "points", places
        if outlines and not is_scatter:  # of which each path is a marker
            yield "range", np.concatenate(outlines)
        if collection.get_array() is not None:
            yield "values", filled(collection.get_array()).reshape(-1, 1)
    bars = [patch for patch in visible(axes.patches) if isinstance(patch, Rectangle)]
    others = [patch for patch in visible(axes.patches) if patch not in bars]
    if bars:
        yield "bars", np.array([bar.get_bbox().extents for bar in bars])
    if others:  # the corners, and what lies on or beside the curves
        points = [each.get_patch_transform().transform(each.get_path().vertices) for each in others]
        yield "patches", np.concatenate(points)
    for image in visible(axes.images):
        yield "image", filled(image.get_array()).reshape(-1, 1)
        yield "extent of the image", np.array([image.get_extent()]).T
        yield "limits of its colours", np.array([image.get_clim()], dtype=float).T
    if marked := [text.xy for text in visible(axes.texts) if isinstance(text, Annotation)]:
        units = axes.convert_xunits, axes.convert_yunits  # such as days, or categories
        yield (
            "annotated",
            np.array([[unit(z) for unit, z in zip(units, xy, strict=True)] for xy in marked]),
        )


def axes_of(axes: Any) -> list[tuple[str, Any]]:
    """Return the two or three axes of a panel by name."""
    return [(name, getattr(axes, f"{name}axis")) for name in "xyz" if hasattr(axes, f"{name}axis")]


def words_of(axes: Any) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the texts that are drawn in a panel, and the scales of its axes, by name."""
    if get_title := getattr(axes, "get_title", None):  # a secondary axis has none
        yield "title", [get_title(loc) for loc in ("left", "center", "right")]
    yield "texts", words(axes.texts)
    yield "legend", words([axes.get_legend()])
    for name, axis in axes_of(axes):
        yield f"scale of {name}", [axis.get_scale().replace("linear", "")]
        if axes.axison and axis.get_visible():
            yield f"label of {name}", [axis.get_label().get_text()]
            yield f"ticks of {name}", chosen_ticks(axis)


def words(artists: Iterable[Any]) -> list[str]:
    """Return the texts in visible artists."""
    from matplotlib.text import Text

    return [text.get_text() for artist in visible(artists) for text in artist.findobj(Text)]


def chosen_ticks(axis: Any) -> list[str]:
    """Return the labels of ticks, except where Matplotlib has chosen the numbers, which follow the limits."""
    from matplotlib.dates import AutoDateFormatter
    from matplotlib.ticker import FixedLocator, LogFormatter, NullFormatter, ScalarFormatter

    automatic = (AutoDateFormatter, LogFormatter, NullFormatter, ScalarFormatter)
    chosen = isinstance(axis.get_major_locator(), FixedLocator)
    if isinstance(axis.get_major_formatter(), automatic) and not chosen:
        return []
    return [label.get_text() for label in axis.get_ticklabels()]


def visible(artists: Iterable[Any]) -> list[Any]:
    """Return the artists that are not hidden."""
    return [artist for artist in artists if artist and artist.get_visible()]


def filled(array: np.ndarray) -> np.ndarray:
    """Return an array of numbers, with NaN where it is masked."""
    return np.ma.filled(np.ma.asarray(array, dtype=float), np.nan)


# --- reading -----------------------------------------------------------------------


def read(output: Any) -> tuple[dict[str, np.ndarray], str]:
    """Return what the metadata of an output tell: the numbers by name, and the texts, a line for each."""
    stored = output.get("metadata", {}).get(KEY, {})
    numbers, texts = {}, [*stored.get("texts", [])]
    for row in stored.get("plotted", []):
        name, _, values = row.rpartition(": ")
        try:
            found = np.array(values.split(), dtype=float)
        except ValueError:
            texts.append(row)
            continue
        same = sum(other.partition(" #")[0] == name for other in numbers)
        numbers[f"{name} #{same + 1}" if same else name] = found
    return numbers, "\n".join(texts)
