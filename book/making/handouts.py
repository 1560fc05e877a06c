"""Make handouts of sections: ``python -m book.making.handouts KIND FOLDER NOTEBOOK...``.

KIND is one of

- ``slides``: slides for reveal.js. Headings, diagrams, formulas, tables, exercises, code and outputs
  are on the slides, and the prose is in the speaker notes (key S);
- ``pages``: HTML pages.

Each notebook becomes one file that needs no other file and no network. The files are made by nbconvert,
with templates in `book/handouts` that load nothing from other sites. The formulas are rendered by KaTeX,
as in the book.
"""

import base64
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter, SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from sphinxcontrib import katex
from traitlets.config import Config

from book import places
from book.chapter import ROOT
from book.extensions import formulas

HANDOUTS = ROOT / "book" / "handouts"
KATEX = ROOT / "book" / "_static" / "katex"

FORMULA = re.compile(
    r"(?P<code>```.*?```|`[^`]*`)|\$\$(?P<display>.+?)\$\$|(?<!\\)\$(?P<inline>[^$]+?)(?<!\\)\$",
    re.DOTALL,
)
PLACEHOLDER = "formula-{}-goes-here"
# The beginning of a block that is shown on a slide; other blocks are prose.
SHOWN = re.compile(r"\$\$|!\[|\||\d+\. |```|<")
LOCAL_LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\((?!https?:)([^()\s]+)\)")


def main() -> None:
    """Write the handouts named on the command line."""
    kind, folder, *notebooks = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    formulas.use_own_node()
    for path in map(Path, notebooks):
        name = path.with_suffix("").relative_to("chapter_rnn").as_posix().replace("/", "-")
        target = Path(folder, f"{name}.html")
        target.write_text(slides(path) if kind == "slides" else page(path), encoding="utf-8")
        print(target, flush=True)


def page(path: Path) -> str:
    """Return a notebook as an HTML page."""
    return export(path, nbformat.read(path, as_version=4), HTMLExporter, "page")


def slides(path: Path) -> str:
    """Return a notebook as slides."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = list(slide_cells(notebook))
    return export(path, notebook, SlidesExporter, "slides")


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


def export(path: Path, notebook: NotebookNode, exporter: type[HTMLExporter], template: str) -> str:
    """Convert a notebook to one file with nbconvert, and render its formulas.

    nbconvert would change the HTML of a formula, so it is given a placeholder instead.
    """
    rendered = []

    def render(found: re.Match) -> str:
        if found["code"]:
            return found["code"]
        display = found["display"]
        options = {"displayMode": display is not None}
        rendered.append(katex.render_latex(display or found["inline"], options))
        return PLACEHOLDER.format(len(rendered) - 1)

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            source = LOCAL_LINK.sub(lambda link: elsewhere(path, *link.groups()), cell.source)
            cell.source = FORMULA.sub(render, source).replace(r"\$", "$")
    html, _ = exporter(
        template_name=template,
        extra_template_basedirs=[str(HANDOUTS)],
        embed_images=True,
        config=Config(SlidesExporter={"reveal_url_prefix": "reveal"}),  # see inline_styles
    ).from_notebook_node(
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
    for number, formula in enumerate(rendered):
        html = html.replace(PLACEHOLDER.format(number), formula, 1)
    return inline_styles(html)


def elsewhere(path: Path, text: str, target: str) -> str:
    """Change a link to another page to the published book, or to plain text if there is none."""
    site = places.site(places.repository(ROOT))
    file, _, anchor = target.partition("#")
    if not site or not file:
        return text
    page = (path.parent / file).resolve().relative_to(ROOT).with_suffix(".html")
    return f"[{text}]({site}{page.as_posix()}{'#' + anchor if anchor else ''})"


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
