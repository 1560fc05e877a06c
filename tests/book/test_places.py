"""Where links from the book to the outside lead: to the repository that is named."""

from types import SimpleNamespace

import pytest

from book import places
from book.extensions import sections


def test_github_actions_names_the_repository(monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/a-book")
    assert places.repository(tmp_path) == "someone/a-book"


@pytest.mark.parametrize(
    ("origin", "repository"),
    [
        ("https://github.com/someone/a-book.git", "someone/a-book"),
        ("git@github.com:someone/a.book", "someone/a.book"),
        ("https://example.com/someone/a-book.git", ""),
        ("/home/someone/a-book", ""),
    ],
)
def test_the_origin_of_a_clone_names_it_too(origin, repository):
    assert places.on_github(origin) == repository


def test_what_is_no_clone_has_no_address(monkeypatch, tmp_path):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert places.repository(tmp_path) == ""
    assert places.site("") == ""
    assert places.run_links("", "chapter_rnn/rnn.ipynb") == {}


def test_links_lead_to_the_repository():
    assert places.site("Some-One/a-book") == "https://some-one.github.io/a-book/"
    links = places.run_links("someone/a-book", "chapter_rnn/rnn.ipynb")
    assert links == {
        "Colab": "https://colab.research.google.com/github/someone/a-book/blob/colab/chapter_rnn/rnn.ipynb",
        "Binder": "https://mybinder.org/v2/gh/someone/a-book/main?urlpath=lab/tree/chapter_rnn/rnn.ipynb",
    }


@pytest.mark.parametrize("repository", ["someone/a-book", ""])
def test_a_page_offers_to_run_its_notebook_where_the_repository_is_known(repository):
    app = SimpleNamespace(config=SimpleNamespace(repository=repository))
    context = {
        "body": "<h1>A section</h1><p>Text.</p>",
        "meta": {"reading_minutes": 7, "running_time": "ten seconds"},
        "pathto": lambda name, _: f"../{name}",
        "sourcename": "chapter_rnn/rnn.ipynb",
    }
    sections.add_byline(app, "chapter_rnn/rnn", "page.html", context, None)
    assert "7 minutes to read" in context["body"] and "ten seconds to run" in context["body"]
    assert 'href="../_sources/chapter_rnn/rnn.ipynb" download' in context["body"]
    assert context["body"].count("someone/a-book") == (2 if repository else 0)
