"""Plot in a uniform style, with an alt text for readers who cannot see the figure."""

import base64
import contextlib
import io
import json
import textwrap
from itertools import cycle
from pathlib import Path

import numpy as np
from IPython.display import display

# Importing Matplotlib takes most of a second, so only functions that draw import it.

# The colours of Okabe and Ito, which colour-blind readers can tell apart.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

CSS_PIXELS = 96  # in an inch

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
}


@contextlib.contextmanager
def figure(width=6.4, height=3.2):
    """Open an empty figure whose width and height are given in inches.

    Inside the ``with`` block, axes and text have the chapter's style.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        yield Figure(figsize=(width, height))


def show(fig, alt):
    """Display a figure, with an alt text that describes it in a sentence or two.

    In the book, and in every page that keeps the alt text of a notebook's pictures, screen readers read
    `alt` to people who cannot see the picture. JupyterLab does not: it shows pictures without alt text.
    The checks of the notebooks compare `alt`, and the numbers and texts in the figure, with what is
    stored.
    """
    if not alt.strip():
        raise ValueError("a figure needs a text that says what it shows: pass it as alt")
    width, height = (round(inches * CSS_PIXELS) for inches in fig.get_size_inches())
    display(
        {"image/png": base64.b64encode(to_png(fig)).decode(), "text/plain": alt},
        metadata={
            "image/png": {"alt": alt, "height": height, "width": width},
            **compared(fig),
        },
        raw=True,
    )


def to_png(fig):
    """Draw a figure with two pixels for each CSS pixel, as sharp as the best screens can show it."""
    import matplotlib as mpl
    from PIL import Image

    drawn, png = io.BytesIO(), io.BytesIO()
    with mpl.rc_context(STYLE):
        fig.savefig(drawn, dpi=2 * CSS_PIXELS)
    # With a palette, the file is a third as large.
    Image.open(drawn).convert("RGB").quantize().save(png, format="png", optimize=True)
    return png.getvalue()


def compared(fig):
    """Return what the checks of the notebooks compare of a figure: nothing where they are not installed."""
    try:
        from checks.figures import describe
    except ImportError:
        return {}
    return {"checks": describe(fig)}


def plot_learning_curves(curves, *, counting=None, ylim=None):
    """Plot perplexity against epochs, one line per model, labelled at its end.

    The `curves` are the epochs of each model, as returned by `train` or collected by a callback. The
    perplexities of `counting`, such as ``gb.counting_baseline(text)["validation"]``, are drawn as
    horizontal lines. By default, `ylim` is from 1 to the highest perplexity plotted.
    """
    empty = [name for name, curve in curves.items() if not curve]
    if empty or not curves:
        raise ValueError(
            f"there is no epoch to plot for {', '.join(map(repr, empty)) or 'any model'}: train for one or more "
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
        baselines = (counting or {}).items()
        for (name, perplexity), style in zip(baselines, cycle(LINE_STYLES), strict=False):
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
    show(fig, "Learning curves. " + " ".join(said))


def describe_curve(name, curve):
    """Describe a learning curve in words."""
    first, middle, last = curve[0], curve[(len(curve) - 1) // 2], curve[-1]
    return (
        f"{name}: perplexity {first.perplexity:.2f} after epoch {first.number}, "
        f"{middle.perplexity:.2f} after epoch {middle.number}, "
        f"{last.perplexity:.2f} after epoch {last.number}."
    )


def label_ends(axes):
    """Label each line to the right of its last finite point, without overlaps."""
    axes.autoscale_view()  # fixes the positions of the points, which are needed below
    to_fraction = axes.transData + axes.transAxes.inverted()
    points = {
        line: line.get_xydata()[np.isfinite(line.get_xydata()).all(axis=1)] for line in axes.lines
    }
    last = {line: finite[-1] for line, finite in points.items() if len(finite)}
    ends = {line: to_fraction.transform(point)[1] for line, point in last.items()}
    places = np.array(sorted(ends.values()))
    steps = 0.085 * np.arange(len(places))  # the least distance of two labels
    # Move labels that would overlap up, and also down; the averages are far enough apart, too.
    up = np.maximum.accumulate(places - steps) + steps
    down = np.minimum.accumulate((places - steps)[::-1])[::-1] + steps
    spread = dict(zip(sorted(ends, key=ends.get), (up + down) / 2, strict=True))
    for line in ends:
        axes.annotate(
            line.get_label(),
            xy=last[line],
            xytext=(1.06, spread[line]),
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


# Bounds on what a letter costs people who have seen 2, 3, …, 14 letters, and 100, in bits. These are the
# columns 3 to 15 and 100 of Shannon (1951), section 6; he computed the columns 1 and 2 from counts.
PEOPLE = json.loads(Path(__file__).with_name("shannon-1951.json").read_text(encoding="utf-8"))


def plot_loss_by_context(lengths, curves, *, counting=None):
    """Plot what a letter costs each model against the number of letters that the model has seen.

    `curves` maps the name of each model to the result of `loss_by_context` for these `lengths`, or to a
    list with one result for each seed. The line is the mean, and the band around it is the range of the
    seeds. `counting` maps names to the results of the n-gram models with n = 1, 2, …, which see n - 1
    letters and are drawn as dots.

    The grey band is for people: Shannon (1951) computed its lower and upper edge from the number of
    guesses that one reader needed for each letter of a hundred samples. The alphabet had 27 characters, and
    the texts were not those of this book, so the band cannot be compared exactly with the curves.
    """
    means = {name: seed_means(found) for name, found in curves.items()}
    with figure(7.4, 4.2) as fig:
        axes = fig.add_subplot(xlabel="letters seen", ylabel="bits per letter")
        axes.set_xscale("function", functions=(np.log1p, np.expm1))
        seen, least, most = PEOPLE.values()
        axes.fill_between(seen[:-1], least[:-1], most[:-1], color="#cccccc", linewidth=0)
        axes.vlines(seen[-1:], least[-1:], most[-1:], color="#cccccc", linewidth=8)
        # Below what any model reaches, so that no label of a model's dots can touch it.
        axes.text(15, 0.2, "people\n(Shannon, 1951)", color="#444444", fontsize=10)
        looks = zip(cycle(COLOURS), cycle(("-", *LINE_STYLES)), strict=False)
        for (name, of_seeds), (colour, style) in zip(means.items(), looks, strict=False):
            axes.fill_between(lengths, of_seeds.min(0), of_seeds.max(0), color=colour, alpha=0.25)
            axes.plot(lengths, of_seeds.mean(0), color=colour, linestyle=style, label=name)
        for (name, found), marker in zip((counting or {}).items(), cycle("os^D"), strict=False):
            dots = np.mean(found, axis=1)
            axes.scatter(range(len(dots)), dots, color="#222222", marker=marker, s=24, zorder=3)
            end = len(dots) - 1, dots[-1]
            axes.annotate(name, end, (6, -4), textcoords="offset points", va="top")
        ticks = [0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128]
        axes.set_xticks(ticks, labels=map(str, ticks))
        axes.minorticks_off()
        axes.set_ylim(0, None)
        label_ends(axes)
    show(fig, describe_losses(lengths, means, counting or {}))


def seed_means(found):
    """Return the mean losses of each seed, ``(num_seeds, num_lengths)``; a single result is one seed."""
    return np.array(
        [np.mean(losses, axis=1) for losses in (found if isinstance(found, list) else [found])]
    )


def describe_losses(lengths, means, counting):
    """Describe the losses of models against the letters seen in words."""
    said = []
    for name, of_seeds in means.items():
        mean = of_seeds.mean(0)
        shown = [i for i, s in enumerate(lengths) if s in (1, 2, 4, 8, lengths[-1])]
        said.append(f"{name}: " + ", ".join(f"{mean[i]:.2f} after {lengths[i]}" for i in shown))
    for name, found in counting.items():
        dots = enumerate(np.mean(found, axis=1))
        said.append(f"{name}, as dots: " + ", ".join(f"{dot:.2f} after {s}" for s, dot in dots))
    people = "People, as a band: 2.1 to 3.0 after 2, 1.0 to 1.9 after 8, 0.6 to 1.3 after 100"
    return "Bits per letter against letters seen. " + ". ".join([*said, people]) + "."


LETTERS_IN_LINE = 54  # of a page of letters
MOST_BITS = 4  # of the scale of differences


def plot_letter_costs(string, costs):
    """Show a page of text, and behind each letter how much more it costs one of two models.

    The upper half of the field behind a letter is darker the more bits the first model pays in excess of
    the second, and the lower half the more bits the second pays in excess of the first, so that the
    figure can be read without colours.

    `costs` maps the names of the two models to what each character of `string` costs them, in bits; see
    `letter_costs`.
    """
    if [len(paid) for paid in costs.values()] != [len(string)] * 2:
        raise ValueError(
            f"a page of {len(string)} characters needs as many costs for each of two models, not "
            f"{[len(paid) for paid in costs.values()]}: gb.letter_costs begins with the second character"
        )
    from matplotlib.colors import LinearSegmentedColormap

    # Each character keeps its place: no white space is dropped, and a tab is a single character.
    how = {"drop_whitespace": False, "expand_tabs": False, "break_on_hyphens": False}
    lines = textwrap.wrap(string, LETTERS_IN_LINE, **how)
    difference = np.subtract(*costs.values())
    halves = [on_page(half, lines) for half in (difference.clip(min=0), difference.clip(max=0))]
    fields = np.stack(halves, axis=1).reshape(2 * len(lines), LETTERS_IN_LINE)
    ticks = np.arange(-MOST_BITS, MOST_BITS + 1)
    colours = ["#56b4e9", "#fcfcfa", "#e69f00"]
    first, second = costs
    label = f"← lower half: more bits for {second}    upper half: more bits for {first} →"
    with figure(7.4, 0.27 * len(lines) + 0.8) as fig:
        axes = fig.add_subplot()
        image = axes.imshow(
            fields,
            cmap=LinearSegmentedColormap.from_list("costs", colours),
            vmin=-MOST_BITS,
            vmax=MOST_BITS,
            extent=(0, LETTERS_IN_LINE, len(lines), 0),
            aspect="auto",
        )
        for row, line in enumerate(lines):
            for column, char in enumerate(line):
                place = column + 0.5, row + 0.5
                axes.text(*place, char, family="monospace", ha="center", va="center_baseline")
        axes.axis("off")
        bar = fig.colorbar(image, orientation="horizontal", aspect=60, ticks=ticks, label=label)
        bar.set_ticklabels(
            [f"{abs(tick)}+" if abs(tick) == MOST_BITS else abs(tick) for tick in ticks]
        )
    show(fig, describe_costs(string, costs))


def on_page(costs, lines):
    """Arrange the costs of letters like the lines of a page; where there is no letter is no number."""
    page, start = np.full((len(lines), LETTERS_IN_LINE), np.nan), 0
    for row, line in zip(page, lines, strict=True):
        row[: len(line)] = costs[start : start + len(line)]
        start += len(line)
    return page


def describe_costs(string, costs):
    """Describe a page of letters in words."""
    means = " and ".join(f"{np.mean(paid):.2f} bits for {name}" for name, paid in costs.items())
    (a, b), difference = costs, np.subtract(*costs.values())
    return (
        f"A page of {len(string)} letters, which cost {means} on average. "
        f"The letters for which {a} pays most in excess of {b} are {list_highest(string, difference)}; "
        f"{b} in excess of {a}, {list_highest(string, -difference)}."
    )


def list_highest(string, bits):
    """List the three letters with the most bits, each with the letters before it."""
    highest = sorted(np.argsort(-bits, kind="stable")[:3])
    return ", ".join(
        f"{string[t]!r} after {string[max(t - 10, 0) : t]!r} ({bits[t]:.1f})" for t in highest
    )
