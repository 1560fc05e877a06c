"""What a page says and asks of other machines, whether it moves, and what axe finds in it."""

import contextlib
import threading
import time

from axe_playwright_python.base import AXE_SCRIPT

from tests import LIMIT

WAITING = 60_000  # milliseconds for what is there at once, unless the machine has much else to do

OPTIONS = {"preload": False, "resultTypes": ["violations"]}
CONTRAST = {**OPTIONS, "runOnly": ["color-contrast"]}

# Axe measures the contrast of each text on its own, which takes long, and a page has some
# thousand texts in some ten looks. So one text of each look is marked, and measured.
#
# A link in a text has to differ from it by its contrast, or else by its style. One that is
# underlined does. So only of the others the contrast is measured.
MARKED_ONLY = """
axe.configure({ rules: [
    { id: "color-contrast", selector: "[data-look]" },
    { id: "link-in-text-block", selector: "[data-plain]" },
] });
"""
MARK_PLAIN_LINKS = """() => document.querySelectorAll("a[href], [role=link]").forEach((link) => {
    const isUnderlined = (element) => getComputedStyle(element).textDecorationLine === "underline";
    let block = link.parentElement;
    while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    link.toggleAttribute("data-plain", !isUnderlined(link) || isUnderlined(block));
})"""
MARK_ONE_TEXT_OF_EACH_NEW_LOOK = """(known) => {
    const looks = new Set(), behind = new Map([[null, ""]]);
    const background = (element) => {
        if (!behind.has(element)) {
            const { background: own, backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
            const isSeen = backgroundColor !== "rgba(0, 0, 0, 0)" || backgroundImage !== "none";
            behind.set(element, [isSeen ? own : "", opacity < 1 ? opacity : ""].join("")
                + background(element.parentElement));
        }
        return behind.get(element);
    };
    document.querySelectorAll("[data-look]").forEach((element) => delete element.dataset.look);
    document.querySelectorAll("body *").forEach((element) => {
        const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        if (!texts.some((text) => text.data.trim()) || !element.checkVisibility()) return;
        const { color, fontSize, fontWeight } = getComputedStyle(element);
        const look = [color, fontSize, fontWeight, background(element)].join();
        if (!looks.has(look) && !known.includes(look)) element.dataset.look = looks.size;
        looks.add(look);
    });
    return [...looks];
}"""

# From a page that sends this header, the site's server keeps the fonts back while it is told so.
LATE_LETTERS = {"letters": "late"}
LETTERS_MAY_COME = threading.Event()
LETTERS_MAY_COME.set()

# To a page that sends this header the server sends the list of its parts, at its side, and what
# is below the text when it is told so.
LATE_END = {"end": "late"}
END_MAY_COME = threading.Event()
END_MAY_COME.set()
END_OF_PAGE = b'<dialog id="pst-secondary-sidebar-modal"'

LETTERS_AND_TWO_FRAMES = """async () => {
    await document.fonts.ready;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""

FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint').length"

# The cumulative layout shift; up to 0.1 counts as good. It is 0 on nearly every page. Where a
# formula's font makes a line break elsewhere, some lines move once.
STILL = 0.05
LAYOUT_SHIFTS = """() => new Promise((resolve) => {
    const shifts = [];
    const observer = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    // After the next frame is painted, whatever came before it has been told.
    requestAnimationFrame(() => setTimeout(() => {
        shifts.push(...observer.takeRecords());
        resolve(shifts.map((shift) => [
            shift.value, ...shift.sources.map((source) => source.node?.textContent?.slice(0, 60)),
        ]));
    }));
})"""


def be_patient(page):
    """Let a page come slowly: the machine may have much else to do."""
    page.set_default_timeout(WAITING)
    page.set_default_navigation_timeout(1000 * LIMIT)


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


def movements(page):
    """Return what has moved since the page was painted and how far, if that is too far."""
    shifts = page.evaluate(LAYOUT_SHIFTS)
    return shifts if sum(shift[0] for shift in shifts) > STILL else []


def open_with_late_letters(page, address):
    """Go to an address where the fonts come after the page is painted; return how many came."""
    with settling(page) as awaited:
        page.set_extra_http_headers(LATE_LETTERS)
        LETTERS_MAY_COME.clear()
        try:
            # Later scripts come, for which a browser has no connection left while it awaits six fonts.
            page.goto(address, wait_until="commit")
            page.wait_for_function(FIRST_PAINT)
            late = [request for request in awaited if request.url.endswith(".woff2")]
        finally:
            LETTERS_MAY_COME.set()
    return len(late)


def open_with_late_end(page, address):
    """Go to an address where the end of the page comes after its beginning is painted."""
    with settling(page):
        page.set_extra_http_headers(LATE_END)
        END_MAY_COME.clear()
        try:
            page.goto(address, wait_until="commit")
            page.wait_for_function(FIRST_PAINT)
        finally:
            END_MAY_COME.set()


@contextlib.contextmanager
def settling(page):
    """Let the page be opened, and wait until everything is there that it asks for.

    What is awaited, at any moment, is in the set that this returns.
    """
    awaited = set()

    def add(request):
        awaited.add(request)

    def discard(request):
        awaited.discard(request)

    handlers = {"request": add, "requestfinished": discard, "requestfailed": discard}
    for event, handler in handlers.items():
        page.on(event, handler)
    yield awaited
    end = time.monotonic() + LIMIT
    page.wait_for_load_state("load")
    for _ in range(2):  # once it is shown, it may ask for more
        page.evaluate(LETTERS_AND_TWO_FRAMES)
        while awaited:
            assert time.monotonic() < end, f"not answered: {[request.url for request in awaited]}"
            page.wait_for_timeout(10)
    for event, handler in handlers.items():
        page.remove_listener(event, handler)


def violations(page, options=OPTIONS, measured=None):
    """Return a line for each element in which axe finds something.

    The contrast of a look in the set `measured` is not measured again; others are added to it.
    """
    mark_new_looks(page, measured)
    return findings_of_axe(page, options)


def low_contrasts(page, measured=None):
    """Return a line for each look of a text that is hard to tell from what is behind it."""
    return findings_of_axe(page, CONTRAST) if mark_new_looks(page, measured) else []


def mark_new_looks(page, measured=None):
    """Mark one text of each look that is not in a set, add the looks to it, and return them."""
    measured = set() if measured is None else measured
    looks = page.evaluate(MARK_ONE_TEXT_OF_EACH_NEW_LOOK, list(measured))
    assert len(looks) > 5
    new = set(looks) - measured
    measured.update(looks)
    return new


def findings_of_axe(page, options):
    page.evaluate(MARK_PLAIN_LINKS)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT + MARKED_ONLY)
    found = page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{violation['help']}: {node['html'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
