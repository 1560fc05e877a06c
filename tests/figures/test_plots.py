"""A figure is the same picture run after run, and comes with a text that says what it shows."""

import base64
import io
import sys

import pytest
from PIL import Image

import gluonbook as gb

CURVE = [gb.Epoch(number, 40 / number, 0.1) for number in range(1, 11)]


def draw(alt="A line that falls."):
    with gb.figure() as fig:
        axes = fig.add_subplot()
        axes.plot([3, 2, 1], label="falling")
        axes.legend()
    gb.show(fig, alt)


def test_a_figure_is_a_picture_with_its_alt_text_and_twice_its_width_in_pixels(displayed):
    draw()
    draw()
    assert displayed[0] == displayed[1], "the same figure gives another file"
    data, metadata = displayed[0]
    assert data.keys() == {"image/png", "text/plain"}
    described = metadata["image/png"]
    assert data["text/plain"] == described["alt"] == "A line that falls."
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert picture.size == (2 * described["width"], 2 * described["height"])
    assert described["width"] == 614, "6.4 inches of 96 pixels"


def test_what_is_compared_is_stored_with_the_picture_where_the_checks_are_installed(
    displayed, monkeypatch
):
    draw()
    assert displayed[0][1]["checks"]["texts"] == ["panel 1, legend: falling"]
    monkeypatch.setitem(sys.modules, "checks.figures", None)
    draw()
    assert displayed[1][1].keys() == {"image/png"}


# What is drawn, and what is said of it, is compared where the notebooks are executed.


@pytest.mark.parametrize(
    ("draw_it", "message"),
    [
        (lambda: draw(" \n"), "a text that says what it shows"),
        (
            lambda: gb.plot_letter_costs("abc", {"one": [1, 2]}),
            r"3 characters needs as many costs .* not \[2\]: gb.letter_costs begins with the second",
        ),
        (lambda: gb.plot_letter_costs("abc", {}), r"each of two models, not \[\]"),
        (lambda: gb.plot_learning_curves({}), "no epoch to plot for any model"),
        (
            lambda: gb.plot_learning_curves({"stopped": [], "whole": CURVE, "other": []}),
            "no epoch to plot for 'stopped', 'other': train",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw_it, message, displayed):
    with pytest.raises(ValueError, match=message):
        draw_it()
    assert displayed == []
