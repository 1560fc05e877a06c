"""A reader's own settings: large letters, and colours."""

import pytest

from book.making.chromium import ARGUMENTS, find_chromium
from tests.browser.findings import be_patient

WITH_LIVE_FIGURES = ["index.html", "chapter_rnn/rnn-gluon.html", "chapter_rnn/generating-text.html"]

# What tells where the focus is: the outline of the control, and nothing around it that changes.
RINGS = """() => {
    const look = (element) => {
        const { boxShadow, outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
        return [boxShadow, outlineStyle === "none" ? "" : outlineWidth + outlineColor].join();
    };
    const upwards = (element) => element ? [element, ...upwards(element.parentElement)] : [];
    const controls = "a[href], button, input, select, summary, textarea, [tabindex='0']";
    const shown = [...document.querySelectorAll(controls)].filter((control) =>
        control.checkVisibility({ visibilityProperty: true }) && !control.matches(":disabled"));
    const rings = new Set();
    const twice = shown.filter((control) => {
        document.activeElement.blur();
        const around = upwards(control.parentElement);
        const before = around.map(look);
        control.focus({ preventScroll: true });
        if (document.activeElement !== control) return false; // behind the dialog of the search
        const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(control);
        rings.add([outlineStyle, outlineWidth, outlineColor].join(" "));
        return boxShadow !== "none" || around.map(look).join() !== before.join();
    });
    return [[...rings], twice.map((control) => control.outerHTML.slice(0, 120))];
}"""


@pytest.mark.parametrize("name", ["search.html", *WITH_LIVE_FIGURES, "chapter_rnn/gru.html"])
def test_focus_is_shown_once_and_everywhere_alike(open_page, site, name):
    page = open_page(site + name, reduced_motion="reduce")
    page.keyboard.press("Tab")
    rings, twice = page.evaluate(RINGS)
    assert len(rings) == 1 and rings[0].startswith("solid 3px ")
    assert not twice


@pytest.fixture(scope="module")
def with_large_letters(chromium):
    """Start a browser whose reader has set letters of twice the usual size."""
    arguments = [*ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    browser = chromium.browser_type.launch(executable_path=find_chromium(), args=arguments)
    yield browser
    browser.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", WITH_LIVE_FIGURES)
def test_letters_of_twice_the_size_fit(with_large_letters, site, name, width):
    page = with_large_letters.new_page(viewport={"width": width, "height": 800})
    be_patient(page)
    page.goto(site + name)
    letters, text, page_width = page.evaluate(
        """() => {
            const text = document.querySelector(".bd-article p:not(.byline)");
            const { fontSize } = getComputedStyle(text);
            return [parseFloat(fontSize), text.clientWidth, document.documentElement.scrollWidth];
        }"""
    )
    assert letters > 32 and text > 7 * letters and page_width <= width
    beyond = page.locator(".gluonbook-writer").evaluate(
        """(figure) => [...figure.querySelectorAll("*")]
            .filter((part) => part.checkVisibility())
            .filter((part) => part.getBoundingClientRect().right
                > figure.getBoundingClientRect().right + 1)
            .map((part) => part.outerHTML.slice(0, 120))"""
    )
    page.close()
    assert not beyond


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_buttons_and_bars_are_seen_in_a_reader_s_own_colours(open_page, site, scheme):
    page = open_page(site, forced_colors="active", color_scheme=scheme)
    paper, *colours = page.evaluate(
        """() => {
            const style = (element) => getComputedStyle(document.querySelector(element));
            const edge = (element) => style(element).borderTopStyle === "solid"
                ? style(element).borderTopColor : null;
            return [
                style("body").backgroundColor,
                edge("a.start"),
                edge(".gluonbook-writer button"),
                style(".gluonbook-writer .bars rect").fill,
            ];
        }"""
    )
    assert not {paper, "rgba(0, 0, 0, 0)", None} & set(colours)
