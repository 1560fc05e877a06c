"""A figure is the same picture run after run, and comes with a text that says what it shows."""

import base64
import io
import sys

from PIL import Image

import gluonbook as gb
from gluonbook.figures import plots


def draw():
    with gb.figure() as fig:
        axes = fig.add_subplot()
        axes.plot([3, 2, 1], label="falling")
        axes.legend()
    gb.show(fig, "A line that falls.")


def test_a_figure_is_a_picture_with_its_alt_text_and_what_is_compared(displayed, monkeypatch):
    draw()
    draw()
    assert displayed[0] == displayed[1], "the same figure gives another file"
    data, metadata = displayed[0]
    assert data.keys() == {"image/png", "text/plain"}
    described = metadata["image/png"]
    assert data["text/plain"] == described["alt"] == "A line that falls."
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert picture.size == (2 * described["width"], 2 * described["height"])
    assert metadata["checks"]["texts"] == ["panel 1, legend: falling"]
    monkeypatch.setitem(sys.modules, "checks.figures", None)  # the checks are not installed
    draw()
    assert displayed[2][1].keys() == {"image/png"}


# What is drawn, and what is said of it, is compared where the notebooks are executed, but for this:


def test_learning_curves_are_told_apart_without_their_colours(monkeypatch):
    shown, curve = [], [gb.Epoch(1, 9.0, 0.1), gb.Epoch(2, 4.0, 0.1)]
    monkeypatch.setattr(plots, "show", lambda fig, alt: shown.append(fig))
    counting = {"bigram": 10.5, "Kneser-Ney": 5.25}
    gb.plot_learning_curves({"plain": curve, "LSTM": curve}, counting=counting)
    lines = shown[0].axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["-", "--", "--", ":"]
