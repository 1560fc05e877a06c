"""What the first view of a page costs, whether it holds still, and what it may run."""

import pytest

from tests.browser.findings import (
    FIRST_PAINT,
    LAYOUT_SHIFTS,
    STILL,
    movements,
    open_with_late_end,
    open_with_late_letters,
)

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
IS_LOADED = "picture => picture.complete && picture.naturalHeight > 0"


@pytest.mark.parametrize("width", [1280, 390])
def test_letters_that_come_late_move_nothing(open_page, site, width):
    page = open_page(width=width)
    assert open_with_late_letters(page, site + "chapter_rnn/rnn.html")
    assert not movements(page)


@pytest.mark.parametrize("name", ["chapter_rnn/rnn", "chapter_rnn/index", "index"])
def test_the_end_of_a_page_that_comes_late_moves_nothing(open_page, site, name):
    page = open_page()
    open_with_late_end(page, f"{site}{name}.html")
    assert not movements(page)


def test_a_picture_that_comes_late_moves_nothing(open_page, site):
    # A picture is asked for when the reader comes near it. Here it comes after the reader.
    page = open_page()
    page.goto(site + "chapter_rnn/rnn.html", wait_until="networkidle")
    before = page.evaluate(LAYOUT_SHIFTS)  # by letters, on a busy machine
    page.route("**/_images/*", lambda route: (page.evaluate(TWO_FRAMES), route.continue_()))
    pictures = page.locator(".bd-article img").all()
    late = [picture for picture in pictures if not picture.evaluate(IS_LOADED)]
    assert late
    for picture in late:
        picture.evaluate("picture => picture.scrollIntoView({ behavior: 'instant' })")
        picture.wait_for()
        page.wait_for_function(IS_LOADED, arg=picture.element_handle())
    shifts = page.evaluate(LAYOUT_SHIFTS)[len(before) :]
    assert sum(shift[0] for shift in shifts) < STILL, shifts


def test_the_text_is_there_before_any_script(open_page, site):
    page = open_page()
    page.route("**/*.js*", lambda route: None)  # no answer, ever
    page.route("**/appearance.js*", lambda route: route.continue_())
    page.goto(site + "chapter_rnn/rnn.html", wait_until="commit")
    page.locator("#Exercises, #exercises").first.wait_for(state="visible")
    page.wait_for_function(FIRST_PAINT)
    assert page.evaluate("document.readyState") == "interactive"


def test_every_icon_is_drawn(open_page, site):
    page = open_page(site + "chapter_rnn/rnn.html")
    icons = page.evaluate(
        """() => [...document.querySelectorAll(".fa-solid")].map((icon) => {
            const { maskImage, width } = getComputedStyle(icon, "::before");
            return [icon.className, maskImage, parseFloat(width)];
        })"""
    )
    assert len(icons) > 10
    for name, mask, width in icons:
        assert mask.startswith('url("data:image/svg+xml') and not width < 8, name
