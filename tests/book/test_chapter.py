"""What the book is made from, where its links lead, and what a part of it leaves out."""

import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from book import chapter, links
from book.chapter import CHAPTER, SOLUTIONS
from book.making import html, pdf
from tests import ROOT
from tests.processes import finished

README = (ROOT / "README.md").read_text(encoding="utf-8")
RNN = Path("chapter_rnn/rnn.ipynb")
GRU = Path("chapter_rnn/gru.ipynb")


@pytest.fixture(autouse=True)
def whole_book_without_a_repository(monkeypatch):
    for name in ("SECTIONS", "SOLUTIONS", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


# --- The pages of the book ---------------------------------------------------------------


def test_executed_copies_replace_the_stored_notebooks_and_nothing_else(tmp_path):
    executed, source = tmp_path / "executed", tmp_path / "source"
    shutil.copytree(ROOT / CHAPTER, executed)
    for name in ("rnn.ipynb", "index.md", "gone.ipynb"):
        (executed / name).write_text("executed")
    html.gather(executed, source)
    names = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert (source / RNN).read_text() == "executed"
    assert (source / "chapter_rnn" / "index.md").read_text() != "executed"
    assert {"README.md", "index.md", "chapter_rnn/figures/rnn-step.svg"} <= names
    assert not {name for name in names if "gone" in name or name.endswith((".py", ".css"))}


def test_a_book_that_failed_leaves_the_last_one_as_it_was(tmp_path, monkeypatch):
    def build(arguments):
        Path(arguments[-1]).mkdir()
        Path(arguments[-1], "index.html").write_text("new")
        return code

    monkeypatch.setattr(html, "sphinx_build", build)
    monkeypatch.setattr(html, "time", SimpleNamespace(time=lambda: 1))
    for code, expected in ((0, "new"), (1, "old")):
        (tmp_path / "html").mkdir(exist_ok=True)
        (tmp_path / "html" / "index.html").write_text("old")
        assert html.build(ROOT / CHAPTER, tmp_path) == code
        assert (tmp_path / "html" / "index.html").read_text() == expected
        if code == 0:  # what was edited since the build began is newer
            assert (tmp_path / "html" / "index.html").stat().st_mtime == 1


def test_the_index_determines_which_pages_there_are_and_their_order():
    index = "[b](lstm.ipynb) [words](glossary.md) [a](rnn.ipynb) [again](lstm.ipynb) [x](https://x.org/a.ipynb)"
    assert chapter.linked_pages(index) == (["lstm", "rnn"], ["glossary"])
    listed = re.findall(r"^\d+\. \[(.+)\]\(chapter_rnn/(.+)\.ipynb\)$", README, re.MULTILINE)
    titles = [chapter.title_of(ROOT / CHAPTER / f"{name}.ipynb") for name in chapter.LISTED]
    assert listed == list(zip(titles, chapter.LISTED, strict=True))


# --- A part of the book ------------------------------------------------------------------


def test_a_section_that_a_fork_removes_is_left_out_of_the_book_and_of_every_part(monkeypatch):
    monkeypatch.setattr(chapter, "SECTIONS", [name for name in chapter.LISTED if name != "gru"])
    assert chapter.left_out() == [GRU, SOLUTIONS / "gru.ipynb"]
    monkeypatch.setenv("SOLUTIONS", "no")
    assert GRU in chapter.left_out()
    monkeypatch.setenv("SECTIONS", "rnn gru")
    with pytest.raises(ValueError, match="the book has no section gru, but: "):
        chapter.left_out()


def without_gru(page, text):
    return links.without_missing(text, Path(page), {GRU, SOLUTIONS / "rnn.ipynb"})


def test_a_link_to_a_missing_section_becomes_text_or_leads_to_the_published_book(monkeypatch):
    text = "See [the gates](gru.ipynb#Gates), and [words](glossary.md#gate)."
    assert without_gru(RNN, text) == "See the gates, and [words](glossary.md#gate)."
    assert without_gru("chapter_rnn/solutions/lstm.ipynb", "[gates](../gru.ipynb)") == "gates"
    monkeypatch.setenv("GITHUB_REPOSITORY", "me/book")
    assert "(https://me.github.io/book/chapter_rnn/gru.html#Gates)" in without_gru(RNN, text)


def test_a_part_lists_and_mentions_only_what_it_has_and_needs_no_mxnet(tmp_path, monkeypatch):
    (tmp_path / "mxnet.py").write_text("raise ImportError('MXNet is gone')")
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    env["PYTHONPATH"] = str(tmp_path)
    command = ["make", "html", "SECTIONS=rnn rnn-gluon", "SOLUTIONS=no"]
    built = finished(command, cwd=ROOT, env=env)
    assert built.returncode == 0, built.stderr
    part = ROOT / "_build" / "part" / "html"
    paths = ["index.html", *(f"chapter_rnn/{name}.html" for name in ("index", "rnn", "rnn-gluon"))]
    paths.append("gluonbook.html")
    pages = [BeautifulSoup((part / path).read_text(), "html.parser") for path in paths]
    assert "class RNNModel(rnn_layer, vocab_size, **kwargs)" in pages[-1].get_text()
    assert [link["href"] for link in pages[0].select("a.start")] == ["chapter_rnn/rnn.html"]
    rows = pages[1].select("tbody tr")
    assert [row.a["href"] for row in rows] == ["rnn.html", "rnn-gluon.html"]
    assert not [page for page in pages if "solutions" in page.article.get_text()]
    assert "teach" not in pages[0].article.get_text().lower()
    assert not (part / "teaching.html").exists() and not (part / "chapter_rnn/solutions").exists()
    monkeypatch.setenv("SECTIONS", "rnn rnn-gluon")
    monkeypatch.setenv("TITLE", "Winter course")
    document = pdf.join(part, tmp_path)
    cover, printed = document.header.get_text(), document.select(".page")
    assert cover.strip().startswith("Winter course") and f"From “{chapter.TITLE}”" in cover
    assert [page["id"] for page in printed] == ["chapter_rnn-rnn", "chapter_rnn-rnn-gluon"]
    assert pages[0].h1.get_text().startswith(f"{chapter.SHORT_TITLE}, letter by letter")
    assert {chapter.SHORT_TITLE} == {page.title.get_text().rpartition(" — ")[2] for page in pages}
