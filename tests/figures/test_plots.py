"""A figure is the same file run after run, and comes with a text that says what it shows."""

import base64
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from bs4 import BeautifulSoup

import gluonbook as gb
from gluonbook.figures import plots
from tests.conftest import NOT_WATCHED, WATCHED

CURVE = [gb.Epoch(number, 40 / number, 0.1) for number in range(1, 11)]


@pytest.fixture
def drawn(monkeypatch):
    """Collect the figures that are displayed."""
    drawn = []
    show = plots.show
    monkeypatch.setattr(plots, "show", lambda fig, alt: (drawn.append(fig), show(fig, alt)))
    return drawn


def settings():
    # The backend is chosen when it is first asked for.
    return {name: value for name, value in mpl.rcParams.items() if name != "backend"}


def draw(alt="A line that falls."):
    with gb.figure() as fig:
        axes = fig.add_subplot()
        axes.plot([3, 2, 1], label="falling")
        axes.legend()
    gb.show(fig, alt)


def svg_of(output):
    """Return the SVG of a figure, as it stands in the picture's address."""
    address = BeautifulSoup(output["text/html"], "html.parser").img["src"]
    kind, _, content = address.partition(",")
    assert kind == "data:image/svg+xml;base64"
    return base64.b64decode(content).decode()


def test_a_figure_is_shown_as_a_picture_with_its_text(displayed):
    alt = 'A line that falls "steeply": 3 > 1 & 2.'
    draw(alt)
    (data,) = displayed
    assert data.keys() == {"text/html", "text/plain"}
    assert data["text/plain"] == alt
    assert BeautifulSoup(data["text/html"], "html.parser").img["alt"] == alt
    svg = ET.fromstring(svg_of(data))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    titles = [element.text for element in svg.iter() if element.tag.endswith("}title")]
    assert alt in titles


def test_the_same_figure_is_the_same_file_whatever_fonts_there_are(displayed):
    draw()
    draw()
    first, second = displayed
    assert first == second
    assert "<dc:date>" not in svg_of(first)
    assert "<text" not in svg_of(first)


def test_the_style_is_the_figures_alone(displayed):
    with mpl.rc_context():
        mpl.rcdefaults()
        before = settings()
        with gb.figure() as fig:
            assert mpl.rcParams["axes.grid"]
            assert fig.get_size_inches().tolist() == [6.4, 3.2]
            axes = fig.add_subplot()
            (line,) = axes.plot([1, 2])
        assert settings() == before
        assert line.get_color() == plots.COLOURS[0]
        gb.show(fig, "A line.")
        assert settings() == before


# --- what is drawn, and what is said of it ---------------------------------------------


def points(line):
    return [tuple(point) for point in line.get_xydata()]


def test_learning_curves_are_drawn_and_put_into_words(displayed, drawn):
    curves = {"plain": CURVE, "LSTM": CURVE[:3]}
    gb.plot_learning_curves(curves, counting={"bigram": 10.5, "Kneser-Ney": 5.25})
    assert displayed[0]["text/plain"] == (
        "Learning curves. "
        "plain: perplexity 40.00 after epoch 1, 8.00 after epoch 5, 4.00 after epoch 10. "
        "LSTM: perplexity 40.00 after epoch 1, 20.00 after epoch 2, 13.33 after epoch 3. "
        "Models that count, as horizontal lines: bigram 10.50, Kneser-Ney 5.25."
    )
    (axes,) = drawn[0].axes
    plain, lstm, bigram, kneser_ney = axes.lines
    assert points(plain) == [(epoch.number, epoch.perplexity) for epoch in CURVE]
    assert points(lstm) == points(plain)[:3]
    assert points(bigram) == [(1, 10.5), (10, 10.5)]
    assert points(kneser_ney) == [(1, 5.25), (10, 5.25)]
    assert {text.get_text() for text in axes.texts} == {"plain", "LSTM", "bigram", "Kneser-Ney"}
    assert axes.get_ylim()[0] == 1
    gb.plot_learning_curves(curves, ylim=(5, 20))
    assert drawn[1].axes[0].get_ylim() == (5, 20)


