"""Every page, opened once: what it loads, whether it holds still, and who can use it.

The listings of the package's code are all made alike, so only the longest is opened. What axe
looks for beside contrast depends on the kind of page, so it looks at one of each kind, and at the
others once a week.
"""

import functools
import gzip
from pathlib import Path

import pytest

from tests.browser.findings import (
    be_patient,
    movements,
    violations,
    violations_in_new_looks,
    watch,
)
from tests.built_book import HTML, pages

# With a live model, a slider, numbered formulas, folded code and solutions; tables; an index; forms.
OF_EACH_KIND = [
    "index.html",
    "chapter_rnn/index.html",
    "chapter_rnn/language-model.html",
    "chapter_rnn/rnn-gluon.html",
    "chapter_rnn/gru.html",
    "chapter_rnn/glossary.html",
    "chapter_rnn/solutions/rnn.html",
    "gluonbook.html",
    "how-to-run.html",
    "search.html",
]
LISTINGS = "_modules"
DESKTOPS, PHONE = (1280, 1440), 360  # CSS pixels; a narrow phone
SHEET = 680  # CSS pixels between the margins of A4, as a browser sets them
BUDGET = 500_000  # bytes, compressed

# One control of each look in turn; the Tab key pressed before makes the browser show where the focus
# is. Where the focus moves, the browser has to style the page again.
CONTROLS_WITHOUT_VISIBLE_FOCUS = """() => {
    const controls = "a[href], button, input, select, summary, textarea, [tabindex='0']";
    const looks = new Map();
    for (const control of document.querySelectorAll(controls)) {
        const isShown = control.checkVisibility({ visibilityProperty: true });
        const { parentElement: { tagName, className } } = control;
        const look = [control.tagName, control.className, control.type, tagName, className].join();
        if (isShown && !control.matches(":disabled")) looks.set(look, control);
    }
    const wrong = [...looks.values()].filter((control) => {
        control.focus({ preventScroll: true });
        const { outlineStyle, outlineWidth } = getComputedStyle(control);
        return document.activeElement !== control || outlineStyle !== "solid"
            || parseFloat(outlineWidth) < 2;
    });
    return [looks.size, wrong.map((control) => control.outerHTML.slice(0, 120))];
}"""

# What one sees that is no text: controls, and whatever stands outside the article.
FURNITURE = """() => {
    const seen = (element) => element.checkVisibility({ visibilityProperty: true });
    const controls = "button:not(.bars button), input, select, textarea, form, nav, summary";
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [...document.querySelectorAll(controls)].filter(seen);
    while (texts.nextNode()) {
        const { data, parentElement } = texts.currentNode;
        const outside = !parentElement.closest(".bd-article, script, style, noscript, template");
        if (data.trim() && outside && seen(parentElement)) found.push(parentElement);
    }
    return found.map((element) => element.outerHTML.slice(0, 120));
}"""

WIDER_THAN_THE_SHEET = """(width) => {
    const boxes = document.querySelectorAll(".bd-article :is(pre, table, img, figure, div.math)");
    return [...boxes].filter((box) => box.checkVisibility()
            && (box.getBoundingClientRect().right > width + 1 || box.scrollWidth > box.clientWidth + 1)
            && box.clientWidth)
        .map((box) => box.outerHTML.slice(0, 200));
}"""

TABLES_WITH_A_HIDDEN_COLUMN = """() => [...document.querySelectorAll("article table")]
    .filter(({ parentElement: box }) => box.scrollWidth > box.clientWidth)
    .map((table) => table.textContent.slice(0, 60))"""

# Below an exercise a solution's code is indented, and scrolls; on its own page it fits.
CODE_WIDER_THAN_ITS_PLACE = """() => [...document.querySelectorAll(".cell_input pre:not(.solution *)")]
    .filter((code) => {
        code.closest("details")?.setAttribute("open", "");
        return code.scrollWidth > code.clientWidth;
    }).map((code) => code.textContent.slice(0, 60))"""


class Visit:
    """A tab that is sent from page to page, in a browser that knows nothing of the page before.

    It keeps the answers to what the page asked for, and what the page said.
    """

    def __init__(self, page, site):
        self.page, self.site = page, site
        self.said = watch(page)
        self.answers = []
        page.on("response", lambda answer: self.answers.append(answer))
        page.add_init_script("localStorage.clear(); sessionStorage.clear();")

    def go_to(self, name):
        self.said.clear()
        self.answers.clear()
        self.resize(DESKTOPS[0])
        usual = {"media": "screen", "color_scheme": "light", "reduced_motion": "no-preference"}
        self.page.emulate_media(**usual)
        self.page.goto(f"{self.site}{name}", wait_until="networkidle")
        self.is_text = name.name != "search.html" and name.parts[0] != LISTINGS
        self.is_one_of_its_kind = name.as_posix() in OF_EACH_KIND or is_listing(name)

    def resize(self, width):
        self.page.set_viewport_size({"width": width, "height": 800})


