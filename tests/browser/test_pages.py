"""Single pages in a browser: who can use them, and where."""

from playwright.sync_api import expect

from tests.browser.findings import violations, watch

SECTION = "chapter_rnn/rnn-gluon.html"


def test_what_is_wider_than_a_phone_scrolls_inside_itself_and_by_keyboard(open_page, site):
    page = open_page(site + SECTION, width=360)
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
    assert not violations(page)


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


def test_the_pages_work_from_a_disk(open_page, book):
    page = open_page()
    seen = watch(page)
    page.goto((book / "index.html").as_uri())
    figure = page.locator(".gluonbook-writer")
    figure.scroll_into_view_if_needed()
    figure.get_by_role("button", name="Next", exact=True).click()
    expect(figure.get_by_role("status")).to_contain_text("Wrote")
    page.get_by_role("navigation", name="Main").get_by_role("link").first.click()
    page.wait_for_url("**/chapter_rnn/index.html")
    page.wait_for_function(
        """() => [...document.fonts].some(
            ({ display, family, status }) =>
                family.includes("Source Serif 4") && display === "swap" && status === "loaded")"""
    )
    assert not seen


def test_everything_is_readable_without_javascript(open_page, site):
    page = open_page(site + SECTION, java_script_enabled=False)
    for selector in (".katex-html", "div.math .tag", ".cell_input pre", ".cell_output pre", "h1"):
        assert page.locator(f".bd-article {selector}").first.is_visible(), selector
    formula = page.locator("div.math .katex-html").first.bounding_box()
    assert formula["width"] > 50 and formula["height"] > 15
    for picture in page.locator(".bd-article img:not(.solution *)").all():
        assert picture.bounding_box()["height"] > 50
    figure = page.locator(".gluonbook-writer")
    expect(figure.locator(".no-script")).to_contain_text("With JavaScript, it runs here")
    assert len(figure.locator(".text").text_content()) > 100
    assert not figure.locator("form, .panels").filter(visible=True).count()
    page.get_by_role("link", name="Next").click()
    assert page.url != site + SECTION
