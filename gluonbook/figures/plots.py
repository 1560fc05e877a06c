"""Plot in a uniform style, with an alt text for readers who cannot see the figure."""

import base64
import contextlib
import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from IPython.display import display

from gluonbook.ground.checks import check_sizes
from gluonbook.ground.watching import watched_in_a_notebook
from gluonbook.training import Epoch

# Importing Matplotlib takes most of a second, so only functions that draw import it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The colours of Okabe and Ito, which colour-blind readers can tell apart.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

# Code points that XML cannot contain, even escaped: most control characters, and non-characters.
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Line styles that readers can tell apart without colours.
LINE_STYLES = ("--", ":", "-.", (0, (5, 1)))

STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#555555",
    "axes.facecolor": "#fcfcfa",
    "axes.grid": True,
    "axes.labelcolor": "#222222",
    "axes.prop_cycle": f"cycler(color={COLOURS})",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "#fcfcfa",
    "figure.figsize": (6.4, 3.2),
    "font.size": 11,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "lines.linewidth": 2,
    # Letters are drawn as outlines, so the picture does not depend on the reader's fonts.
    "svg.fonttype": "path",
    # With a fixed salt, the same figure gives the same file in every run.
    "svg.hashsalt": "gluonbook",
}


@contextlib.contextmanager
def figure(width: float = 6.4, height: float = 3.2) -> "Iterator[Figure]":
    """Open an empty figure whose width and height are given in inches.

    Inside the ``with`` block, axes and text have the chapter's style.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        yield Figure(figsize=(width, height))


def show(fig: "Figure", alt: str) -> None:
    """Display a figure, with an alt text that describes it in a sentence or two.

    Screen readers read `alt` to people who cannot see the picture, and the checks of the notebooks
    compare it with the stored text.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    display(as_output(fig, alt), raw=True)


def as_output(fig: "Figure", alt: str) -> dict[str, str]:
    """Turn a figure and its alt text into the data of a notebook's output.

    The picture is an HTML element, because JupyterLab would otherwise drop the alt text. Its source is
    a data URL, so it is shown even in a notebook that has not been run, where SVG is not trusted.
    """
    alt = printable(alt)
    return {"text/html": as_image(to_svg(fig, alt), alt), "text/plain": alt}


def printable(text: str) -> str:
    """Replace each character that an SVG file cannot contain, such as a form feed, with a symbol."""
    return NOT_IN_XML.sub("\ufffd", text)


def as_image(svg: str, alt: str) -> str:
    """Return an HTML element that contains a picture, so that no separate file is needed."""
    address = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{address}"/>'


def to_svg(fig: "Figure", alt: str) -> str:
    """Draw a figure as SVG; its title is the alt text."""
    if not alt.strip():
        raise ValueError("a figure needs a text that says what it shows: pass it as alt")
    import matplotlib as mpl

    for text in fig.findobj(mpl.text.Text):
        text.set_text(printable(text.get_text()))
    svg = io.StringIO()
    with mpl.rc_context(STYLE):
        fig.savefig(svg, format="svg", metadata={"Date": None, "Title": printable(alt)})
    return svg.getvalue()


def plot_perplexities(
    networks: Mapping[str, Sequence[float]], counting: Mapping[str, float]
) -> None:
    """Plot the test perplexities of several runs of each network, alongside count-based models."""
    with figure(6.4, 1 + 0.45 * len(networks)) as fig:
        axes = fig.add_subplot()
        for place, perplexities in enumerate(networks.values()):
            axes.plot(perplexities, [place] * len(perplexities), "o", alpha=0.6)
            axes.plot(np.median(perplexities), place, "|", color="#222222", markersize=18)
        for (name, perplexity), style in zip(counting.items(), cycle(LINE_STYLES), strict=False):
            axes.axvline(perplexity, color="#555555", linestyle=style, label=name)
        axes.set_yticks(range(len(networks)), labels=networks)
        axes.set(xlabel="perplexity on the test text", ylim=(len(networks) - 0.5, -0.5))
        if counting:
            fig.legend(loc="outside upper left", ncols=len(counting))
    said = [
        f"{name}: {np.median(found):.2f}, from {min(found):.2f} to {max(found):.2f}."
        for name, found in networks.items()
    ]
    said += [f"{name}: {perplexity:.2f}." for name, perplexity in counting.items()]
    alt = "Perplexity on the test text, a dot for each training run and a bar at the median. "
    show(fig, alt=alt + " ".join(said))


