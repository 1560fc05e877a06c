"""Every page looks with the book's one style sheet as with all those that it was made of."""

import re

import pytest

from tests.built_book import pages

PART = re.compile(r"^/\* (_static/.*\.css) \*/$", re.MULTILINE)

# Returns the rules that no longer exist, though they could apply to an element of the page, now
# or in another state (":hover"), or to something drawn beside one ("::before").
MISSING_RULES = """async (addresses) => {
    const one = document.querySelector("link[rel=stylesheet]").sheet;
    const written = (rule) => rule.cssText.replaceAll(/(: |url\\()"[^"]*"/g, "$1")
        .replaceAll(/\\s+/g, " ");
    const collect = (rules, found, condition = "") => {
        for (const rule of rules) {
            if (rule.selectorText) found.set(condition + written(rule), rule.selectorText);
            else if (rule.cssRules && rule.type !== CSSRule.KEYFRAMES_RULE)
                collect(rule.cssRules, found, condition + rule.conditionText);
            else found.set(condition + written(rule), "*");
        }
        return found;
    };
    const kept = collect(one.cssRules, new Map());
    const withoutStates = (selectors) => {
        while (selectors.includes("(")) selectors = selectors.replaceAll(/\\([^()]*\\)/g, "");
        return selectors.replaceAll(/::?[a-z-]+/g, ":is(*)");
    };
    const missing = [];
    for (const address of addresses) {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(await (await fetch(address)).text());
        for (const [rule, selectors] of collect(sheet.cssRules, new Map())) {
            if (kept.has(rule)) continue;
            if (document.querySelector(withoutStates(selectors))) missing.push(rule);
        }
    }
    return missing;
}"""

# Returns what the browser makes of the style sheets for each kind of element.
LOOKS = """() => {
    const kinds = new Map();
    const kind = (element) => element
        ? `${kind(element.parentElement)} ${element.tagName}.${element.getAttribute("class")}` : "";
    document.querySelectorAll("*:not(.katex-html *, svg *)").forEach((element) => {
        if (element.checkVisibility()) kinds.set(kind(element), element);
    });
    return [...kinds].flatMap(([kind, element]) => ["", "::before", "::after"].flatMap((part) => {
        const style = getComputedStyle(element, part);
        const names = [...style].filter((name) => !name.startsWith("--"));
        return names.map((name) => `${kind}${part} ${name}: ${style.getPropertyValue(name)}`);
    }));
}"""

SHEETS_APART = """(addresses) => {
    const one = document.querySelector("link[rel=stylesheet]");
    const links = addresses.map((href) =>
        Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
    const loaded = links.map((link) => new Promise((done) => link.addEventListener("load", done)));
    one.replaceWith(...links);
    return Promise.all(loaded);
}"""


@pytest.fixture(scope="module")
def sheets(book):
    """Return the names of the sheets of which the one is made, in order."""
    return PART.findall((book / "_static" / "styles.css").read_text())


def test_no_sheet_is_left_out(book, sheets):
    others = {"styles.css", "theme.css", "paper.css"}  # theme.css names basic.css, nothing else
    found = {path for path in (book / "_static").rglob("*.css") if path.name not in others}
    assert found == {book / name for name in sheets}
    assert len(sheets) > 10


def test_every_rule_that_an_element_may_need_is_there(open_page, site, sheets):
    page = open_page()
    complaints = []
    # Pages of code may be older than the rest: Sphinx writes them again if their code has changed.
    for name in [page.as_posix() for page in pages() if page.parts[0] != "_modules"]:
        page.goto(site + name)
        missing = page.evaluate(MISSING_RULES, [site + sheet for sheet in sheets])
        complaints += [f"{name} misses {rule[:200]}" for rule in missing]
    assert not complaints


@pytest.mark.parametrize("look", ["light", "dark", "phone", "paper"])
def test_the_landing_page_looks_as_with_the_sheets_apart(open_page, site, sheets, look):
    page = open_page(width=390 if look == "phone" else 1280, reduced_motion="reduce")
    page.emulate_media(
        color_scheme="dark" if look == "dark" else "light",
        media="print" if look == "paper" else "screen",
    )
    page.goto(site, wait_until="networkidle")
    if look == "phone":
        page.locator(".primary-toggle").first.click()
    elif look != "paper":
        page.keyboard.press("Control+k")
    together = page.evaluate(LOOKS)
    page.evaluate(SHEETS_APART, [site + sheet for sheet in sheets])
    apart = page.evaluate(LOOKS)
    assert len(together) > 10_000
    different = sorted(set(together) ^ set(apart))
    assert not different
