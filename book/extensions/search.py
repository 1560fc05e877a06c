"""A Sphinx extension for a search that finds sections of pages and shows the words in context.

Sphinx's own search finds pages, and has to fetch each page to show an excerpt, which a browser does not
allow for files on a disk. So the texts of all sections are written to a script, which `search.js` loads
when a reader begins to search. MiniSearch then searches the texts.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from book.chapter import CHAPTER, GLOSSARY, SOLUTIONS
from book.extensions.pages import is_inside

# Pages whose entries have a lower weight than prose; search.js has a weight for each kind.
KINDS = {GLOSSARY: "term", "gluonbook": "function", f"{CHAPTER}/references": "reference"}
ABBREVIATION = re.compile(r"(\w+) for short")
NO_PROSE = (nodes.literal_block, nodes.math_block, nodes.raw, nodes.comment, nodes.target)


def write_sections(app: Sphinx, error: Exception | None) -> None:
    """Write the script with the texts of all sections."""
    if error or app.builder.format != "html":
        return
    entries = [entry for page in sorted(app.env.found_docs) for entry in entries_of(app, page)]
    script = f"globalThis.bookSections = {json.dumps(entries, ensure_ascii=False)};\n"
    Path(app.outdir, "_static", "search-sections.js").write_text(script, encoding="utf-8")


def entries_of(app: Sphinx, page: str) -> Iterator[dict[str, str]]:
    """Yield the search entries of a page: its sections, or the functions that it documents."""
    doctree, kind = app.env.get_doctree(page), KINDS.get(page, "section")
    if Path(page).parent == SOLUTIONS:
        kind = "solution"
    title = app.env.titles[page].astext()
    address = app.builder.get_target_uri(page)
    for part in doctree.findall(lambda node: isinstance(node, nodes.section | addnodes.desc)):
        is_function = isinstance(part, addnodes.desc)
        if is_function and not part[0]["ids"]:
            continue
        anchor = part[0]["ids"][0] if is_function else part["ids"][0]
        heading, text = part[0].get("fullname") or part[0].astext(), own_text(part)
        if kind == "term" and (short := ABBREVIATION.search(text)):
            heading += f" ({short[1]})"
        yield {
            "kind": "function" if is_function else kind,
            "page": title,
            "title": heading,
            "address": f"{address}#{anchor}",
            "text": text,
        }


def own_text(part: nodes.Element) -> str:
    """Return a section's text without title, code and subsections, with an ellipsis for each formula."""
    texts = []
    for child in part.children[1:]:
        for text in child.findall(nodes.Text):
            if is_inside(text, (*NO_PROSE, addnodes.desc, nodes.section), part):
                continue
            texts.append("…" if isinstance(text.parent, nodes.math) else text.astext())
            is_last = text is text.parent[-1]
            if is_last and isinstance(text.parent, nodes.paragraph | nodes.caption):
                texts.append(" ")  # between paragraphs
    return " ".join("".join(texts).split())


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build, and turn off Sphinx's own search."""
    app.connect("builder-inited", lambda app: setattr(app.builder, "search", False))
    app.connect("build-finished", write_sections)
