"""Pages in a browser: how they look, where they lead, and who can use them."""

import pytest

from tests.browser.findings import violations, watch

SECTION = "chapter_rnn/rnn-gluon.html"
PHONE = 360  # CSS pixels: a narrow one


def test_what_is_wider_than_a_phone_scrolls_inside_itself_and_by_keyboard(open_page, site):
    page = open_page(site + SECTION, width=PHONE)
    boxes = ".bd-article :is(pre, div.math, p:has(> img), .pst-scrollable-table-container)"
    page.wait_for_load_state("load")
    unreachable = page.evaluate(
        """(boxes) => [...document.querySelectorAll(boxes)]
            .filter((box) => box.scrollWidth > box.clientWidth && box.tabIndex !== 0)
            .map((box) => box.outerHTML.slice(0, 200))""",
        boxes,
    )
    assert not unreachable
    wide = page.locator(".bd-article div.cell_input pre[tabindex='0']").first
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")


def test_a_wide_formula_keeps_its_number_on_a_phone(open_page, site):
    page = open_page(site + "chapter_rnn/bptt.html", width=390)
    out_of_sight = page.evaluate(
        """() => [...document.querySelectorAll("div.math:has(.tag)")].map((box) => {
            const seen = [0, box.scrollWidth].map((place) => {
                box.scrollLeft = place;
                const { left, right } = box.querySelector(".tag").getBoundingClientRect();
                const edges = box.getBoundingClientRect();
                return left >= edges.left && right <= edges.right + 1;
            });
            return [box.scrollWidth > box.clientWidth, seen.every(Boolean)];
        })"""
    )
    wide = [seen for is_wide, seen in out_of_sight if is_wide]
    assert len(wide) > 2 and all(seen for _, seen in out_of_sight)


def test_axe_finds_nothing_on_a_phone(open_page, site):
    page = open_page(site + SECTION, width=PHONE)
    assert not violations(page)


def test_the_pages_work_from_a_disk(open_page, book):
    page = open_page()
    seen = watch(page)
    page.goto((book / "index.html").as_uri())
    page.get_by_role("navigation", name="Main").get_by_role("link").first.click()
    page.wait_for_url("**/chapter_rnn/index.html")
    page.wait_for_function(
        """() => [...document.fonts].some(
            (font) => font.family.includes("Source Serif 4") && font.status === "loaded")"""
    )
    font = page.evaluate("getComputedStyle(document.querySelector('.bd-article p')).fontFamily")
    assert font.startswith('"Source Serif 4 from disk"')
    assert not seen


def test_everything_is_readable_without_javascript(open_page, site):
    page = open_page(site + SECTION, java_script_enabled=False)
    for selector in (".katex-html", "div.math .tag", ".cell_input pre", ".cell_output pre", "h1"):
        assert page.locator(f".bd-article {selector}").first.is_visible(), selector
    formula = page.locator("div.math .katex-html").first.bounding_box()
    assert formula["width"] > 50 and formula["height"] > 15
    for picture in page.locator(".bd-article img").all():
        assert picture.bounding_box()["height"] > 50
    page.get_by_role("link", name="Next").click()
    assert page.url != site + SECTION


def test_figures_are_turned_dark(open_page, site):
    page = open_page(site + SECTION, color_scheme="dark")
    filters = page.eval_on_selector_all(
        ".bd-article img", "pictures => pictures.map(p => getComputedStyle(p).filter)"
    )
    assert filters and all("invert" in applied for applied in filters)


def test_nothing_moves_for_who_does_not_want_it(open_page, site):
    page = open_page(site + SECTION, reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((element) => {
            const style = getComputedStyle(element);
            return style.transitionDuration !== "0s" || style.animationName !== "none"
                || style.scrollBehavior !== "auto";
        }).map((element) => element.outerHTML.slice(0, 99))"""
    )
    assert not moving


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_landing_page_says_on_one_screen_what_the_reader_builds(open_page, site, width, height):
    page = open_page(site, viewport={"width": width, "height": height})
    seen = ["h1", ".promise > p", ".writing pre", "a.start"]
    for selector in [*seen, ".chapter-map"] if width > 1000 else seen:
        box = page.locator(selector).first.bounding_box()
        assert box["y"] + box["height"] <= height, selector


def test_lines_have_a_length_for_reading(open_page, site):
    page = open_page(site + "chapter_rnn/rnn.html", width=1440)
    characters = page.evaluate(
        """() => {
            const paragraphs = [...document.querySelectorAll(".bd-article section > p")];
            const text = paragraphs.find((p) => p.textContent.length > 400);
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.font = getComputedStyle(text).font;
            const words = text.textContent.replaceAll(/\\s+/g, " ");
            return text.clientWidth / (canvas.measureText(words).width / words.length);
        }"""
    )
    assert 65 <= characters <= 75


@pytest.mark.parametrize("width", [1280, 1440])
def test_code_has_letters_of_a_good_size_beside_the_text(open_page, site, width):
    page = open_page(site + SECTION, width=width)
    page.wait_for_load_state("networkidle")
    text, *code = page.evaluate(
        """() => [".bd-article section > p:not(.byline)", ".cell_input pre", ".cell_output pre"].map(
            (kind) => parseFloat(getComputedStyle(document.querySelector(kind)).fontSize))"""
    )
    assert round(text) == 19 and all(14 <= size <= 15 for size in code)
    faces = page.evaluate(
        "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    )
    assert any("Iosevka" in face for face in faces)
