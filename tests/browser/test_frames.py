"""The figures in which the reader moves one thing: what moves, and who can move it."""

import json

import pytest
from playwright.sync_api import expect

from gluonbook.figures import frames
from gluonbook.figures.plots import to_svg
from tests.browser.findings import violations
from tests.figures.test_frames import curves


@pytest.fixture
def figure(open_page, site):
    """Return a function that opens a section and returns its figure."""

    def open_figure(name, **options):
        page = open_page(f"{site}chapter_rnn/{name}.html", **options)
        found = page.locator(".gluonbook-frames")
        found.scroll_into_view_if_needed()
        return found

    return open_figure


def described(found):
    return json.loads(found.get_attribute("data-frames"))


def assert_shown(found, number):
    """Hold the figure to showing one frame, and to saying so."""
    frame = described(found)[number]
    groups = found.locator("[data-frame]").all()
    assert groups
    for group in groups:
        belongs = group.get_attribute("data-frame") == str(number)
        assert group.evaluate("g => getComputedStyle(g).display !== 'none'") == belongs
    expect(found.locator(".value")).to_have_text(frame["value"])
    expect(found.locator("svg")).to_have_attribute("aria-label", frame["alt"])
    said = f"{frame['value']}. {frame['alt']}"
    expect(found.locator("input")).to_have_attribute("aria-valuetext", said)


def test_the_picture_follows_the_keyboard_in_the_dark_and_on_a_phone(figure):
    found = figure("gru", color_scheme="dark", width=390)
    slider = found.get_by_role("slider", name="Gate z")
    number, height = int(slider.input_value()), found.evaluate("figure => figure.offsetHeight")
    last = len(described(found)) - 1
    for key, expected in (("ArrowRight", number + 1), ("End", last), ("Home", 0)):
        slider.press(key)
        assert_shown(found, expected)
    assert found.evaluate("figure => figure.offsetHeight") == height
    drawing = found.locator("svg")
    assert drawing.evaluate("svg => getComputedStyle(svg).filter").startswith("invert")
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not violations(found.page, ".gluonbook-frames")


@pytest.mark.weekly
def test_each_frame_looks_as_the_figure_does_alone(open_page, displayed):
    # The sharpest comparison: no page around it that could put it between two pixels.
    bare = "<!doctype html><style>figure, body { margin: 0 !important }</style>"
    page, other = open_page(), open_page()
    frames.show_frames(*curves(), "Power", first="2")
    page.set_content(bare + displayed[0]["text/html"])
    for number, key in enumerate(("Home", "ArrowRight", "ArrowRight")):
        page.get_by_role("slider").press(key)
        fig, made = curves()
        for place, (artists, _) in enumerate(made.values()):
            for artist in artists:
                artist.set_visible(place == number)
        shots = []
        for svg in (page.evaluate("document.querySelector('svg').outerHTML"), to_svg(fig, "Alone")):
            other.set_content(bare + svg[svg.index("<svg") :])
            shots.append(other.locator("svg").screenshot())
        assert shots[0] == shots[1], key


def test_a_cell_s_output_is_whole_by_itself(open_page, tmp_path, displayed):
    for label in ("Power", "Exponent"):
        frames.show_frames(*curves(), label)
    figures = "".join(output["text/html"] for output in displayed)
    path = tmp_path / "output.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{figures}")
    page = open_page(path.as_uri())
    page.get_by_label("Exponent").press("End")
    power, exponent = page.locator(".gluonbook-frames").all()
    assert_shown(power, 0)
    assert_shown(exponent, 2)
    # What takes arrow keys from JupyterLab's shortcuts has to stand at the slider itself.
    expect(power.get_by_role("slider")).to_have_attribute("data-lm-suppress-shortcuts", "")


def test_without_javascript_the_first_frame_and_a_sentence_stand_there(figure):
    found = figure("lstm", java_script_enabled=False)
    assert found.locator("svg").bounding_box()["height"] > 200
    expect(found.get_by_role("slider")).to_be_disabled()
    expect(found.locator(".no-script")).to_contain_text("still picture, for the value 0.")
    expect(found.locator(".no-script")).to_be_visible()
