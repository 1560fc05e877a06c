"""Where links from the book to the outside lead: to the repository that is named."""

import re
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from jinja2 import Template

from book import places
from book.extensions import pages, sections
from tests import ROOT


@pytest.mark.parametrize(
    ("on_github", "address", "repository"),
    [
        (None, "https://github.com/someone/a.book", "someone/a.book"),
        ("another/a-book", "https://github.com/someone/a-book", "another/a-book"),
        (None, "https://github.com/OWNER/NAME", ""),
        (None, "https://example.com/someone/a-book", ""),
    ],
)
def test_the_project_or_on_github_actions_a_fork_names_its_repository(
    on_github, address, repository, monkeypatch, tmp_path
):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    if on_github:
        monkeypatch.setenv("GITHUB_REPOSITORY", on_github)
    (tmp_path / "pyproject.toml").write_text(f'[project.urls]\nRepository = "{address}"\n')
    assert places.repository(tmp_path) == repository


def test_links_lead_to_the_repository():
    assert places.site("") == ""
    assert places.run_links("", "chapter_rnn/rnn.ipynb") == {}
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


def test_the_link_to_the_pdf_leads_to_what_is_made():
    formats = Template((ROOT / "book" / "_templates" / "formats.html").read_text())
    assert not formats.render(html_baseurl="").strip()
    page = BeautifulSoup(formats.render(html_baseurl="https://x.org/"), "html.parser")
    name = page.a["href"].removeprefix("https://x.org/")
    assert f"\nPDF := {name}\n" in (ROOT / "Makefile").read_text()
