"""The figure in which the reader moves one thing, as far as Python makes it."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from bs4 import BeautifulSoup

import gluonbook as gb
from book.chapter import ROOT
from book.figure_html import living_figure
from gluonbook.figures import frames
from gluonbook.plots import as_image, to_svg

MOVED = ["gru", "lstm"]  # the notebooks with such a figure
LINK = "{http://www.w3.org/1999/xlink}href"


def curve(power, width=6.4, text="one & all < many"):
    """Draw a curve in a figure with much in it that repeats, and something that does not."""
    x = np.linspace(0, 1, 50)
    with gb.figure(width) as fig:
        axes = fig.add_subplot()
        axes.plot(x, x**power, label="power")
        axes.plot(0.5, 0.5**power, "os^"[power % 3])
        axes.fill_between(x, x**power, hatch="//", alpha=0.2)
        image = axes.imshow(np.arange(4).reshape(2, 2) % power, extent=(0.1, 0.3, 0.5, 0.9))
        image.set_clip_path(axes.patch)
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="auto", title=text)
        axes.legend()
    return fig


def several(powers=(1, 2, 3)):
    return {f"{p}": (curve(p), f"The curve of x to the power {p}.") for p in powers}


@pytest.fixture
def shown(monkeypatch):
    """Return a function that returns what show_frames displays, by type."""
    displayed = []

    def display(data, *, raw):
        assert raw
        displayed.append(data)

    monkeypatch.setattr(frames, "display", display)

    def show(drawn=None, label="Power", **options):
        gb.show_frames(drawn or several(), label, **options)
        return displayed[-1]

    return show


def figure_of(output):
    return living_figure(output["text/html"])


def picture_of(output):
    return ElementTree.fromstring(figure_of(output)["picture"]).find(f"{{{frames.SVG}}}svg")


def drawn(root, number=None):
    """List what a drawing shows, in order: of each element its kind, looks, and definitions.

    Of a merged drawing, only what frame `number` shows. Groups say nothing by themselves,
    but what they say of their parts, these have too.
    """
    names = {e.get("id"): e for e in root.iter() if e.get("id")}
    found = []

    def described(element):
        looks = {key: value for key, value in element.items() if key not in ("id", "display")}
        for key, value in looks.items():
            for name in re.findall(r"url\(#(.*?)\)|^#(.+)", value):
                target = names.get(name[0] or name[1])
                if target is not None:
                    looks[key] = re.sub("#.*", "", value), [described(e) for e in target.iter()]
        return element.tag, sorted(looks.items())

    def visit(element, around):
        kind = element.tag.rpartition("}")[2]
        if kind in ("defs", "metadata", "title"):
            return
        if (only := element.get("data-frames")) is not None:
            if str(number) in only.split():
                visit(element[0], around)
            return
        if kind != "g":
            found.append((*around, described(element)))
        for child in element:
            visit(child, (*around, *described(element)[1]) if kind == "g" else around)

    for child in root:
        visit(child, ())
    return found


# --- The picture ------------------------------------------------------------------------------


def assert_faithful(picture, made):
    """Hold each frame of a merged picture to what show displays for it."""
    for number, (fig, alt) in enumerate(made.values()):
        alone = ElementTree.fromstring(to_svg(fig, alt))
        assert len(drawn(alone)) > 50
        assert drawn(picture, number) == drawn(alone)
        for key in ("width", "height", "viewBox"):
            assert picture.get(key) == alone.get(key)


def test_every_frame_is_the_picture_that_show_would_give(shown):
    made = several()
    assert_faithful(picture_of(shown(made)), made)


def test_frames_with_more_or_less_in_them_stay_what_they_are(shown):
    made = several() | {"other": (curve(2, text="another title"), "Another title.")}
    made["3"][0].axes[0].axvline(0.3)
    assert_faithful(picture_of(shown(made)), made)


def test_lines_end_as_matplotlib_says(shown):
    fig, alt = several()["1"]
    (rule,) = re.findall(r"<style.*?>\*\{(.*?)\}</style>", to_svg(fig, alt))
    assert picture_of(shown()).get("style") == rule


def test_only_the_first_frame_is_shown_until_the_reader_moves(shown):
    for first, number in ((None, 0), ("3", 2)):
        picture = picture_of(shown(first=first))
        groups = picture.findall(".//*[@data-frames]")
        shares = [(g.get("data-frames").split(), g.get("display")) for g in groups]
        assert len(shares) > 4
        for names, display in shares:
            assert display == ("inline" if str(number) in names else "none")


def test_what_is_common_is_kept_once(shown):
    x = np.linspace(0, 1, 50)

    def line(power):
        with gb.figure() as fig:
            fig.add_subplot(xlim=(0, 1), ylim=(0, 1)).plot(x, x**power)
        return fig, f"The curve of x to the power {power}."

    made = {f"{power}": line(power) for power in range(1, 13)}
    picture = picture_of(shown(made))
    alone = to_svg(*made["1"])
    assert len(ElementTree.tostring(picture)) < 3 * len(alone)
    assert len(picture.findall(".//*[@data-frames]")) == len(made)


def test_frames_that_look_alike_share_their_group(shown):
    made = several([1, 2]) | {"1 again": (curve(1), "The same as the first.")}
    groups = picture_of(shown(made)).findall(".//*[@data-frames]")
    assert {group.get("data-frames") for group in groups} == {"0 2", "1"}


def test_ids_are_those_of_one_figure_and_lead_somewhere(shown):
    outputs = [shown(), shown(several([2, 3])), shown(label="Exponent")]
    names = []
    for output in outputs:
        text = figure_of(output)["picture"]
        own = re.findall(r'\bid="(.*?)"', text)
        used = re.findall(r'url\(#(.*?)\)|href="#(.*?)"', text)
        assert {"".join(reference) for reference in used} == set(own)
        names += own
    assert len(names) == len(set(names)) > 60


# --- What stands around it ----------------------------------------------------------------------


def test_the_output_is_a_picture_and_a_program(shown):
    output = shown(first="2")
    figure = figure_of(output)
    assert figure["kind"] == "frames" and figure["model"] is None
    page = BeautifulSoup(figure["picture"], "html.parser")
    described = json.loads(page.figure["data-frames"])
    assert [each["value"] for each in described] == ["1", "2", "3"]
    assert described[1]["alt"] == page.svg["aria-label"] == "The curve of x to the power 2."
    slider = page.input
    assert [slider[name] for name in ("min", "max", "step", "value")] == ["0", "2", "1", "1"]
    assert slider["aria-valuetext"] == "2. The curve of x to the power 2."
    assert page.label.get_text().strip() == "Power"
    assert page.select_one(".value").get_text() == "2"
    assert "still picture, for the value 2" in page.select_one(".no-script").get_text()
    # The page may forbid what stands in it to run, or to style all of it.
    assert not page.select("script, style, title")
    assert output["text/html"].endswith(f"<script>\n{frames.PROGRAM}</script>\n")


def test_where_neither_style_nor_program_is_let_in_the_first_frame_is_a_picture(shown):
    made = several()
    page = BeautifulSoup(shown(made, first="2")["text/html"], "html.parser")
    # As JupyterLab before anything is run, and GitHub: what is drawn in the page goes, too.
    for element in page.select("script, style, svg, [hidden]"):
        element.decompose()
    assert str(page.img).startswith('<img alt="The curve of x to the power 2." src="data:image/svg')
    assert as_image(to_svg(*made["2"]), made["2"][1]) == str(page.img)
    assert page.get_text().strip() == "Power: 2. Run this cell to move the slider."


def test_the_text_says_what_every_frame_shows(shown):
    lines = shown()["text/plain"].splitlines()
    assert lines == [f"The curve of x to the power {power}." for power in (1, 2, 3)]


def test_words_with_signs_come_out_as_they_are(shown):
    alt = 'It\'s <b> & "c".'
    made = {"<1>": (curve(1), alt), "&": (curve(2), alt)}
    figure = ElementTree.fromstring(figure_of(shown(made, label="a < b"))["picture"])
    assert json.loads(figure.get("data-frames"))[0] == {"value": "<1>", "alt": alt}
    assert figure.find(".//label/span").text == "a < b"
    assert figure.find(".//input").get("aria-valuetext") == f"<1>. {alt}"


def test_the_program_can_stand_in_a_page():
    assert "</script" not in frames.PROGRAM and "</style" not in frames.STYLE
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", frames.PROGRAM)


@pytest.mark.parametrize("name", MOVED)
def test_the_stored_output_is_what_is_displayed_today(name):
    cells = json.loads((ROOT / "chapter_rnn" / f"{name}.ipynb").read_text())["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    pages = ["".join(output.get("text/html", "")) for output in outputs]
    (page,) = filter(living_figure, pages)
    assert frames.STYLE in page and frames.PROGRAM in page, f"make refresh: {name} has older files"
    assert len(page) < 200_000


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "options", "message"),
    [
        ("1", {}, "two frames or more, not 1"),
        ("", {}, "two frames or more, not 0"),
        ("12", {"first": "3"}, "no frame '3' to begin with: first is one of 1, 2"),
        ("12", {"label": " "}, "the slider needs a name"),
        ("1w", {}, "frame 'w' has 7.2 by 3.2 inches, and frame '1' 6.4 by 3.2"),
        ("1e", {}, "needs a text that says what it shows"),
    ],
)
def test_what_cannot_be_moved_is_refused(keys, options, message):
    known = {
        "1": (curve(1), "One."),
        "2": (curve(2), "Two."),
        "w": (curve(1, width=7.2), "A wide one."),
        "e": (curve(1), ""),
    }
    with pytest.raises(ValueError, match=message):
        gb.show_frames({key: known[key] for key in keys}, **({"label": "Power"} | options))


def test_a_number_as_a_key_is_refused():
    with pytest.raises(TypeError, match=r"the key 0\.5 of a frame is a float: give a string"):
        gb.show_frames({0.5: (curve(1), "One."), 1.0: (curve(2), "Two.")}, "Power")
