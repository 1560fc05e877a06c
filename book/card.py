"""The picture that a link to the book is shown with elsewhere. `conf.py` loads it as an extension.

It is drawn anew with every build, since it shows what the model wrote in its last training.
"""

import textwrap
from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from sphinx.application import Sphinx

SIZE = (1200, 630)  # pixels, as Open Graph recommends
LINE = 34  # characters that fit on the card
PAPER, INK, ACCENT, STATE = "#12566b", "#ffffff", "#f6bf55", "#d9ebf8"


def draw_card(app: Sphinx) -> None:
    """Write ``_static/card.png``: the title, and how the model goes on from two words."""
    sample = Path(app.srcdir, "chapter_rnn", "sample.txt").read_text().strip()
    target = Path(app.outdir, "_static", "card.png")
    target.parent.mkdir(parents=True, exist_ok=True)
    card(app.config.project, sample).savefig(target, metadata={"Software": None})


def card(title: str, sample: str) -> Figure:
    """Return the card as a figure: title, sample, and three steps of a recurrent network."""
    width, height = SIZE
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    serif = font_manager.FontProperties(family="DejaVu Serif", weight="bold", size=46)
    mono = font_manager.FontProperties(family="DejaVu Sans Mono", size=31)
    axes.text(80, 505, title, color=INK, fontproperties=serif, va="center")
    for row, line in enumerate(textwrap.wrap(sample, LINE)[:2]):
        axes.text(80, 375 - 60 * row, line, color=ACCENT, fontproperties=mono, va="center")
    axes.plot((100, width - 100), (130, 130), color=STATE, linewidth=5)
    for step in range(11):
        centre = 100 + step * (width - 200) / 10
        axes.plot((centre, centre), (130, 195), color=STATE, linewidth=5)
        axes.add_patch(Circle((centre, 130), 26, color=ACCENT, zorder=3))
    return figure


def setup(app: Sphinx) -> dict[str, bool]:
    """Draw the card at the start of each build."""
    app.connect("builder-inited", draw_card)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
