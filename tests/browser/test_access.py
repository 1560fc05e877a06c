"""What axe does not look for: focus that is seen, tables with headers, a reader's own settings."""

import pytest

from book.making.chromium import ARGUMENTS, find_chromium
from tests.built_book import pages

WITH_LIVE_FIGURES = ["index.html", "chapter_rnn/rnn-gluon.html", "chapter_rnn/generating-text.html"]

# Each control in turn; the Tab key pressed before makes the browser show where the focus is.
CONTROLS_WITHOUT_VISIBLE_FOCUS = """() => {
    const controls = "a[href], button, input, select, summary, textarea, [tabindex='0']";
    const shown = [...document.querySelectorAll(controls)].filter((control) =>
        control.checkVisibility({ visibilityProperty: true })
        && !control.matches(":disabled"));
    const wrong = shown.filter((control) => {
        control.focus({ preventScroll: true });
        const { outlineStyle, outlineWidth } = getComputedStyle(control);
        return document.activeElement !== control || outlineStyle !== "solid"
            || parseFloat(outlineWidth) < 2;
    });
    return [shown.length, wrong.map((control) => control.outerHTML.slice(0, 120))];
}"""

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
    const colours = new Set();
    const twice = shown.filter((control) => {
        document.activeElement.blur();
        const around = upwards(control.parentElement);
        const before = around.map(look);
        control.focus({ preventScroll: true });
        if (document.activeElement !== control) return false; // behind the dialog of the search
        const { outlineColor, outlineWidth, boxShadow } = getComputedStyle(control);
        colours.add(outlineColor + outlineWidth);
        return boxShadow !== "none" || around.map(look).join() !== before.join();
    });
    return [[...colours], twice.map((control) => control.outerHTML.slice(0, 120))];
}"""

# A column of a table is read out with its header, and a mouse is not the only way to a control.
POOR_MARKUP = """() => {
    const without = (elements, good) => [...document.querySelectorAll(elements)]
        .filter((element) => !good(element)).map((element) => element.outerHTML.slice(0, 120));
    const columns = (row) => row.querySelectorAll("th, td").length;
    const levels = [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")]
        .map((heading) => Number(heading.tagName[1]));
    return [
        ...without("article table", (table) => table.tHead?.querySelectorAll("th").length
            === columns(table.tBodies[0].rows[0])),
        ...without("[onclick], [role='button']", (control) => control.tabIndex === 0),
        ...without("[tabindex]", (element) => element.tabIndex <= 0),
        ...levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1)
            .map((level) => `a heading h${level} that skips a level`),
        ...["main", "h1"].filter((one) => document.querySelectorAll(one).length !== 1),
    ];
}"""


@pytest.fixture(scope="module")
def addresses(site):
    return [site + page.as_posix() for page in pages()]


def test_focus_is_seen_on_every_control_of_every_page(open_page, addresses):
    page = open_page(reduced_motion="reduce")
    unseen = []
    for address in addresses:
        page.goto(address)
        page.keyboard.press("Tab")
        number, wrong = page.evaluate(CONTROLS_WITHOUT_VISIBLE_FOCUS)
        assert number > 5, address
        unseen += [f"{address}: {control}" for control in wrong]
    assert not unseen


@pytest.mark.parametrize("name", ["search.html", *WITH_LIVE_FIGURES, "chapter_rnn/gru.html"])
def test_focus_is_shown_once_and_everywhere_alike(open_page, site, name):
    page = open_page(site + name, reduced_motion="reduce")
    page.keyboard.press("Tab")
    colours, twice = page.evaluate(RINGS)
    assert len(colours) == 1
    assert not twice


def test_focus_in_the_dialog_of_the_search_is_shown_once(open_page, site):
    page = open_page(site + "licences.html", reduced_motion="reduce")
    page.keyboard.press("Control+k")
    page.keyboard.press("Tab")
    colours, twice = page.evaluate(RINGS)
    assert len(colours) == 1
    assert not twice


def test_tables_headings_and_controls_are_marked_up(open_page, addresses):
    page = open_page()
    poor = []
    for address in addresses:
        page.goto(address)
        poor += [f"{address}: {element}" for element in page.evaluate(POOR_MARKUP)]
    assert not poor


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
