"""A Sphinx extension for a search that finds sections of pages, and shows where the words are.

All texts are in one script, because a page on a disk may not fetch the others, as Sphinx's search would.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from book.chapter import SOLUTIONS
from book.extensions.folds import Fold

# How much a match counts on some pages, in comparison with a section of the chapter.
WEIGHTS = {
    "chapter_rnn/claims": 0.5,
    "chapter_rnn/glossary": 0.6,  # a section that treats a term comes before entries that only contain it
    "chapter_rnn/index": 0.5,
    "chapter_rnn/notation": 0.4,
    "chapter_rnn/references": 0.2,
    "gluonbook": 0.1,
    "index": 0.5,
}
KEY = re.compile(r"(\w+)-(\d{4}\w?)")  # of a reference
PARTS = nodes.section | addnodes.desc | Fold  # a section, what is documented of a function, a note


def write_sections(app: Sphinx, error: Exception | None) -> None:
    """Write the script with the texts of all sections, and of all functions that are documented."""
    if app.builder.format == "html" and not error:
        entries = [entry for page in sorted(app.env.found_docs) for entry in entries_of(app, page)]
        script = Path(app.outdir, "_static", "search-sections.js")
        script.write_text(f"globalThis.bookSections = {json.dumps(entries)};\n")


def entries_of(app: Sphinx, page: str) -> Iterator[dict]:
    """Yield what the search needs of each part of a page."""
    doctree, texts = app.env.get_doctree(page), defaultdict(str)
    weight = 0.4 if Path(page).parent == SOLUTIONS else WEIGHTS.get(page, 1)
    for formula in doctree.findall(nodes.math):
        formula[:] = [nodes.Text("…")]
    for html in doctree.findall(nodes.raw):
        html[:] = []
    for link in doctree.findall(addnodes.pending_xref):
        if link["reftype"] == "numref":  # its words are the figure's internal name
            link[:] = [nodes.Text("…")]
    for paragraph in doctree.findall(nodes.paragraph):
        part = paragraph.parent
        while not isinstance(part, PARTS | nodes.document):
            part = part.parent
        texts[part] += f" {paragraph.astext()}"
    for part in doctree.findall(lambda node: isinstance(node, PARTS)):
        names, text = part["ids"] or part[0]["ids"], " ".join(texts[part].split())
        if names:
            abbreviations = re.findall(r"\w+(?= for short)", text)
            title = part.get("summary") or part[0].astext()
            title = title.partition("(")[0]  # without the arguments of a function
            title = KEY.sub(lambda key: f"{key[1].title()} ({key[2]})", title)
            yield {
                "address": f"{app.builder.get_target_uri(page)}#{names[0]}",
                "page": app.env.titles[page].astext(),
                "text": text,
                "title": " ".join([title, *abbreviations]),
                "weight": weight / 2 if isinstance(part, Fold) else weight,
            }


def setup(app: Sphinx) -> None:
    """Connect the function above to the build, and turn off Sphinx's own search."""
    app.connect("builder-inited", lambda app: setattr(app.builder, "search", False))
    app.connect("build-finished", write_sections)
