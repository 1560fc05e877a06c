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
    ("address", "repository"),
    [
        ("https://github.com/someone/a.book", "someone/a.book"),
        ("https://github.com/OWNER/NAME", ""),
        ("https://example.com/someone/a-book", ""),
    ],
)
def test_the_project_or_on_github_actions_a_fork_names_its_repository(
    address, repository, monkeypatch, tmp_path
):
    (tmp_path / "pyproject.toml").write_text(f'[project.urls]\nRepository = "{address}"\n')
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert places.repository(tmp_path) == repository
    monkeypatch.setenv("GITHUB_REPOSITORY", "another/a-book")
    assert places.repository(tmp_path) == "another/a-book"


def test_links_lead_to_the_repository():
    assert places.site("") == ""
    assert places.run_links("", "chapter_rnn/rnn.ipynb") == {}
    assert places.site("Some-One/a-book") == "https://some-one.github.io/a-book/"
    links = places.run_links("someone/a-book", "chapter_rnn/rnn.ipynb")
    assert links == {
        "Colab": "https://colab.research.google.com/github/someone/a-book/blob/colab/chapter_rnn/rnn.ipynb",
        "Binder": "https://mybinder.org/v2/gh/someone/a-book/main?urlpath=lab/tree/chapter_rnn/rnn.ipynb",
    }


def test_a_page_offers_to_run_its_notebook_where_the_repository_is_known():
    app = SimpleNamespace(config=SimpleNamespace(repository="someone/a-book"))
    context = {
        "body": "<h1>A section</h1>",
        "meta": {},
        "pathto": lambda name, _: f"../{name}",
        "sourcename": "chapter_rnn/rnn.ipynb",
    }
    sections.add_byline(app, "chapter_rnn/rnn", "page.html", context, None)
    assert context["body"].count("someone/a-book") == 2


def test_a_reader_clones_the_repository_that_the_book_is_of():
    app = SimpleNamespace(config=SimpleNamespace(repository="another/fork"))
    content = [(ROOT / "README.md").read_text(encoding="utf-8")]
    pages.name_repository(app, "README.md", "how-to-run", content)
    assert re.findall(r"git clone (\S+)", content[0]) == ["https://github.com/another/fork"]


def test_the_link_to_the_pdf_leads_to_what_is_made():
    formats = Template((ROOT / "book" / "_templates" / "formats.html").read_text())
    assert not formats.render(html_baseurl="").strip()
    page = BeautifulSoup(formats.render(html_baseurl="https://x.org/"), "html.parser")
    name = page.a["href"].removeprefix("https://x.org/")
    assert f"\nPDF := {name}\n" in (ROOT / "Makefile").read_text()
