"""The figure in which the reader moves one thing, as far as Python makes it."""

import base64
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from bs4 import BeautifulSoup

import gluonbook as gb
from book.figure_html import living_figure
from gluonbook.figures import frames


def curves(powers=(1, 2, 3)):
    """Draw curves in a figure with much in it that they share; return it with its frames."""
    x, made = np.linspace(0, 1, 50), {}
    with gb.figure() as fig:
        axes = fig.add_subplot(xlim=(0, 1), ylim=(0, 1), title="one & all < many")
        axes.plot(x, 1 - x, label="common")
        axes.imshow([[0, 1]], extent=(0.1, 0.3, 0.5, 0.9)).set_clip_path(axes.patch)
        for power in powers:
            artists = axes.plot(x, x**power, color="C1")
            artists += axes.plot(0.5, 0.5**power, "os^"[power % 3])
            artists.append(axes.fill_between(x, x**power, hatch="//", alpha=0.2))
            made[f"{power}"] = artists, f"The curve of x to the power {power}."
        axes.set(aspect="auto")
        axes.legend(loc="lower right")
    return fig, made


@pytest.fixture
def shown(displayed):
    """Return a function that returns what show_frames displays, by type."""

    def show(drawn=None, label="Power", **options):
        gb.show_frames(*(drawn or curves()), label, **options)
        return displayed[-1]

    return show


def figure_of(output):
    return living_figure(output["text/html"])


def test_ids_are_those_of_one_figure_and_lead_somewhere(shown):
    outputs = [shown(), shown(curves([2, 3])), shown(label="Exponent")]
    names = []
    for output in outputs:
        text = figure_of(output)["picture"]
        own = re.findall(r'\bid="(.*?)"', text)
        used = re.findall(r'url\(#(.*?)\)|href="#(.*?)"', text)
        assert {"".join(reference) for reference in used} <= set(own)
        names += own
    assert len(names) == len(set(names)) > 60


def test_the_output_is_a_picture_and_a_program(shown):
    output = shown(first="2")
    lines = output["text/plain"].splitlines()
    assert lines == [f"The curve of x to the power {power}." for power in (1, 2, 3)]
    figure = figure_of(output)
    assert figure["kind"] == "frames" and figure["model"] is None
    page = BeautifulSoup(figure["picture"], "html.parser")
    assert page.svg["aria-label"] == "The curve of x to the power 2."
    parts = [(part["data-frame"], part["display"]) for part in page.select("[data-frame]")]
    assert sorted(parts) == sorted([("0", "none"), ("1", "inline"), ("2", "none")] * 3)
    assert [page.input[name] for name in ("min", "max", "value")] == ["0", "2", "1"]
    assert page.select_one(".value").get_text() == "2"
    assert "still picture, for the value 2" in page.select_one(".no-script").get_text()
    # The page may forbid what stands in it to run, or to style all of it.
    assert not page.select("script, style, title, metadata")
    assert output["text/html"].endswith(f"<script>\n{frames.PROGRAM}</script>\n")


def test_where_neither_style_nor_program_is_let_in_the_first_frame_is_a_picture(shown):
    page = BeautifulSoup(shown(first="2")["text/html"], "html.parser")
    # As JupyterLab before anything is run, and GitHub: what is drawn in the page goes, too.
    for element in page.select("script, style, svg, [hidden]"):
        element.decompose()
    assert page.get_text().strip() == "Power: 2. Run this cell to move the slider."
    assert page.img["alt"] == "The curve of x to the power 2."
    picture = base64.b64decode(page.img["src"].partition(",")[2]).decode()
    assert set(re.findall('id="frame-(.)"', picture)) == {"1"}
    assert "one &amp; all" in picture, "what belongs to no frame is missing"


def test_words_with_signs_come_out_as_they_are(shown):
    alt = 'It\'s <b> & "c".'
    fig, made = curves([1, 2])
    made = {"<1>": (made["1"][0], alt), "&": (made["2"][0], alt)}
    output = shown((fig, made), label="a <i> b")
    figure = ElementTree.fromstring(figure_of(output)["picture"])
    assert json.loads(figure.get("data-frames"))[0] == {"value": "<1>", "alt": alt}
    assert figure.find(".//label/span").text == "a <i> b"
    still = BeautifulSoup(output["text/html"], "html.parser").select_one(".gluonbook-still p")
    assert still.get_text() == "a <i> b: <1>. Run this cell to move the slider."
    assert figure.find(".//input").get("aria-valuetext") == f"<1>. {alt}"


@pytest.mark.parametrize(
    ("keys", "options", "message"),
    [
        (["1", 0.5], {}, r"the key 0\.5 of a frame is not a string"),
        (["1"], {}, "two frames or more"),
        (["1", "2"], {"first": "3"}, "no frame has the key '3': first is one of 1, 2"),
        (["1", "2"], {"label": " "}, "a slider needs .* a label"),
        (["1", "mute"], {}, "a text that says what it shows"),
    ],
)
def test_what_cannot_be_moved_is_refused(keys, options, message, shown):
    fig, _ = curves()
    made = {key: ([], " " if key == "mute" else "One.") for key in keys}
    with pytest.raises((TypeError, ValueError), match=message):
        shown((fig, made), **options)
