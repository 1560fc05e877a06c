"""Every page looks with the book's one style sheet as with all those that it was made of."""

import pytest

from tests.browser.findings import settling

# What the browser makes of the style sheets for each kind of element: a quarter of a million
# texts, which stay in the browser.
LOOKS = """
window.looks = () => {
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
};
window.together = new Set(looks());
"""
DIFFERENT = "() => [...together.symmetricDifference(new Set(looks()))].sort()"

SHEETS_APART = """(addresses) => {
    const one = document.querySelector("link[rel=stylesheet]");
    const links = addresses.map((href) =>
        Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
    const loaded = links.map((link) => new Promise((done) => link.addEventListener("load", done)));
    one.replaceWith(...links);
    return Promise.all(loaded);
}"""


def test_no_sheet_is_left_out(book, sheets):
    others = {"styles.css", "theme.css", "paper.css"}  # theme.css names basic.css, nothing else
    found = {path for path in (book / "_static").rglob("*.css") if path.name not in others}
    assert found == {book / name for name in sheets}
    assert len(sheets) > 10


@pytest.mark.parametrize("look", ["light", "dark", "phone", "paper"])
def test_the_landing_page_looks_as_with_the_sheets_apart(open_page, site, sheets, look):
    page = open_page(width=390 if look == "phone" else 1280, reduced_motion="reduce")
    page.emulate_media(
        color_scheme="dark" if look == "dark" else "light",
        media="print" if look == "paper" else "screen",
    )
    for _ in range(2):  # now the fonts are there at once, as they are for the sheets apart
        with settling(page):
            page.goto(site)
    if look == "phone":
        page.locator(".primary-toggle").first.press(
            "Enter"
        )  # no mouse that would hover over a link
    elif look != "paper":
        page.keyboard.press("Control+k")
    page.evaluate(LOOKS)
    assert page.evaluate("together.size") > 10_000
    page.evaluate(SHEETS_APART, [site + sheet for sheet in sheets])
    assert not page.evaluate(DIFFERENT)
