"""The link to the PDF that is published with the book."""

from bs4 import BeautifulSoup
from jinja2 import Template

from tests import ROOT

FORMATS = Template((ROOT / "book" / "_templates" / "formats.html").read_text())


def test_a_book_without_an_address_shows_no_link():
    assert not FORMATS.render(html_baseurl="").strip()


def test_the_link_leads_to_what_is_made():
    (link,) = BeautifulSoup(FORMATS.render(html_baseurl="https://x.org/"), "html.parser").select(
        "a"
    )
    name = link["href"].removeprefix("https://x.org/")
    assert f"\nPDF := {name}\n" in (ROOT / "Makefile").read_text()
