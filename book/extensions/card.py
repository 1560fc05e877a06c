"""The pictures that links to the book are shown with elsewhere. `conf.py` loads it as an extension.

Each section has one, with its number and title. The other pages share one that shows what the
model wrote in its last training.
"""

import textwrap
from pathlib import Path

from docutils import nodes
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from sphinx.application import Sphinx

SIZE = (1200, 630)  # pixels, as Open Graph recommends
LINE = 34  # characters of the sample that fit on a line
TITLE_LINE = 25  # and of a title, which has larger ones
STEPS = 11  # of the network on the card of the book
PAPER, INK, ACCENT, STATE = "#12566b", "#ffffff", "#f6bf55", "#d9ebf8"

SERIF = font_manager.FontProperties(family="DejaVu Serif", weight="bold", size=46)
SMALL = font_manager.FontProperties(family="DejaVu Serif", size=25)
MONO = font_manager.FontProperties(family="DejaVu Sans Mono", size=31)


def draw_card(app: Sphinx) -> None:
    """Write ``_static/card.png``: the title, and how the model goes on from two words."""
    sample = Path(app.srcdir, "chapter_rnn", "sample.txt").read_text().strip()
    save(app, "card.png", card(app.config.project, sample))


def add_card(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Draw the card of a section, and tell the template of it."""
    chapter = [name for name, numbers in app.env.toc_secnumbers.items() if numbers.get("")]
    if page not in chapter:
        return
    (number,) = app.env.toc_secnumbers[page][""]
    title = app.env.titles[page].astext()
    context["card"] = f"card-{Path(page).name}.png"
    context["card_alt"] = f"The title of the book, and of its section {number}: {title}"
    save(app, context["card"], section_card(app.config.project, title, number, len(chapter)))


def save(app: Sphinx, name: str, figure: Figure) -> None:
    """Write a card into the folder ``_static`` of the built book."""
    target = Path(app.outdir, "_static", name)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Software": None})


def card(title: str, sample: str) -> Figure:
    """Return the card of the book: title, sample, and some steps of a recurrent network."""
    axes = empty_card()
    axes.text(80, 505, title, color=INK, fontproperties=SERIF, va="center")
    for row, line in enumerate(textwrap.wrap(sample, LINE)[:2]):
        axes.text(80, 375 - 60 * row, line, color=ACCENT, fontproperties=MONO, va="center")
    draw_network(axes, STEPS, set(range(1, STEPS + 1)))
    return axes.figure


def section_card(book: str, title: str, number: int, num_sections: int) -> Figure:
    """Return the card of a section: a step for each section, and its own in colour."""
    axes = empty_card()
    axes.text(80, 555, book, color=STATE, fontproperties=SMALL, va="center")
    for row, line in enumerate(textwrap.wrap(f"{number}. {title}", TITLE_LINE)):
        axes.text(80, 450 - 85 * row, line, color=INK, fontproperties=SERIF, va="center")
    draw_network(axes, num_sections, {number})
    return axes.figure


def empty_card() -> Axes:
    """Return axes that fill a card, in pixels."""
    width, height = SIZE
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return axes


def draw_network(axes: Axes, num_steps: int, bright: set[int]) -> None:
    """Draw a recurrent network along the lower edge, with some of its steps in colour."""
    left, right = 100, SIZE[0] - 100
    axes.plot((left, right), (130, 130), color=STATE, linewidth=5)
    for step in range(1, num_steps + 1):
        centre = left + (step - 1) * (right - left) / (num_steps - 1)
        colour = ACCENT if step in bright else STATE
        axes.plot((centre, centre), (130, 195), color=STATE, linewidth=5)
        axes.add_patch(Circle((centre, 130), 26, color=colour, zorder=3))


def setup(app: Sphinx) -> dict[str, bool]:
    """Draw the card of the book at the start of each build, and a section's with its page."""
    app.connect("builder-inited", draw_card)
    app.connect("html-page-context", add_card)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
