"""A reader's own settings: large letters, and colours."""

import pytest

from book.making.chromium import launch
from tests.browser.findings import be_patient


@pytest.mark.weekly
def test_letters_of_twice_the_size_fit(chromium, site):
    width, browser = 390, launch(chromium.browser_type, "--blink-settings=defaultFontSize=32")
    page = browser.new_page(viewport={"width": width, "height": 800})
    be_patient(page)
    page.goto(site + "chapter_rnn/generating-text.html")
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
    browser.close()
    assert not beyond


def test_buttons_and_bars_are_seen_in_a_reader_s_own_colours(open_page, site):
    page = open_page(site, forced_colors="active", color_scheme="dark")
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
