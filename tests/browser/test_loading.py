"""What the first view of a page costs, whether it holds still, and what it may run."""

import gzip

import pytest

from tests.built_book import pages

BUDGET = 500_000  # bytes, compressed

# The cumulative layout shift; up to 0.1 counts as good. It is 0 on nearly every page. Where a
# formula's font makes a line break elsewhere, some lines move once.
STILL = 0.05
LAYOUT_SHIFTS = """() => new Promise((resolve) => {
    const shifts = [];
    const observer = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(shifts.map((shift) => [
        shift.value, ...shift.sources.map((source) => source.node?.textContent?.slice(0, 60)),
    ])), 200);
})"""

FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint').length"
IS_LOADED = "picture => picture.complete && picture.naturalHeight > 0"


def first_view(page, address):
    """Return the compressed size of each file that an address makes the browser ask for."""
    responses = []
    page.on("response", lambda response: responses.append(response))
    page.goto(address, wait_until="networkidle")
    return {answer.url: len(gzip.compress(answer.body())) for answer in responses}


def too_heavy(sizes):
    heaviest = sorted(sizes.items(), key=lambda item: -item[1])[:4]
    return f"loads {sum(sizes.values())} bytes: {heaviest}" if sum(sizes.values()) > BUDGET else ""


def too_restless(page):
    shifts = page.evaluate(LAYOUT_SHIFTS)
    return f"moves: {shifts}" if sum(shift[0] for shift in shifts) > STILL else ""


def test_the_first_view_of_every_page_is_light_and_holds_still(open_page, site):
    complaints = []
    for name in [page.as_posix() for page in pages() if page.parts[0] != "_modules"]:
        # On a busy machine a page may be painted before its faces are there. So one that moves
        # is opened again: what moves it by the page's own fault does so every time.
        for _ in range(3):
            page = open_page()
            complaint = too_heavy(first_view(page, site + name)) or too_restless(page)
            page.context.close()
            if not complaint:
                break
        else:
            complaints.append(f"{name} {complaint}")
    assert not complaints


@pytest.mark.parametrize("width", [1280, 390])
def test_letters_that_come_late_move_nothing(open_page, site, width):
    page = open_page(width=width)
    late = []
    page.route("**/*.woff2", lambda route: late.append(route))
    page.goto(site + "chapter_rnn/rnn.html", wait_until="domcontentloaded")
    page.wait_for_function(FIRST_PAINT)
    assert late
    page.route("**/*.woff2", lambda route: route.continue_())  # those asked for from now on
    for route in late:
        route.continue_()
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate(LAYOUT_SHIFTS)
    assert sum(shift[0] for shift in shifts) < STILL, shifts


def test_a_picture_that_comes_late_moves_nothing(open_page, site):
    # A picture is asked for when the reader comes near it. Here it comes after the reader.
    page = open_page(site + "chapter_rnn/rnn.html")
    page.route("**/_images/*", lambda route: (page.wait_for_timeout(200), route.continue_()))
    pictures = page.locator(".bd-article img").all()
    late = [picture for picture in pictures if not picture.evaluate(IS_LOADED)]
    assert late
    for picture in late:
        picture.evaluate("picture => picture.scrollIntoView({ behavior: 'instant' })")
        picture.wait_for()
        page.wait_for_function(IS_LOADED, arg=picture.element_handle())
    shifts = page.evaluate(LAYOUT_SHIFTS)
    assert sum(shift[0] for shift in shifts) < STILL, shifts


def test_the_text_is_there_before_any_script(open_page, site):
    page = open_page()
    page.route("**/*.js*", lambda route: None)  # no answer, ever
    page.route("**/appearance.js*", lambda route: route.continue_())
    page.goto(site + "chapter_rnn/rnn.html", wait_until="commit")
    page.locator("#Exercises, #exercises").first.wait_for(state="visible")
    page.wait_for_function(FIRST_PAINT)
    assert page.evaluate("document.readyState") == "interactive"


def test_every_icon_is_drawn(open_page, site):
    page = open_page(site + "chapter_rnn/rnn.html")
    icons = page.evaluate(
        """() => [...document.querySelectorAll(".fa-solid")].map((icon) => {
            const { maskImage, width } = getComputedStyle(icon, "::before");
            return [icon.className, maskImage, parseFloat(width)];
        })"""
    )
    assert len(icons) > 10
    for name, mask, width in icons:
        assert mask.startswith('url("data:image/svg+xml') and not width < 8, name


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_page_runs_and_loads_only_what_the_site_has(open_page, book, site, scheme):
    root = site if scheme == "http" else book.as_uri() + "/"
    page = open_page(root + "chapter_rnn/rnn.html", color_scheme="dark")
    # Its own scripts run: one has set the colours, another one has named the controls.
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("#pst-primary-sidebar").get_attribute("role") == "navigation"
    blocked = page.evaluate(
        """() => new Promise((resolve) => {
            const blocked = [];
            document.addEventListener("securitypolicyviolation", (event) => {
                blocked.push(event.effectiveDirective);
                if (blocked.length === 4) resolve(blocked.sort());
            });
            const inline = document.createElement("script");
            inline.textContent = "document.title = 'inline'";
            const script = document.createElement("script");
            script.src = "http://127.0.0.2:9/script.js";
            const picture = document.createElement("img");
            picture.src = "http://127.0.0.2:9/picture.png";
            document.head.append(inline, script, picture);
            setTimeout(() => resolve(blocked.sort()), 10_000); // too few
            fetch("http://127.0.0.2:9/data.json").catch(() => {});
        })"""
    )
    assert blocked == ["connect-src", "img-src", "script-src-elem", "script-src-elem"]
    assert page.title() != "inline"


def test_a_search_starts_from_a_disk(open_page, book):
    page = open_page((book / "licences.html").as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("perplexity")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
