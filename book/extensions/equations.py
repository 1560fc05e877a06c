r"""A Sphinx extension that numbers equations by section, as in (7.2).

A notebook numbers its equations from 1, with ``\tag{2}``, because it does not know the number of its
section. Its text and its solutions refer to equations by these numbers, as in *equation (2)* or *equations
(1) and (2)*.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from book.chapter import CHAPTER, SOLUTIONS

TAG = re.compile(r"\\tag\{(\d+)\}")
# A number in parentheses need not be an equation: "either open (1) or shut (0)".
REFERENCE = re.compile(r"\b((?:Equation|equation)s?\s\(\d+\)(?:(?:,|\sand|\sto)\s\(\d+\))*)")
NUMBER = re.compile(r"\((\d+)\)")
NO_PROSE = (nodes.FixedTextElement, nodes.comment, nodes.literal, nodes.math, nodes.reference)


def number_equations(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the section number in front of each equation number, and link to equations from the text."""
    is_solution = Path(page).parent == SOLUTIONS
    section = (CHAPTER / Path(page).name).as_posix() if is_solution else page
    if app.builder.format != "html" or section not in app.env.toc_secnumbers:
        return
    if doctree.get("docname", page) != page:
        return  # solutions for the page, whose references are linked when they are in it
    (place,) = app.env.toc_secnumbers[section][""]
    source, address = doctree, ""
    if is_solution:
        source = app.env.get_doctree(section)
        address = app.builder.get_relative_uri(page, section)
    known = {number for each in equations(source) for number in TAG.findall(each.astext())}
    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, NO_PROSE) and REFERENCE.search(text):
            text.parent.replace(text, list(with_links(text, known, place, address)))
    for equation in equations(doctree):
        (number,) = TAG.findall(equation.astext())
        equation["ids"].append(f"equation-{number}")
        equation[:] = [nodes.Text(TAG.sub(rf"\\tag{{{place}.{number}}}", equation.astext()))]


def equations(doctree: nodes.document) -> list[nodes.math_block]:
    """Return the numbered formulas of a page."""
    return [each for each in doctree.findall(nodes.math_block) if TAG.search(each.astext())]


def with_links(text: str, known: set[str], place: int, address: str) -> Iterator[nodes.Node]:
    """Yield a text in pieces, with a link for each number after the word *equation*."""
    for position, piece in enumerate(REFERENCE.split(text)):
        if position % 2 == 0:
            yield nodes.Text(piece)
        else:
            yield from numbers_with_links(piece, known, place, address)


def numbers_with_links(
    text: str, known: set[str], place: int, address: str
) -> Iterator[nodes.Node]:
    """Yield a reference such as *equations (1) and (2)* in pieces, with a link for each `known` number."""
    for position, piece in enumerate(NUMBER.split(text)):
        if position % 2 == 0:
            yield nodes.Text(piece)
        elif piece in known:
            number = nodes.inline(text=f"({place}.{piece})")
            yield nodes.reference(
                "", "", number, refuri=f"{address}#equation-{piece}", internal=True
            )
        else:
            yield nodes.Text(f"({piece})")


def setup(app: Sphinx) -> None:
    """Connect the numbering to the build."""
    app.connect("doctree-resolved", number_equations)
