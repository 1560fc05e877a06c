"""Every page in a browser: what it loads, how it looks, and who can use it."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.built_book import pages

SECTION = "chapter_rnn/rnn-gluon.html"
PHONE = 360  # CSS pixels: a narrow one

OPTIONS = {"preload": False, "resultTypes": ["violations"]}
ALL_BUT_CONTRAST = {**OPTIONS, "rules": {"color-contrast": {"enabled": False}}}
CONTRAST = {**OPTIONS, "runOnly": ["color-contrast"]}

# Axe measures the contrast of each text on its own, which takes long, and a page has some
# thousand texts in some ten looks. So one text of each look is marked, and measured.
MARK_ONE_TEXT_OF_EACH_LOOK = """() => {
    const looks = new Set();
    const background = (element) => element
        ? getComputedStyle(element).background + background(element.parentElement) : "";
    document.querySelectorAll("[data-look]").forEach((element) => delete element.dataset.look);
    document.querySelectorAll("body *").forEach((element) => {
        const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        if (!texts.some((text) => text.data.trim()) || !element.checkVisibility()) return;
        const { color, fontSize, fontWeight } = getComputedStyle(element);
        const look = [color, fontSize, fontWeight, background(element)].join();
        if (!looks.has(look)) element.dataset.look = looks.add(look).size;
    });
    return looks.size;
}"""


@pytest.fixture(scope="module")
def addresses(site):
    return [site + page.as_posix() for page in pages()]


def watch(page):
    """Return a list to which the page adds what goes wrong, and what it asks of another machine.

    Remarks in the console are the theme's own, and no fault.
    """
    seen = []

    def on_request(request):
        if not request.url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:")):
            seen.append(f"{page.url} asks for {request.url}")

    def on_message(message):
        if message.type in ("error", "warning"):
            seen.append(f"{page.url} says {message.text}")

    page.on("request", on_request)
    page.on("console", on_message)
    page.on("pageerror", lambda error: seen.append(f"{page.url} raises {error}"))
    return seen


def violations(page, options, context=None):
    found = Axe().run(page, context, options).response["violations"]
    return [
        f"{page.url}: {violation['help']}: {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]


def low_contrasts(page):
    assert page.evaluate(MARK_ONE_TEXT_OF_EACH_LOOK) > 5
    return violations(page, CONTRAST, "[data-look]")


def test_no_page_asks_another_machine_or_has_an_error_in_the_console(open_page, addresses):
    page = open_page()
    seen = watch(page)
    for address in addresses:
        page.goto(address, wait_until="networkidle" if address.endswith(SECTION) else "load")
    assert not seen


def test_axe_finds_nothing_in_light_and_dark(open_page, addresses):
    # While colours fade from light to dark, they are neither.
    page = open_page(color_scheme="light", reduced_motion="reduce")
    found = []
    for address in addresses:
        page.emulate_media(color_scheme="light")
        page.goto(address)
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        found += violations(page, ALL_BUT_CONTRAST) + low_contrasts(page)
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
        found += low_contrasts(page)
    assert not found


def test_nothing_is_wider_than_a_phone(open_page, addresses):
    page = open_page(width=PHONE)
    wide = []
    for address in addresses:
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE:
            wide.append(address)
    assert not wide


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


def test_every_column_of_a_table_is_in_sight_on_a_phone(open_page, addresses):
    page = open_page(width=PHONE)
    hidden, tables = [], 0
    for address in addresses:
        page.goto(address)
        found = page.evaluate(
            """() => [...document.querySelectorAll("article table")].map((table) => {
                const box = table.parentElement;
                return [box.scrollWidth > box.clientWidth, table.textContent.slice(0, 60)];
            })"""
        )
        tables += len(found)
        hidden += [f"{address}: {text}" for is_hidden, text in found if is_hidden]
    assert tables > 15
    assert not hidden


def test_axe_finds_nothing_on_a_phone(open_page, site):
    page = open_page(site + SECTION, width=PHONE)
    assert not violations(page, ALL_BUT_CONTRAST) + low_contrasts(page)


def test_the_first_tab_skips_to_the_text(open_page, site):
    page = open_page(site + SECTION, reduced_motion="reduce")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Skip to main content"
    assert page.locator("#pst-skip-link").bounding_box()["y"] >= 0
    focused.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"


def test_focus_is_seen(open_page, site):
    page = open_page(site + SECTION)
    page.keyboard.press("Tab")
    for _ in range(12):
        page.keyboard.press("Tab")
        style, width, name = page.evaluate(
            """() => { const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
                return [outlineStyle, outlineWidth, document.activeElement.outerHTML.slice(0, 99)] }"""
        )
        assert (style, width) == ("solid", "3px"), name


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_finds_a_word(open_page, book, site, scheme):
    root = site if scheme == "http" else book.as_uri() + "/"
    page = open_page()
    seen = watch(page)
    page.goto(root + "search.html?q=perplexity")
    # The results come one by one, so the first is no sign that this one is there.
    page.wait_for_selector(f"#search-results li a[href*='{SECTION}']")
    assert not seen


def test_a_word_is_searched_from_any_page(open_page, site):
    page = open_page(site + "licences.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("perplexity")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")


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


def test_paper_is_white(open_page, site):
    page = open_page(site + SECTION, color_scheme="dark")
    page.evaluate("addEventListener('beforeprint', () => { printed = getTheme() })")
    page.evaluate("getTheme = () => document.documentElement.dataset.theme")
    page.pdf()
    assert page.evaluate("printed") == "light"
    assert page.evaluate("getTheme()") == "dark"


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


def test_the_notebook_is_downloaded(open_page, book, site):
    page = open_page(site + SECTION)
    with page.expect_download() as download:
        page.get_by_role("link", name="Notebook", exact=True).click()
    source = (book / "_sources" / SECTION).with_suffix(".ipynb")
    assert Path(download.value.path()).read_bytes() == source.read_bytes()


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


@pytest.mark.parametrize("width", [1280, 1440])
def test_no_code_is_wider_than_its_place_on_a_desktop(open_page, addresses, width):
    page = open_page(width=width)
    wide = []
    for address in addresses:
        page.goto(address)
        wide += page.evaluate(
            """() => [...document.querySelectorAll(".cell_input pre")].filter((code) => {
                code.closest("details")?.setAttribute("open", "");
                return code.scrollWidth > code.clientWidth;
            }).map((code) => `${location.pathname}: ${code.textContent.slice(0, 60)}`)"""
        )
    assert not wide
