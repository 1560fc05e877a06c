"""Terms explained where they stand, and search results shown with the sentence that matched.

`conf.py` loads it as an extension. Both take texts from the pages while these are built, so
that a page need not fetch anything, which it could not do from a disk. previews.js and
search-excerpts.js show them.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

GLOSSARY = "chapter_rnn/glossary"
TO_A_TERM = re.compile(r'href="[^"]*glossary\.html#([^"]+)"')
READABLE_FORMULA = re.compile(r"[\w\s=+<>.,()-]+")


# --- Glossary -------------------------------------------------------------------------------


def explain_terms(app: Sphinx) -> None:
    """Render the first paragraph of each term, without links, which would be wrong on other pages."""
    app.env.explanations = {}
    if app.builder.format != "html" or GLOSSARY not in app.env.found_docs:
        return
    glossary = app.env.get_and_resolve_doctree(GLOSSARY, app.builder)
    for term in glossary.findall(nodes.section):
        paragraph = next(
            (node for node in term.children if isinstance(node, nodes.paragraph)), None
        )
        if paragraph is None:
            continue
        explanation = paragraph.deepcopy()
        for link in list(explanation.findall(nodes.reference)):
            link.replace_self(link.children)
        html = app.builder.render_partial(explanation)["fragment"]
        app.env.explanations |= dict.fromkeys(term["ids"], html)


def add_explanations(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Put the explanation of each term that the page links to at its end, invisible."""
    terms = dict.fromkeys(TO_A_TERM.findall(context.get("body", "")))
    for term in terms:
        if explanation := app.env.explanations.get(term):
            context["body"] += f'\n<template id="term-{term}">{explanation}</template>'


# --- Search ---------------------------------------------------------------------------------


def write_search_texts(app: Sphinx, exception: Exception | None) -> None:
    """Write the text of each page, paragraph by paragraph, to a file for the search page."""
    if exception or app.builder.name != "html":
        return
    pages = {name: paragraphs(app.env.get_doctree(name)) for name in sorted(app.env.found_docs)}
    content = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, "_static", "search-texts.js").write_text(f"const SEARCH_TEXTS = {content};\n")


def paragraphs(page: nodes.document) -> list[tuple[str, str]]:
    """Return a page's paragraphs, each with the anchor of what it belongs to.

    Code is left out: it would double what the search loads.
    """
    return [
        (anchor_above(paragraph), plain(paragraph)) for paragraph in page.findall(nodes.paragraph)
    ]


def anchor_above(node: nodes.Node) -> str:
    """Return the anchor of the function, the class or the section that a node is in."""
    while node.parent:
        node = node.parent
        named = node[0] if isinstance(node, addnodes.desc) else node
        if isinstance(node, nodes.section | addnodes.desc) and named["ids"]:
            return named["ids"][0]
    return ""


def plain(paragraph: nodes.paragraph) -> str:
    """Return a paragraph as text. A formula of more than a few letters becomes three dots."""
    paragraph = paragraph.deepcopy()
    for formula in list(paragraph.findall(nodes.math)):
        tex = formula.astext()
        text = tex if READABLE_FORMULA.fullmatch(tex) else "…"
        formula.replace_self(nodes.Text(text))
    return " ".join(paragraph.astext().split())


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to the build."""
    app.connect("env-updated", lambda app, env: explain_terms(app))
    app.connect("html-page-context", add_explanations)
    app.connect("build-finished", write_search_texts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