def plot_learning_curves(
    curves: Mapping[str, Sequence[Epoch]],
    *,
    counting: Mapping[str, float] | None = None,
    ylim: tuple[float, float] | None = None,
) -> None:
    """Plot perplexity against epochs, one line per model, labelled at its end.

    Parameters
    ----------
    curves : mapping of str to sequence of Epoch
        The epochs of each model, as returned by `train` or collected by a callback.
    counting : mapping of str to float, optional
        The perplexities of count-based models, such as ``gb.counting_baseline(text)["validation"]``.
        Each is drawn as a horizontal line.
    ylim : tuple of float, optional
        The lowest and the highest perplexity to show; by default, from 1 to the highest one plotted.

    Raises
    ------
    ValueError
        If a model has no epochs.
    """
    show(*draw_learning_curves(curves, counting or {}, ylim))


def draw_learning_curves(
    curves: Mapping[str, Sequence[Epoch]],
    counting: Mapping[str, float],
    ylim: tuple[float, float] | None = None,
) -> "tuple[Figure, str]":
    """Draw the figure that `plot_learning_curves` shows; return it with its alt text."""
    empty = [name for name, curve in curves.items() if not curve]
    if empty:
        raise ValueError(
            f"there is no epoch to plot for {', '.join(map(repr, empty))}: train for one or more "
            "epochs, and do not interrupt the first one"
        )
    # Up to thirty lines, no two share both a colour and a style.
    looks = zip(cycle(COLOURS), cycle(("-", *LINE_STYLES)), strict=False)
    with figure(7.2, 3.6) as fig:
        axes = fig.add_subplot(xlabel="epoch", ylabel="perplexity", yscale="log")
        for (name, curve), (colour, style) in zip(curves.items(), looks, strict=False):
            numbers, perplexities = [e.number for e in curve], [e.perplexity for e in curve]
            axes.plot(numbers, perplexities, color=colour, linestyle=style, label=name)
        last = max(curve[-1].number for curve in curves.values())
        for (name, perplexity), style in zip(counting.items(), cycle(LINE_STYLES), strict=False):
            axes.plot([1, last], [perplexity] * 2, color="#777777", linewidth=1.2, label=name)
            axes.lines[-1].set_linestyle(style)
        ticks = [1, 2, 5, 6, 8, 10, 15, 20, 50] if ylim else [1, 2, 5, 10, 20, 50]
        axes.set_yticks(ticks, labels=map(str, ticks))
        axes.minorticks_off()
        axes.set_ylim(*(ylim or (1, None)))
        label_ends(axes)
    said = [describe_curve(name, curve) for name, curve in curves.items()]
    if counting:
        found = ", ".join(f"{name} {perplexity:.2f}" for name, perplexity in counting.items())
        said.append(f"Models that count, as horizontal lines: {found}.")
    return fig, "Learning curves. " + " ".join(said)


