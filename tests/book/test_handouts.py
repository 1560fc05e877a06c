"""Slides and pages to hand out: one file each, with everything inside."""

from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.extensions import formulas
from book.making import handouts
from tests import ROOT

LOADED = "script[src], link[href], img:not([src^='data:'])"


@pytest.fixture(scope="module", autouse=True)
def katex():
    formulas.use_own_node()


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A notebook with one of everything."""
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>a dot</title></svg>'
    (tmp_path / "dot.svg").write_text(picture)
    output = new_output("stream", text="43\n")
    cells = [
        new_markdown_cell("# Title\n\nThe promise."),
        new_code_cell("len(vocabulary)", outputs=[output]),
        new_markdown_cell(
            "## Gates\n\nWhy? See [words](glossary.md), `$x$` costs \\$5.\n\n$$a^2$$\n\n"
            "![a dot](dot.svg)\n\nSo $b_1$."
        ),
        new_code_cell("hidden = 1", metadata={"tags": ["hide-input"]}, outputs=[output]),
        new_markdown_cell("## Summary\n\n**It works.**\n\n## Exercises\n\n1. ★ Why?\n2. ★ When?"),
    ]
    path = tmp_path / "toy.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    return path


def test_the_prose_becomes_notes_and_everything_else_a_slide(notebook):
    cells = handouts.slide_cells(nbformat.read(notebook, as_version=4))
    found = [(cell.metadata["slideshow"]["slide_type"], cell.source) for cell in cells]
    assert found == [
        ("slide", "# Title"),
        ("notes", "The promise."),
        ("-", "len(vocabulary)"),
        ("slide", "## Gates"),
        ("notes", "Why? See [words](glossary.md), `$x$` costs \\$5."),
        ("-", "$$a^2$$"),
        ("-", "![a dot](dot.svg)"),
        ("notes", "So $b_1$."),
        ("subslide", "## Gates"),
        ("-", "hidden = 1"),
        ("slide", "## Summary"),
        ("-", "**It works.**"),
        ("slide", "## Exercises"),
        ("-", "1. ★ Why?\n2. ★ When?"),
    ]


@pytest.mark.parametrize("kind", ["slides", "pages"])
def test_a_handout_is_complete_in_one_file(notebook, kind):
    page = BeautifulSoup(handouts.handout(kind, notebook), "html.parser")
    assert not page.select(LOADED)
    assert len(page.select("img[src^='data:image/svg+xml']")) == 1
    assert [tag.get_text() for tag in page.select("annotation")] == ["a^2", "b_1"]
    text = page.get_text()
    assert text.count("43\n") == 2 and "len(vocabulary)" in text
    assert "$x$ costs $5." in text
    assert "function" not in text  # a script has not ended too early
    assert not [link for link in page.select("a") if "glossary" in link.get("href", "")]
    assert ("hidden = 1" in text) == (kind == "pages")


def test_a_link_leads_to_the_published_book(notebook, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "me/book")
    renderer = handouts.Renderer(path=str(ROOT / "chapter_rnn"))
    link = renderer.link("words", "solutions/rnn.ipynb#Exercise-1")
    address = "https://me.github.io/book/chapter_rnn/solutions/rnn.html#Exercise-1"
    assert link == f'<a href="{address}">words</a>'
    assert "book/_images/rnn-step.svg" in renderer.link("one step", "figures/rnn-step.svg")
    for address in ("https://x.org/", "mailto:a@x.org"):
        assert renderer.link("words", address) == f'<a href="{address}">words</a>'


def test_a_section_keeps_its_figures_and_formulas(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    path, folder = Path("chapter_rnn", "gru.ipynb"), tmp_path / "of" / "slides"
    monkeypatch.setattr("sys.argv", ["", "slides", str(folder), str(path)])
    handouts.main()
    html = (folder / "gru.html").read_text(encoding="utf-8")
    for style in ("reveal/reveal.css", "slides/slides.css"):
        assert (handouts.HANDOUTS / style).read_text(encoding="utf-8") in html
    page = BeautifulSoup(html, "html.parser")
    assert not page.select(LOADED)
    cells = nbformat.read(path, as_version=4).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert len(page.select(".katex-display")) == source.count("$$") // 2
    assert len(page.select(".jp-MarkdownCell img")) == source.count("\n![")
