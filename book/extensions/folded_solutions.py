"""A Sphinx extension that puts the solution of each exercise below it, folded.

A reader who has tried an exercise can open its solution in place. A link leads to the page of all
solutions of the section, which also has the cells that several solutions share.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from book.chapter import CHAPTER, SOLUTIONS
from book.extensions.folds import Fold

PREFIX = "solution-"  # for the ids of copied elements, because the ids of a page must be unique
NUMBERED = re.compile(r"Exercise (\d+)")


def fold_solutions(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the solution below each exercise of a section, in an element that can be opened."""
    solutions = (SOLUTIONS / Path(page).name).as_posix()
    is_section = Path(page).parent == CHAPTER and doctree.get("docname", page) == page
    if app.builder.format != "html" or not is_section or solutions not in app.env.found_docs:
        return
    answers = answers_of(app, solutions, page)
    address = app.builder.get_relative_uri(page, solutions)
    # The exercises are the items of the lists directly below their heading, not of lists inside an exercise.
    items = [
        item
        for item in doctree.findall(nodes.list_item)
        if "Exercises" in item.parent.parent.get("ids", ())
    ]
    for number, item in enumerate(items, start=1):
        if answer := answers.get(number):
            item += folded(number, answer, address)


def answers_of(app: Sphinx, solutions: str, page: str) -> dict[int, list[nodes.Node]]:
    """Return the answers to the exercises of `page` by their numbers, with links relative to `page`."""
    doctree = app.env.get_doctree(solutions)
    doctree["docname"] = solutions  # so that solutions are not folded into other solutions
    for link in doctree.findall(addnodes.pending_xref):
        link["refdoc"] = page
    app.env.apply_post_transforms(doctree, page)
    own = {name for part in doctree.findall(nodes.Element) for name in part["ids"]}
    for part in doctree.findall(nodes.Element):
        part["ids"] = [PREFIX + name for name in part["ids"]]
        if part.get("refid") in own:  # and is not a place in the section
            part["refid"] = PREFIX + part["refid"]
    found = {}
    for part in doctree.findall(nodes.section):
        if heading := NUMBERED.match(part[0].astext()):
            # The second child quotes the exercise, which the page already shows.
            found[int(heading[1])] = [
                child for child in part.children[1:] if not isinstance(child, nodes.block_quote)
            ]
    return found


def folded(number: int, answer: list[nodes.Node], address: str) -> Fold:
    """Return an answer in a part that can be opened, with a link to all solutions."""
    link = f'<p class="to-notebook"><a href="{address}#Exercise-{number}">In the notebook of solutions</a></p>'
    content = [*answer, nodes.raw("", link, format="html")]
    return Fold("", *content, classes=["solution"], summary=f"Solution to exercise {number}")


def setup(app: Sphinx) -> None:
    """Connect the folding to the build."""
    app.connect("doctree-resolved", fold_solutions)
