"""Which files the book is made from, and in which order it has them."""

import re
import shutil
from types import SimpleNamespace

import pytest

from book import chapter, places
from book.extensions import pages
from book.making import html
from tests import ROOT

INDEX = (ROOT / "chapter_rnn" / "index.md").read_text()
README = (ROOT / "README.md").read_text()


def test_executed_copies_take_the_place_of_stored_outputs_and_everything_else_stays(tmp_path):
    executed, source = tmp_path / "executed", tmp_path / "source"
    shutil.copytree(ROOT / "chapter_rnn", executed)
    (executed / "rnn.ipynb").write_text("executed")
    (executed / "index.md").write_text("executed")
    (executed / "gone.ipynb").write_text("")
    html.gather(executed, source)
    names = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert (source / "chapter_rnn" / "rnn.ipynb").read_text() == "executed"
    assert (source / "chapter_rnn" / "index.md").read_text() == INDEX
    expected = {"README.md", "index.md", "chapter_rnn/solutions/rnn.ipynb"}
    assert expected | {"chapter_rnn/figures/rnn-step.svg"} <= names
    assert not {name for name in names if "gone" in name or name.endswith((".py", ".css"))}


def test_nothing_of_an_older_book_stays_and_one_that_failed_is_none(tmp_path, monkeypatch):
    def build(arguments):
        assert "-W" in arguments and arguments[-1] == str(tmp_path / "html")
        (tmp_path / "html").mkdir()
        (tmp_path / "html" / "index.html").touch()
        return 1

    for name in ("source/gone.md", "html/gone.html"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    monkeypatch.setattr(html, "sphinx_build", build)
    monkeypatch.setattr(html.gc, "disable", lambda: None)
    assert html.build(ROOT / "chapter_rnn", tmp_path) == 1
    assert not list(tmp_path.glob("html/*.html"))
    assert not (tmp_path / "source" / "gone.md").exists()


@pytest.mark.parametrize(
    ("page", "contents"),
    [
        ("chapter_rnn/index", ["language-model", "language-model-data", "rnn", "rnn-scratch"]),
        (
            "chapter_rnn/solutions/index",
            ["Language models and how to measure them <language-model>"],
        ),
        ("index", []),
    ],
)
def test_the_table_of_contents_follows_the_links_of_the_chapter_s_page(page, contents):
    content = [""]
    app = SimpleNamespace(srcdir=ROOT, config=SimpleNamespace(left_out=[]))
    pages.add_contents(app, page, content)
    entries = [line for line in content[0].splitlines() if re.match(r"\w", line)]
    assert entries[: len(contents)] == contents and bool(entries) == bool(contents)


def test_what_links_lead_to_is_told_apart_and_named_once(tmp_path):
    index = "[b](lstm.ipynb) [words](glossary.md) [a](rnn.ipynb) [again](lstm.ipynb) [x](https://x.org/a.ipynb)"
    (tmp_path / "index.md").write_text(index)
    assert chapter.linked_pages(tmp_path) == (["lstm", "rnn"], ["glossary"])


def test_the_readme_lists_every_section():
    listed = re.findall(r"^\d+\. \[(.+)\]\(chapter_rnn/(.+)\.ipynb\)$", README, re.MULTILINE)
    sections, _ = chapter.linked_pages(ROOT / "chapter_rnn")
    titles = [chapter.title_of(ROOT / "chapter_rnn" / f"{name}.ipynb") for name in sections]
    assert listed == list(zip(titles, sections, strict=True))
    assert places.site(places.named(ROOT)) in README, "say where the pages are to be read"
