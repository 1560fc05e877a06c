"""Pages opened in a browser: what they load, whether they hold still, and who can use them.

Each run opens one page of each kind; once a week, all pages are opened.
"""

import gzip

import pytest

from tests.browser.findings import be_patient, violations, watch
from tests.built_book import HTML, pages

ONE_OF_EACH_KIND = [
    "index.html",  # with a live model
    "chapter_rnn/language-model-data.html",  # with pictures, formulas, a table, and folded solutions
    "chapter_rnn/solutions/looking-back.html",
    "teaching.html",
    "_modules/gluonbook/runs.html",
]
PARTS = 6  # of all pages: each takes a test some minutes
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
    return [...looks.values()].filter((control) => {
        control.focus({ preventScroll: true });
        const { outlineStyle, outlineWidth } = getComputedStyle(control);
        return document.activeElement !== control || outlineStyle !== "solid"
            || parseFloat(outlineWidth) < 2;
    }).map((control) => control.outerHTML.slice(0, 120));
}"""

PICTURES_THAT_STAY_LIGHT = """() => [...document.querySelectorAll(".bd-article img")]
    .filter((picture) => !getComputedStyle(picture).filter.startsWith("invert"))
    .map((picture) => picture.outerHTML.slice(0, 120))"""

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

# Below an exercise a solution's code is indented, and scrolls; on its own page it fits.
CODE_WIDER_THAN_ITS_PLACE = """() => [...document.querySelectorAll(".cell_input pre:not(.solution *)")]
    .filter((code) => {
        code.closest("details")?.setAttribute("open", "");
        return code.scrollWidth > code.clientWidth;
    }).map((code) => code.textContent.slice(0, 60))"""


# The cumulative layout shift; up to 0.1 counts as good. It is 0 on nearly every page. Where a
# formula's font makes a line break elsewhere, some lines move once.
STILL = 0.05
LAYOUT_SHIFT = """() => new Promise((resolve) => {
    const shifts = [];
    const observer = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    // After the next frame is painted, whatever came before it has been told.
    requestAnimationFrame(() => setTimeout(() => {
        shifts.push(...observer.takeRecords());
        resolve(shifts.reduce((sum, { value }) => sum + value, 0));
    }));
})"""


@pytest.fixture(scope="module")
def faults(chromium, site):
    """Return a function that opens a page, and returns what is wrong with it."""
    page = chromium.new_page()
    be_patient(page)
    page.add_init_script("localStorage.clear(); sessionStorage.clear();")
    said, answers = watch(page), []
    page.on("response", lambda answer: answers.append(answer.url))

    def faults(name):
        said.clear()
        answers.clear()
        usual = {"media": "screen", "color_scheme": "light", "reduced_motion": "no-preference"}
        page.emulate_media(**usual)
        resize(page, DESKTOPS[0])
        page.goto(site + name, wait_until="networkidle")
        loaded = {url.removeprefix(site).partition("?")[0] for url in answers if site in url}
        is_text = name != "search.html" and not name.startswith("_modules")
        found = too_heavy(loaded) if is_text else []
        if (shift := page.evaluate(LAYOUT_SHIFT)) > STILL:
            found.append(f"moves by {shift}")
        found += on_a_desktop(page)
        found += on_a_phone(page)
        if is_text:
            found += on_paper(page)
        return found + said

    yield faults
    page.close()


def resize(page, width):
    page.set_viewport_size({"width": width, "height": 800})


def too_heavy(names):
    """Return the largest files, if all are larger together than a first view may be."""
    sizes = sorted((len(gzip.compress((HTML / name).read_bytes())), name) for name in names)
    return sizes[-4:] if sum(size for size, _ in sizes) > BUDGET else []


def on_a_desktop(page):
    # While colours fade from light to dark, they are neither.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    yield from violations(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    yield from violations(page, only="color-contrast")
    yield from page.evaluate(PICTURES_THAT_STAY_LIGHT)
    page.keyboard.press("Tab")
    yield from page.evaluate(CONTROLS_WITHOUT_VISIBLE_FOCUS)
    for width in DESKTOPS:
        resize(page, width)
        yield from page.evaluate(CODE_WIDER_THAN_ITS_PLACE)


def on_a_phone(page):
    resize(page, PHONE)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > PHONE:
        yield f"is {width} wide"
    yield from page.evaluate(TABLES_WITH_A_HIDDEN_COLUMN)


def on_paper(page):
    resize(page, SHEET)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".bd-article h1").is_visible()
    yield from page.evaluate(FURNITURE)
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
