"""A figure is the same picture run after run, and comes with a text that says what it shows."""

import base64
import io
import sys

import numpy as np
import pytest
from PIL import Image

import gluonbook as gb
from gluonbook.figures import plots

CURVE = [gb.Epoch(number, 40 / number, 0.1) for number in range(1, 11)]


@pytest.fixture
def drawn(monkeypatch):
    drawn = []
    show = plots.show
    monkeypatch.setattr(plots, "show", lambda fig, alt: (drawn.append(fig), show(fig, alt)))
    return drawn


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


def test_learning_curves_are_told_apart_and_drawn_within_the_limits(displayed, drawn):
    curves = {"plain": CURVE, "LSTM": [*CURVE[:3], gb.Epoch(4, np.inf, 0.1)]}
    gb.plot_learning_curves(curves, counting={"bigram": 10.5, "Kneser-Ney": 5.25})
    (axes,) = drawn[0].axes
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--", "--", ":"]
    assert {text.get_text() for text in axes.texts} == {"plain", "LSTM", "bigram", "Kneser-Ney"}
    assert axes.get_ylim()[0] == 1
    gb.plot_learning_curves(curves, ylim=(5, 20))
    assert drawn[1].axes[0].get_ylim() == (5, 20)


def test_each_letter_has_its_cost_behind_it_and_the_more_costly_model_its_half(displayed, drawn):
    string = "abcdef\t" + "abcdef " * 16  # lines of 49, 49 and 21 characters
    costs = np.arange(119) / 60
    gb.plot_letter_costs(string, {"small": costs, "large": np.ones(119)})
    letters = [text.get_text() for text in drawn[0].axes[0].texts]
    assert "".join(letters) == string.replace("\t", " ")
    fields = drawn[0].axes[0].images[0].get_array().filled(np.nan)
    upper, lower = (half[~np.isnan(half)] for half in (fields[::2], fields[1::2]))
    np.testing.assert_allclose(upper, np.maximum(costs - 1, 0))
    np.testing.assert_allclose(lower, np.minimum(costs - 1, 0))
    assert np.isnan(fields[4:, 21:]).all()
    said = displayed[0][0]["text/plain"]
    assert "cost 0.98 bits for small and 1.00 bits for large on average" in said
    assert "large in excess of small, 'a' after '' (1.0), 'b' after 'a' (1.0)" in said


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


def test_losses_are_drawn_for_each_model_with_the_range_of_its_seeds_beside_dots_and_people(drawn):
    lengths, losses = [0, 2, 8], np.array([[np.nan, np.nan], [4, 3], [2, 1]])
    curves, counting = {"GRU": [losses, losses + 1], "table": losses}, {"n-grams": [[4.0], [3.0]]}
    gb.plot_loss_by_context(lengths, curves, counting=counting)
    (axes,) = drawn[0].axes
    found = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_allclose(found["GRU"], [np.nan, 4, 2])
    np.testing.assert_allclose(found["table"], [np.nan, 3.5, 1.5])
    seeds = axes.collections[2].get_datalim(axes.transData)
    assert (seeds.y0, seeds.y1) == (1.5, 4.5)
    dots = axes.collections[-1].get_offsets()
    np.testing.assert_array_equal(dots, [[0, 4], [1, 3]])
    band = plots.PEOPLE
    assert band["seen"] == [*range(2, 15), 100]
    assert all(least < most for least, most in zip(band["least"], band["most"], strict=True))
