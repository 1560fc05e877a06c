"""What a page says and asks of other machines, whether it moves, and what axe finds in it."""

from axe_playwright_python.base import AXE_SCRIPT

from tests import LIMIT

WAITING = 60_000  # milliseconds for what is there at once, unless the machine has much else to do

# Axe measures the contrast of each text on its own, which takes long, and a page has some
# thousand texts in some ten looks. So one text of each look is marked, and measured.
MARKED_ONLY = 'axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] });'
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
# The rules that measure contrast: of texts, and of links in a text, which are underlined here.
CONTRASTS = ("color-contrast", "link-in-text-block")

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


def violations(page, **options):
    """Return a line for each element in which axe finds something; `options` are those of axe.run."""
    page.evaluate(AXE_SCRIPT)
    return findings_of_axe(page, options)


def low_contrasts(page, measured):
    """Return the same for the contrast of texts whose look is not among those `measured` before.

    The new looks are added to them.
    """
    looks = page.evaluate(MARK_ONE_TEXT_OF_EACH_NEW_LOOK, list(measured))
    assert len(looks) > 5
    if measured.issuperset(looks):
        return []
    measured.update(looks)
    page.evaluate(AXE_SCRIPT)
    page.evaluate(MARKED_ONLY)
    return findings_of_axe(page, {"runOnly": ["color-contrast"]})


def findings_of_axe(page, options):
    options = {"preload": False, "resultTypes": ["violations"], **options}
    found = page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{violation['help']}: {node['html'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