def test_perplexities_of_runs_are_told_with_their_range(displayed, drawn):
    networks = {"GRU": [8.5, 8.25, 9.0], "LSTM": [7.0]}
    gb.plot_perplexities(networks, {"n-grams": 6.5})
    assert displayed[0]["text/plain"] == (
        "Perplexity on the test text, a dot for each training run and a bar at the median. "
        "GRU: 8.50, from 8.25 to 9.00. LSTM: 7.00, from 7.00 to 7.00. n-grams: 6.50."
    )
    (axes,) = drawn[0].axes
    dots, median = axes.lines[:2]
    assert points(dots) == [(8.5, 0), (8.25, 0), (9.0, 0)]
    assert points(median) == [(8.5, 0)]
    # A row for each model, under its name.
    assert axes.get_yticks().tolist() == [0, 1]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["GRU", "LSTM"]


def test_lines_say_themselves_what_they_show(displayed, drawn):
    lines = {"GRU": {1: 9.0, 2: 4.5, 4: 3.25}, "LSTM": {1: 8, 4: 3}}
    gb.plot_lines(lines, xlabel="layers", ylabel="validation perplexity")
    (axes,) = drawn[0].axes
    assert [points(line) for line in axes.lines] == [[*line.items()] for line in lines.values()]
    assert displayed[0]["text/plain"] == (
        "Validation perplexity against layers. "
        "GRU: 9 at 1, 4.5 at 2, 3.25 at 4. LSTM: 8 at 1, 3 at 4."
    )


def test_lines_look_different_and_are_labelled_at_their_ends(displayed, drawn):
    ends = dict(zip("abcdefg", [0, 1, 1, 1, 1, 0, 1], strict=True))
    lines = {name: {1: 1.0, 2: height} for name, height in ends.items()}
    gb.plot_lines(lines, xlabel="x", ylabel="y", baselines=["c"], log_x=True)
    (axes,) = drawn[0].axes
    looks = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in axes.lines}
    assert len(looks) == len(lines)
    heights = {text.get_text(): text.xyann[1] for text in axes.texts}
    assert heights.keys() == lines.keys()
    assert max(heights["a"], heights["f"]) < min(heights[name] for name in "bcdeg")
    assert np.diff(sorted(heights.values())).min() > 0.08


@pytest.mark.parametrize(
    ("draw_it", "message"),
    [
        (lambda: draw(" \n"), "a text that says what it shows"),
        (
            lambda: gb.plot_learning_curves({"stopped": [], "whole": CURVE, "other": []}),
            "no epoch to plot for 'stopped', 'other': train",
        ),
        (lambda: gb.LiveCurve({}, period=0), "period must be 1 or more, not 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw_it, message, displayed):
    with pytest.raises(ValueError, match=message):
        draw_it()
    assert displayed == []


# --- a curve that grows ---------------------------------------------------------------

GROWING = """
import gluonbook as gb
curve, rarely = [], []
live_curve = gb.LiveCurve({"often": curve, "rarely": rarely}, period=2)
"""

TRAINING = """
curve.clear(), rarely.clear()
for number in range(1, 8):
    epoch = gb.Epoch(number, 40 / number, 0.1)
    curve.append(epoch)
    if number == 5:
        rarely.append(epoch)
    live_curve(epoch)
"""


def test_in_a_live_notebook_a_curve_grows_in_its_place(outputs_of):
    (output,) = outputs_of(WATCHED, GROWING, TRAINING)
    assert output.output_type == "display_data"
    text = output.data["text/plain"]
    # After six epochs it was drawn for the last time.
    assert "often: perplexity 40.00 after epoch 1, " in text
    assert "6.67 after epoch 6. rarely: perplexity 8.00 after epoch 5" in text
    assert BeautifulSoup(output.data["text/html"], "html.parser").img["alt"] == text
    # A cell that runs again shows what it showed at first.
    assert outputs_of(WATCHED, GROWING, TRAINING, TRAINING) == [output]


def test_in_a_stored_notebook_nothing_of_it_is_left(outputs_of):
    assert outputs_of(NOT_WATCHED, GROWING, TRAINING) == []


# --- characters that no picture can hold ------------------------------------------------


def test_a_form_feed_breaks_no_picture(displayed):
    with gb.figure() as fig:
        fig.add_subplot().set(xlabel="a\fb", title="\x00")
    gb.show(fig, alt="a \f and a \x1b and a \ufffe")
    for output in displayed:
        address = re.search('base64,([^"]+)', output["text/html"])[1]
        ET.fromstring(base64.b64decode(address))
        ET.fromstring(output["text/html"])
        assert "\ufffd" in output["text/plain"]
    assert displayed[0]["text/plain"] == "a \ufffd and a \ufffd and a \ufffd"
