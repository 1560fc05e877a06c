"""Where links from the book to the outside lead: to the repository that is named."""

import re
from types import SimpleNamespace

import pytest

from book import places
from book.extensions import pages, sections
from tests import ROOT


@pytest.fixture
def root(tmp_path):
    """A folder whose project is at some address."""

    def at(address):
        (tmp_path / "pyproject.toml").write_text(f'[project.urls]\nRepository = "{address}"\n')
        return tmp_path

    return at


def test_the_project_names_its_repository(monkeypatch, root):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert places.repository(root("https://github.com/someone/a.book")) == "someone/a.book"


def test_on_github_actions_a_fork_names_itself(monkeypatch, root):
    monkeypatch.setenv("GITHUB_REPOSITORY", "another/a-book")
    assert places.repository(root("https://github.com/someone/a-book")) == "another/a-book"


@pytest.mark.parametrize(
    "address", ["https://github.com/OWNER/NAME", "https://example.com/someone/a-book"]
)
def test_without_a_place_on_github_there_is_no_address(address, monkeypatch, root):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert places.repository(root(address)) == ""
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


@pytest.mark.parametrize("repository", ["another/fork", ""])
def test_a_reader_clones_the_repository_that_the_book_is_of(repository):
    app = SimpleNamespace(config=SimpleNamespace(repository=repository))
    content = [(ROOT / "README.md").read_text(encoding="utf-8")]
    pages.name_repository(app, "README.md", "how-to-run", content)
    expected = places.GITHUB + repository if repository else places.address(ROOT)
    assert re.findall(r"git clone (\S+)", content[0]) == [expected]
