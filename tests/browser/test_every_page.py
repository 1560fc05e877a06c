"""Every page, opened once: what it loads, whether it holds still, and who can use it."""

import gzip

import pytest

from tests.browser.findings import (
    be_patient,
    low_contrasts,
    movements,
    open_with_late_letters,
    violations,
    watch,
)
from tests.built_book import HTML, pages

DESKTOPS, PHONE = (1280, 1440), 360  # CSS pixels; a narrow phone
SHEET = 680  # CSS pixels between the margins of A4, as a browser sets them
BUDGET = 500_000  # bytes, compressed

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

CODE_WIDER_THAN_ITS_PLACE = """() => [...document.querySelectorAll(".cell_input pre")]
    .filter((code) => {
        code.closest("details")?.setAttribute("open", "");
        return code.scrollWidth > code.clientWidth;
    }).map((code) => code.textContent.slice(0, 60))"""


class Visit:
    """A tab that is sent from page to page, in a browser that knows nothing of the page before.

    Attributes
    ----------
    page : playwright.sync_api.Page
    is_code, is_search : bool
        Whether it is a page of the package's code, or the search: no text to read.
    loaded : dict
        The compressed size in bytes of each file that the page asked for, by its address.
    said : list of str
        What the page said, and what it asked of other machines.
    """

    def __init__(self, page, site):
        self.page, self.site = page, site
        self.said = watch(page)
        self.answers = []
        page.on("response", lambda answer: self.answers.append(answer))
        page.add_init_script("localStorage.clear(); sessionStorage.clear();")

    def go_to(self, name):
        self.is_code, self.is_search = name.parts[0] == "_modules", name.name == "search.html"
        self.said.clear()
        self.answers.clear()
        self.resize(DESKTOPS[0])
        usual = {"media": "screen", "color_scheme": "light", "reduced_motion": "no-preference"}
        self.page.emulate_media(**usual)
        open_with_late_letters(self.page, self.site + name.as_posix())
        self.loaded = {answer.url: size_of(answer) for answer in self.answers}

    def resize(self, width):
        self.page.set_viewport_size({"width": width, "height": 800})


SIZES = {}  # most pages load the same style sheet, scripts and letters


def size_of(answer):
    """Return the compressed size in bytes of what the server sent."""
    if answer.url not in SIZES:
        SIZES[answer.url] = len(gzip.compress(answer.body()))
    return SIZES[answer.url]


# --- What is looked at, in this order: what changes the page comes last ----------------------


def its_first_view_is_light(visit):
    if sum(visit.loaded.values()) > BUDGET and not visit.is_code:
        heaviest = sorted(visit.loaded.items(), key=lambda item: -item[1])
        yield f"loads {sum(visit.loaded.values())} bytes: {heaviest[:4]}"


def its_first_view_holds_still(visit):
    return movements(visit.page)


def its_tables_headings_and_controls_are_marked_up(visit):
    return visit.page.evaluate(POOR_MARKUP)


MEASURED = set()  # the looks of texts whose contrast axe has measured: most are on every page


def axe_finds_nothing_in_light_and_dark(visit):
    # While colours fade from light to dark, they are neither.
    visit.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert visit.page.evaluate("document.documentElement.dataset.theme") == "light"
    yield from violations(visit.page, measured=MEASURED)
    visit.page.emulate_media(color_scheme="dark")
    visit.page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    yield from low_contrasts(visit.page, MEASURED)


def nothing_is_wider_than_a_phone(visit):
    visit.resize(PHONE)
    if (width := visit.page.evaluate("document.documentElement.scrollWidth")) > PHONE:
        yield f"is {width} wide"


def every_column_of_its_tables_is_in_sight_on_a_phone(visit):
    visit.resize(PHONE)
    return visit.page.evaluate(TABLES_WITH_A_HIDDEN_COLUMN)


def its_paper_has_the_text_and_nothing_of_the_screen(visit):
    if visit.is_search:
        return
    visit.resize(SHEET)
    visit.page.emulate_media(media="print")
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visit.page.locator(".bd-article h1").is_visible()
    yield from visit.page.evaluate(FURNITURE)
    yield from (f"is cut: {box}" for box in visit.page.evaluate(WIDER_THAN_THE_SHEET, SHEET))
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
    visit.page.emulate_media(media="screen")


def focus_is_seen_on_every_control(visit):
    visit.resize(DESKTOPS[0])
    visit.page.keyboard.press("Tab")
    number, without_focus = visit.page.evaluate(CONTROLS_WITHOUT_VISIBLE_FOCUS)
    assert number > 5
    return without_focus


def no_code_is_wider_than_its_place_on_a_desktop(visit):
    for width in DESKTOPS:
        visit.resize(width)
        yield from visit.page.evaluate(CODE_WIDER_THAN_ITS_PLACE)


def it_asks_no_other_machine_and_says_nothing_in_the_console(visit):
    return visit.said


CHECKS = [
    its_first_view_is_light,
    its_first_view_holds_still,
    its_tables_headings_and_controls_are_marked_up,
    axe_finds_nothing_in_light_and_dark,
    nothing_is_wider_than_a_phone,
    every_column_of_its_tables_is_in_sight_on_a_phone,
    its_paper_has_the_text_and_nothing_of_the_screen,
    focus_is_seen_on_every_control,
    no_code_is_wider_than_its_place_on_a_desktop,
    it_asks_no_other_machine_and_says_nothing_in_the_console,
]


@pytest.fixture(scope="module")
def complaints(chromium, site):
    """Open each page once, and return what each check has to say against it."""
    found = {check: [] for check in CHECKS}
    page = chromium.new_page()
    be_patient(page)
    visit = Visit(page, site)
    for name in small_ones_first(pages()):
        visit.go_to(name)
        for check in CHECKS:
            found[check] += [f"{name}: {complaint}" for complaint in check(visit)]
    page.close()
    return found


def small_ones_first(names):
    """Return the pages in an order in which axe measures a look on a page where that is quick."""
    return sorted(names, key=lambda name: (HTML / name).stat().st_size)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_of_every_page(check, complaints):
    assert not complaints[check]


def test_there_are_tables_to_look_at(book):
    assert sum((book / name).read_text().count("<table") for name in pages()) > 15
