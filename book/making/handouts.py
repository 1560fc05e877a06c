"""Make handouts of sections: ``python -m book.making.handouts KIND FOLDER NOTEBOOK...``.

KIND is ``slides``, which have the prose in the speaker notes (key S), or ``pages``. nbconvert makes each
notebook one file that needs no other file and no network, with the templates in `book/handouts`.
"""

import base64
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from nbconvert.exporters import HTMLExporter, SlidesExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from sphinxcontrib import katex
from traitlets.config import Config

from book import places
from book.chapter import ROOT
from book.extensions import formulas

HANDOUTS = ROOT / "book" / "handouts"
KATEX = ROOT / "book" / "_static" / "katex"

# The beginning of a block that is shown on a slide; other blocks are prose.
SHOWN = re.compile(r"\$\$|!\[|\||\d+\. |```|<")


def main() -> None:
    """Write the handouts named on the command line."""
    kind, folder, *notebooks = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    formulas.use_own_node()
    for path in map(Path, notebooks):
        name = path.with_suffix("").relative_to("chapter_rnn").as_posix().replace("/", "-")
        target = Path(folder, f"{name}.html")
        target.write_text(handout(kind, path), encoding="utf-8")
        print(target, flush=True)


def slide_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the cells of the slides, with metadata that tell nbconvert where each cell goes.

    A heading begins a slide. Anything after a picture or code goes to another slide below it, with the
    same heading.
    """
    heading, is_full = "", False
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if is_full:
                yield slide_cell(heading, "subslide")
            if "hide-input" in cell.metadata.get("tags", []):
                cell.metadata["transient"] = {"remove_source": True}
            cell.metadata["slideshow"] = {"slide_type": "-"}
            is_full = True
            yield cell
            continue
        for block in re.split(r"\n\s*\n(?=\S)", cell.source.strip()):
            text = block
            if block.startswith("#"):
                heading, _, text = block.partition("\n")
                is_full = False
                yield slide_cell(heading, "subslide" if heading.startswith("###") else "slide")
            if not text.strip():
                continue
            if not SHOWN.match(text) and heading != "## Summary":
                yield slide_cell(text, "notes")
                continue
            if is_full:
                yield slide_cell(heading, "subslide")
            yield slide_cell(text, "-")
            is_full = text.startswith("![")


def slide_cell(source: str, slide_type: str) -> NotebookNode:
    """Return a cell with a part of a slide."""
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": slide_type}})


def handout(kind: str, path: Path) -> str:
    """Return a notebook as slides or as a page."""
    notebook, exporter = nbformat.read(path, as_version=4), HTMLExporter
    if kind == "slides":
        notebook.cells, exporter = list(slide_cells(notebook)), SlidesExporter
    writer = exporter(
        template_name="slides" if kind == "slides" else "page",
        extra_template_basedirs=[str(HANDOUTS)],
        embed_images=True,
        config=Config(SlidesExporter={"reveal_url_prefix": "reveal"}),  # see inline_styles
    )
    renderer = Renderer(escape=False, embed_images=True, path=str(path.parent))
    writer.register_filter(
        "markdown2html", lambda source: MarkdownWithMath(renderer).render(source)
    )
    html, _ = writer.from_notebook_node(
        notebook,
        resources={
            "metadata": {"name": path.stem, "path": str(path.parent)},
            "formula_style": formula_style(),
            "reveal_script": "".join(
                (HANDOUTS / "reveal" / name)
                .read_text(encoding="utf-8")
                .replace("</script", r"<\/script")
                for name in ("reveal.js", "notes.js")
            ),
        },
    )
    return inline_styles(html)


class Renderer(IPythonRenderer):
    """nbconvert's renderer of Markdown, but formulas are rendered by KaTeX, as in the book."""

    def block_math(self, body: str) -> str:
        """Render a displayed formula."""
        return katex.render_latex(body, {"displayMode": True})

    def inline_math(self, body: str) -> str:
        """Render a formula in a line."""
        return katex.render_latex(body, {"displayMode": False})

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Lead a link to another page to the published book, or make it plain text if there is none."""
        file, _, anchor = url.partition("#")
        if not urlsplit(url).scheme:
            repository = places.repository(ROOT)
            if not repository or not file:
                return text
            target = Path(self.path, file).resolve().relative_to(ROOT)
            url = places.published(repository, target) + (f"#{anchor}" if anchor else "")
        return super().link(text, url, title)


def formula_style() -> str:
    """Return KaTeX's style sheet with embedded fonts."""

    def font(address: re.Match) -> str:
        data = base64.b64encode((KATEX / address[1]).read_bytes()).decode()
        return f"url(data:font/woff2;base64,{data})"

    style = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    return re.sub(r"url\((fonts/[^)]+)\)", font, style)


def inline_styles(html: str) -> str:
    """Embed the style sheets of reveal.js, and ours instead of its theme, which loads fonts."""

    def style(link: re.Match) -> str:
        name = "slides/slides.css" if "/theme/" in link[1] else "reveal/reveal.css"
        return f"<style>{(HANDOUTS / name).read_text(encoding='utf-8')}</style>"

    return re.sub(r'<link [^>]*href="([^"]+\.css)"[^>]*>', style, html)


if __name__ == "__main__":
    main()
