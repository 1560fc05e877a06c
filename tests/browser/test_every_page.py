"""Pages from a disk, on a desktop, on a phone and on paper: what they load, and who can use them.

Each run opens one page of each kind; once a week, all pages are looked at.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.findings import be_patient, violations, watch
from tests.built_book import pages

ONE_OF_EACH_KIND = [
    "index.html",
    "chapter_rnn/rnn-gluon.html",  # with a model that writes
    "chapter_rnn/language-model-data.html",  # with pictures, formulas, and a table
    "chapter_rnn/solutions/looking-back.html",
    "teaching.html",
    "_modules/gluonbook/runs.html",
]
PARTS = 6  # of all pages: each takes a test some minutes
DESKTOPS, PHONE = (1280, 1440), 360  # CSS pixels; a narrow phone
SHEET = 680  # CSS pixels between the margins of A4, as a browser sets them

PICTURES_THAT_STAY_LIGHT = """() => [...document.querySelectorAll(".bd-article img")]
    .filter((picture) => !getComputedStyle(picture).filter.startsWith("invert"))
    .map((picture) => picture.outerHTML.slice(0, 120))"""

CUT_BY_THE_SHEET = """(width) => {
    const boxes = document.querySelectorAll(".bd-article :is(pre, table, img, figure, div.math)");
    return [...boxes].filter((box) => box.checkVisibility()
            && (box.getBoundingClientRect().right > width + 1 || box.scrollWidth > box.clientWidth + 1)
            && box.clientWidth)
        .map((box) => box.outerHTML.slice(0, 200));
}"""

TABLES_WITH_A_HIDDEN_COLUMN = """() => [...document.querySelectorAll("article table")]
    .filter(({ parentElement: box }) => box.scrollWidth > box.clientWidth)
    .map((table) => table.textContent.slice(0, 60))"""

PLOTS_TOO_SMALL_TO_READ = """() => [...document.querySelectorAll("figure > a > img")]
    .filter((plot) => plot.checkVisibility() && plot.clientWidth < Math.min(plot.getAttribute("width"), 480))
    .map((plot) => plot.alt.slice(0, 60))"""

WIDER_THAN_THEIR_PLACE = """() => [...document.querySelectorAll(".cell_input pre, section > div.math")]
    .filter((part) => {
        part.closest("details")?.setAttribute("open", "");
        return part.scrollWidth > part.clientWidth;
    }).map((part) => part.textContent.slice(0, 60))"""


@pytest.fixture(scope="module")
def faults(chromium, book):
    """Return a function that opens a page, and returns what is wrong with it."""
    page = chromium.new_page()
    be_patient(page)
    page.add_init_script("localStorage.clear(); sessionStorage.clear();")
    said = watch(page)

    def faults(name):
        said.clear()
        page.emulate_media(media="screen")
        resize(page, DESKTOPS[0])
        page.goto((book / name).as_uri())
        start_figures(page)
        found = [*on_a_desktop(page), *on_a_phone(page)]
        if name != "search.html" and not name.startswith("_modules"):
            found += on_paper(page)
        return found + said

    yield faults
    page.close()


def resize(page, width):
    page.set_viewport_size({"width": width, "height": 800})


def start_figures(page):
    for figure in page.locator(".gluonbook-figure").all():
        figure.scroll_into_view_if_needed()
    # A locator: a function would have to be evaluated again, which the pages' policy forbids.
    expect(page.locator(".gluonbook-figure:not([data-alive])")).to_have_count(0)


def in_light_and_dark(page):
    for scheme in ("light", "dark"):
        # While colours fade from light to dark, they are neither.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        yield from violations(page, only=None if scheme == "light" else "color-contrast")


def on_a_desktop(page):
    yield from in_light_and_dark(page)
    yield from page.evaluate(PICTURES_THAT_STAY_LIGHT)
    for width in DESKTOPS:
        resize(page, width)
        yield from page.evaluate(WIDER_THAN_THEIR_PLACE)


def on_a_phone(page):
    resize(page, PHONE)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > PHONE:
        yield f"is {width} wide"
    yield from in_light_and_dark(page)
    yield from page.evaluate(TABLES_WITH_A_HIDDEN_COLUMN)
    yield from page.evaluate(PLOTS_TOO_SMALL_TO_READ)


def on_paper(page):
    resize(page, SHEET)
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".bd-article h1").is_visible()
    if page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)":
        yield "is printed on a dark ground"
    if page.locator("details.hide pre").filter(visible=False).count():
        yield "prints folded code"
    if page.locator("nav, form, header").filter(visible=True).count():
        yield "prints what one can only click"
    yield from (f"is cut: {box}" for box in page.evaluate(CUT_BY_THE_SHEET, SHEET))


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_a_page_of_each_kind(name, faults):
    assert not faults(name)


@pytest.mark.weekly
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page(part, faults):
    names = [page.as_posix() for page in pages()]
    names.remove("_modules/index.html")  # Sphinx's own; axe finds that it nests its list wrongly
    found = {name: faults(name) for name in names[part::PARTS]}
    assert not {name: wrong for name, wrong in found.items() if wrong}