def describe_curve(name: str, curve: Sequence[Epoch]) -> str:
    """Describe a learning curve in words."""
    first, middle, last = curve[0], curve[(len(curve) - 1) // 2], curve[-1]
    return (
        f"{name}: perplexity {first.perplexity:.2f} after epoch {first.number}, "
        f"{middle.perplexity:.2f} after epoch {middle.number}, "
        f"{last.perplexity:.2f} after epoch {last.number}."
    )


def plot_lines(
    lines: Mapping[str, Mapping[float, float]],
    *,
    xlabel: str,
    ylabel: str,
    baselines: Sequence[str] = (),
    log_x: bool = False,
) -> None:
    """Plot lines, each labelled at its end, with alt text that states the plotted numbers.

    Parameters
    ----------
    lines : mapping of str to mapping of float to float
        For each line, by its name, the y value at each x value.
    xlabel, ylabel : str
        The labels of the axes.
    baselines : sequence of str
        The names of the lines that are drawn in dashed grey.
    log_x : bool
        Whether the x axis is logarithmic. If so, its ticks are at the x values of the first line.

    Examples
    --------
    >>> lines = {"GRU": {1: 7.9, 2: 7.4}, "LSTM": {1: 8.1, 2: 7.6}}
    >>> gb.plot_lines(lines, xlabel="layers", ylabel="validation perplexity")  # doctest: +SKIP
    """
    described = [f"{ylabel[:1].upper()}{ylabel[1:]} against {xlabel}."]
    # Up to five lines, no two share a colour, a style or a marker.
    looks = zip(cycle(COLOURS), cycle(("-", *LINE_STYLES)), cycle("osD^v"), strict=False)
    with figure(7.2, 3.8) as fig:
        axes = fig.add_subplot(xlabel=xlabel, ylabel=ylabel, xscale="log" if log_x else "linear")
        for name, line in lines.items():
            colour, style, marker = ("#777777", "--", "") if name in baselines else next(looks)
            axes.plot(*zip(*line.items(), strict=True), color=colour, label=name)
            axes.lines[-1].set(linestyle=style, marker=marker, markersize=5)
            points = ", ".join(f"{y:.3g} at {x:g}" for x, y in line.items())
            described.append(f"{name}: {points}.")
        if log_x:
            ticks = list(next(iter(lines.values())))
            axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        label_ends(axes)
    show(fig, " ".join(described))


def label_ends(axes: "Axes") -> None:
    """Label each line to the right of its last point, without overlaps."""
    axes.autoscale_view()  # fixes the positions of the points, which are needed below
    to_fraction = axes.transData + axes.transAxes.inverted()
    ends = {line: to_fraction.transform(line.get_xydata()[-1])[1] for line in axes.lines}
    places = np.array(sorted(ends.values()))
    steps = 0.085 * np.arange(len(places))  # the least distance of two labels
    # Move labels that would overlap up, and also down; the averages are far enough apart, too.
    up = np.maximum.accumulate(places - steps) + steps
    down = np.minimum.accumulate((places - steps)[::-1])[::-1] + steps
    spread = (up + down) / 2
    for line, height in zip(sorted(ends, key=ends.get), spread, strict=True):
        axes.annotate(
            line.get_label(),
            xy=line.get_xydata()[-1],
            xytext=(1.06, height),
            textcoords="axes fraction",
            verticalalignment="center",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": line.get_color(),
                "relpos": (0, 0.5),  # from the left end of the label
                "shrinkA": 1,
                "shrinkB": 3,
            },
        )


class LiveCurve:
    """A callback that redraws learning curves while a model trains.

    It draws only in a live notebook, where somebody might be watching.

    Parameters
    ----------
    curves : mapping of str to sequence of Epoch
        The curves, as for `plot_learning_curves`. The sequences grow because other callbacks append
        to them, so those callbacks must come before this one.
    period : int
        Draw after every `period` epochs.
    """

    def __init__(self, curves: Mapping[str, Sequence[Epoch]], period: int = 1):
        check_sizes(period=period)
        self.curves, self.period, self._shown = curves, period, None

    def __call__(self, epoch: Epoch) -> None:
        """Draw or update the figure every `period` epochs, if somebody might be watching."""
        begun = {name: curve for name, curve in self.curves.items() if curve}
        if not (begun and epoch.number % self.period == 0 and watched_in_a_notebook()):
            return
        data = as_output(*draw_learning_curves(begun, {}))
        # When a new run begins, the previous run's figure is gone, together with its cell's outputs.
        if self._shown and epoch.number > self.period:
            self._shown.update(data, raw=True)
        else:
            self._shown = display(data, raw=True, display_id=True)