@functools.cache
def size_of(file):
    """Return the size in bytes of a file, compressed as servers do it."""
    return len(gzip.compress(file.read_bytes()))


# --- What is looked at, in this order: each new width takes the browser long -----------------


def its_first_view_is_light(visit):
    addresses = [answer.url for answer in visit.answers if answer.url.startswith(visit.site)]
    loaded = {address.removeprefix(visit.site).partition("?")[0] for address in addresses}
    sizes = sorted((size_of(HTML / name), name) for name in loaded)
    if visit.is_text and (total := sum(size for size, _ in sizes)) > BUDGET:
        yield f"loads {total} bytes: {sizes[-4:]}"


def its_first_view_holds_still(visit):
    return movements(visit.page)


MEASURED = set()  # the looks of texts whose contrast axe has measured: most are on every page


def axe_finds_nothing_in_light_and_dark(visit):
    # While colours fade from light to dark, they are neither.
    visit.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert visit.page.evaluate("document.documentElement.dataset.theme") == "light"
    yield from violations_in_new_looks(visit.page, MEASURED, and_all_else=visit.is_one_of_its_kind)
    visit.page.emulate_media(color_scheme="dark")
    visit.page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    yield from violations_in_new_looks(visit.page, MEASURED, and_all_else=False)


def focus_is_seen_on_every_kind_of_control(visit):
    visit.page.keyboard.press("Tab")
    number, without_focus = visit.page.evaluate(CONTROLS_WITHOUT_VISIBLE_FOCUS)
    assert number > 5
    return without_focus


def no_code_is_wider_than_its_place_on_a_desktop(visit):
    for width in DESKTOPS:
        visit.resize(width)
        yield from visit.page.evaluate(CODE_WIDER_THAN_ITS_PLACE)


def nothing_is_wider_than_a_phone(visit):
    visit.resize(PHONE)
    if (width := visit.page.evaluate("document.documentElement.scrollWidth")) > PHONE:
        yield f"is {width} wide"


def every_column_of_its_tables_is_in_sight_on_a_phone(visit):
    visit.resize(PHONE)
    return visit.page.evaluate(TABLES_WITH_A_HIDDEN_COLUMN)


def its_paper_has_the_text_and_nothing_of_the_screen(visit):
    if not visit.is_text:
        return
    visit.resize(SHEET)
    visit.page.emulate_media(media="print")
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visit.page.locator(".bd-article h1").is_visible()
    yield from visit.page.evaluate(FURNITURE)
    yield from (f"is cut: {box}" for box in visit.page.evaluate(WIDER_THAN_THE_SHEET, SHEET))
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
    visit.page.emulate_media(media="screen")


def it_asks_no_other_machine_and_says_nothing_in_the_console(visit):
    return visit.said


CHECKS = [
    its_first_view_is_light,
    its_first_view_holds_still,
    axe_finds_nothing_in_light_and_dark,
    focus_is_seen_on_every_kind_of_control,
    no_code_is_wider_than_its_place_on_a_desktop,
    nothing_is_wider_than_a_phone,
    every_column_of_its_tables_is_in_sight_on_a_phone,
    its_paper_has_the_text_and_nothing_of_the_screen,
    it_asks_no_other_machine_and_says_nothing_in_the_console,
]


@pytest.fixture(scope="module")
def visit(chromium, site):
    """Return a tab to open pages in."""
    page = chromium.new_page()
    be_patient(page)
    yield Visit(page, site)
    page.close()


@pytest.fixture(scope="module")
def complaints(visit):
    """Open each page once, and return what each check has to say against it."""
    found = {check: [] for check in CHECKS}
    for name in pages_to_open():
        visit.go_to(name)
        for check in CHECKS:
            found[check] += [f"{name}: {complaint}" for complaint in check(visit)]
    return found


def pages_to_open():
    """Return all pages but the shorter listings, small ones first: there axe measures a look fast."""
    names = sorted(pages(), key=lambda name: (HTML / name).stat().st_size)
    assert {Path(name) for name in OF_EACH_KIND} <= set(names)
    listings = [name for name in names if is_listing(name)]
    return [name for name in names if name not in listings[:-1]]


def is_listing(name):
    """Tell a listing of code from other pages, such as Sphinx's index of them."""
    return name.parts[0] == LISTINGS and name.stem != "index"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_of_every_page(check, complaints):
    assert not complaints[check]


@pytest.mark.weekly
def test_axe_finds_nothing_on_any_page(visit):
    for name in pages_to_open():
        if name.parts[0] != LISTINGS:
            visit.go_to(name)
            assert not violations(visit.page), name
