"""The pictures that links to the book are shown with: which page has which, and that it fits."""

import pytest
from bs4 import BeautifulSoup
from jinja2 import DictLoader, Environment

from book.extensions import card
from tests import ROOT
from tests.built_book import built_book

THEME = "{% block extrahead %}{% endblock %}{% block docs_body %}{% endblock %}"
LAYOUT = (ROOT / "book" / "_templates" / "layout.html").read_text()
LAYOUT = LAYOUT.replace("super.super()", "super()")  # this theme has one layer only


@pytest.mark.parametrize(
    ("context", "picture", "alt"),
    [
        ({}, "card.png", "The title of the book, and a line that its model wrote"),
        ({"card": "card-gru.png", "card_alt": 'Of "gates"'}, "card-gru.png", 'Of "gates"'),
    ],
)
def test_a_page_names_its_card_by_its_whole_address(context, picture, alt):
    templates = Environment(loader=DictLoader({"!layout.html": THEME, "layout.html": LAYOUT}))
    site = {"html_baseurl": "https://x.org/book/", "pageurl": "https://x.org/book/gru.html"}
    page = templates.get_template("layout.html").render(
        **site, **context, pathto=lambda name, _: name, title="Gates"
    )
    head = BeautifulSoup(page, "html.parser")
    properties = {meta.get("property"): meta["content"] for meta in head.select("meta")}
    assert properties["og:image"] == f"https://x.org/book/_static/{picture}"
    assert properties["og:image:alt"] == alt


def test_every_title_is_whole_on_its_card():
    pages = sorted((ROOT / "chapter_rnn").glob("*.ipynb"))
    for path in pages:
        page = built_book() / "chapter_rnn" / f"{path.stem}.html"
        head = BeautifulSoup(page.read_text(), "html.parser").head
        number, _, title = head.select_one('meta[property="og:title"]')["content"].partition(". ")
        figure = card.section_card("Recurrent Neural Networks", title, int(number), len(pages))
        (axes,) = figure.axes
        boxes = [text.get_window_extent() for text in axes.texts]
        assert max(box.x1 for box in boxes) < card.SIZE[0] - 40, title
        assert min(box.y0 for box in boxes) > 200, title
