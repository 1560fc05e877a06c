"""What may come late without moving the text, or not at all, and what is drawn at last."""

import pytest

from tests.browser.findings import FIRST_PAINT, movements


def test_letters_that_come_late_move_nothing(open_page, site):
    page, late = open_page(width=390), []
    page.route("**/*.woff2", lambda letters: late.append(letters))
    page.goto(site + "chapter_rnn/rnn.html", wait_until="commit")
    page.wait_for_function(FIRST_PAINT)
    page.route("**/*.woff2", lambda letters: letters.continue_())  # from now on
    for letters in late:
        letters.continue_()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert late and not movements(page)


@pytest.mark.parametrize("name", ["chapter_rnn/rnn", "index"])
def test_the_end_of_a_page_that_comes_late_moves_nothing(open_page, site, name):
    page = open_page(f"{site}{name}.html?late")
    page.wait_for_load_state("networkidle")
    assert not movements(page)


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
