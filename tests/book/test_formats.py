"""The links to the PDF that is published with the book."""

from bs4 import BeautifulSoup
from jinja2 import Template

from book.making import pdf
from tests import ROOT

FORMATS = Template((ROOT / "book" / "_templates" / "formats.html").read_text())


def test_a_book_without_an_address_shows_no_link():
    assert not FORMATS.render(html_baseurl="").strip()


def test_the_links_lead_to_what_is_made():
    links = BeautifulSoup(FORMATS.render(html_baseurl="https://x.org/"), "html.parser").select("a")
    made = [part.name for part in pdf.PARTS]
    assert [link["href"] for link in links] == [f"https://x.org/{name}" for name in made]
