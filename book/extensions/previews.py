"""A Sphinx extension that adds explanations of terms to the pages that use the terms.

The explanations come from the glossary and are added while the pages are built, because a page that is
opened from a disk cannot fetch another page. previews.js shows them.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx

from book.chapter import GLOSSARY

TO_A_TERM = re.compile(r'href="[^"]*glossary\.html#([^"]+)"')


def explain_terms(app: Sphinx) -> None:
    """Render the first paragraph of each term, without links, which would not work on other pages."""
    app.env.explanations = {}
    if app.builder.format != "html" or GLOSSARY not in app.env.found_docs:
        return
    glossary = app.env.get_and_resolve_doctree(GLOSSARY, app.builder)
    for term in glossary.findall(nodes.section):
        paragraphs = [node for node in term.children if isinstance(node, nodes.paragraph)]
        if not paragraphs:
            continue
        explanation = paragraphs[0].deepcopy()
        for link in list(explanation.findall(nodes.reference)):
            link.replace_self(link.children)
        html = app.builder.render_partial(explanation)["fragment"]
        app.env.explanations |= dict.fromkeys(term["ids"], html)


def add_explanations(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Append to a page, hidden, the explanation of each term that it links to."""
    terms = dict.fromkeys(TO_A_TERM.findall(context.get("body", "")))
    for term in terms:
        if explanation := app.env.explanations.get(term):
            context["body"] += f'\n<template id="term-{term}">{explanation}</template>'


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.connect("env-updated", lambda app, env: explain_terms(app))
    app.connect("html-page-context", add_explanations)
