"""What a page says and asks of other machines, whether it moves, and what axe finds in it."""

from axe_playwright_python.base import AXE_SCRIPT

from tests import LIMIT

WAITING = 60_000  # milliseconds for what is there at once, unless the machine has much else to do

# Axe measures the contrast of each text on its own, which takes long, and a page has some
# thousand texts in some ten looks. So one text of each look is marked, and measured.
MARKED_ONLY = 'axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] });'
# A look is what contrast depends on: the colour, whether the letters are large, what is behind.
MARK_ONE_TEXT_OF_EACH_NEW_LOOK = """(known) => {
    const looks = new Set(), places = new Map([[null, ["", 1]]]);
    const place = (element) => {
        if (!places.has(element)) {
            const [behind, faded] = place(element.parentElement);
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
            const isOpaque = !backgroundColor.startsWith("rgba");
            const own = backgroundColor === "rgba(0, 0, 0, 0)" ? "" : backgroundColor;
            const image = backgroundImage === "none" ? "" : backgroundImage;
            places.set(element, [image + own + (isOpaque ? "" : behind), faded * opacity]);
        }
        return places.get(element);
    };
    document.querySelectorAll("[data-look]").forEach((element) => delete element.dataset.look);
    document.querySelectorAll("body *").forEach((element) => {
        const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        if (!texts.some((text) => text.data.trim()) || !element.checkVisibility()) return;
        const { color, fontSize, fontWeight } = getComputedStyle(element);
        const isLarge = parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
        const asSmall = [color, ...place(element)].join();
        // What is legible in small letters is legible in large ones.
        const look = isLarge && !known.includes(asSmall) ? `large ${asSmall}` : asSmall;
        if (!looks.has(look) && !known.includes(look)) element.dataset.look = looks.size;
        looks.add(look);
    });
    return [...looks];
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


def violations(page, part="html"):
    """Return a line for each element of a part of the page in which axe finds something."""
    page.evaluate(AXE_SCRIPT)
    return findings_of_axe(page, {}, part)


def violations_in_new_looks(page, measured, *, and_all_else):
    """Return the same, but of the contrast only that of texts whose look was not `measured` before.

    The new looks are added to these. Axe looks for all else only if asked.
    """
    looks = page.evaluate(MARK_ONE_TEXT_OF_EACH_NEW_LOOK, list(measured))
    assert len(looks) > 3
    if not and_all_else and measured.issuperset(looks):
        return []
    page.evaluate(AXE_SCRIPT)
    page.evaluate(MARKED_ONLY)
    found = findings_of_axe(page, {} if and_all_else else {"runOnly": ["color-contrast"]})
    measured.update(looks)
    return found


def findings_of_axe(page, options, part="html"):
    # Links in a text are underlined, so that their contrast to the words around does not count.
    rules = {"link-in-text-block": {"enabled": False}}
    usual = {"preload": False, "resultTypes": ["violations"], "rules": rules}
    found = page.evaluate("([part, options]) => axe.run(part, options)", [part, usual | options])
    return [
        f"{violation['help']}: {node['html'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
