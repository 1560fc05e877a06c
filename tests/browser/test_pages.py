"""Single pages in a browser: what they load, without storage or JavaScript, and on paper."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

SECTION = "chapter_rnn/rnn-gluon.html"
NOTES = "chapter_rnn/gru.html"


def test_a_page_asks_no_other_site_from_a_disk_or_a_server(open_page, book, site):
    for address in ((book / "index.html").as_uri(), site + "index.html"):
        refused = open_page(address).evaluate(
            """() => new Promise((resolve) => {
                addEventListener("securitypolicyviolation", ({ blockedURI }) => resolve(blockedURI));
                new Image().src = "http://127.0.0.2/picture.png";
            })"""
        )
        assert refused == "http://127.0.0.2/picture.png"


def test_without_storage_no_script_fails_and_controls_have_names(open_page, site):
    page, errors = open_page(), []
    page.on("pageerror", lambda error: errors.append(error))
    for store in ("localStorage", "sessionStorage"):
        refuse = "get() { throw new Error('refused'); }, configurable: true"
        page.add_init_script(f"Object.defineProperty(window, '{store}', {{ {refuse} }});")
    page.goto(site + SECTION)
    page.locator(".theme-switch-button:visible").click()
    page.locator(".theme-change-button[data-mode=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("navigation", name="Book")).to_be_attached()
    expect(page.get_by_role("button", name="Copy code 2", exact=True)).to_be_attached()
    expect(page.locator(".cell_output .copybtn")).to_have_count(0)
    assert not errors


def test_everything_is_readable_without_javascript(open_page, site):
    page = open_page(site + SECTION, java_script_enabled=False)
    for selector in (".katex-html", "div.math .tag", ".cell_input pre", ".cell_output pre", "h1"):
        assert page.locator(f".bd-article {selector}").first.is_visible(), selector
    for picture in page.locator(".bd-article img").all():
        assert picture.bounding_box()["height"] > 50
    figure = page.locator(".gluonbook-writer")
    expect(figure.locator(".no-script")).to_contain_text("at temperature 0.5")
    assert len(figure.locator(".text").text_content()) > 100
    assert not figure.locator("form, .panels").filter(visible=True).count()


@pytest.mark.parametrize("by", ["link", "search"])
def test_a_note_opens_for_a_link_and_for_a_search(open_page, book, by):
    page = open_page((book / NOTES).as_uri())
    note = page.locator(".note").first
    expect(note.locator("pre")).to_be_hidden()
    words = " ".join(note.locator("p").last.text_content().split()[:4])
    part = {"link": "#cell-id=in-pytorch-step", "search": f"#:~:text={quote(words)}"}[by]
    page.goto((book / NOTES).as_uri() + part)
    expect(note).to_have_attribute("open", "")
    expect(note.locator("summary")).to_be_in_viewport()
