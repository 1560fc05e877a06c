"""What a page says and asks of other machines, and what axe finds in it."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests import LIMIT

WAITING = 180_000  # milliseconds for what is there at once, unless the machine has much else to do


def be_patient(page):
    """Let a page come slowly: the machine may have much else to do."""
    page.set_default_timeout(WAITING)
    page.set_default_navigation_timeout(1000 * LIMIT)


def started_figure(page, selector):
    """Return a figure of a page once it works."""
    figure = page.locator(selector)
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_attribute("data-alive", "")
    return figure


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


def violations(page, part="html", only=None):
    """Return a line for each element of a part of the page in which axe finds something.

    Axe follows all of its rules, or `only` one.
    """
    # Links in a text are underlined, so that their contrast to the words around does not count.
    rules = {"link-in-text-block": {"enabled": False}}
    rules["target-size"] = {"enabled": True}  # large enough for a finger
    options = {"preload": False, "resultTypes": ["violations"], "rules": rules}
    if only:
        options["runOnly"] = [only]
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("([part, options]) => axe.run(part, options)", [part, options])
    return [
        f"{violation['help']}: {node['html'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
