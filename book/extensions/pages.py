"""What the book needs from Sphinx beyond settings. `conf.py` loads it as an extension."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from book import places
from book.chapter import CHAPTER, INDEX, ROOT, SOLUTIONS, linked_pages, title_of

PUNCTUATION = re.compile(r"[.,;:?!)]+")


def is_inside(node: nodes.Node, kinds: tuple[type, ...], end: nodes.Node | None = None) -> bool:
    """Tell whether a node is in an element of some kinds, of which `end` and what it is in are none."""
    while (node := node.parent) is not None and node is not end:
        if isinstance(node, kinds):
            return True
    return False


def jupyter_slug(heading: str) -> str:
    """Return the anchor that Jupyter gives a heading, so that a link works in both places."""
    return heading.replace(" ", "-")


def name_or_code(
    app: Sphinx, env: BuildEnvironment, node: nodes.Element, text: nodes.TextElement
) -> nodes.TextElement | None:
    """Show a name in a docstring's single backticks as code if there is nothing to link to.

    Docstrings put functions and parameters alike in single backticks. Functions become
    links. A parameter has no page of its own, and no warning is due.
    """
    is_bare_name = node["refdomain"] == "py" and node["reftype"] == "obj"
    return text if is_bare_name else None


def keep_punctuation(app: Sphinx, doctree: nodes.document) -> None:
    """Mark a formula and the full stop or comma after it, which book.css keeps on one line.

    A browser may break the line after a formula, whatever comes next.
    """
    for formula in list(doctree.findall(nodes.math)):
        rest = formula.next_node(descend=False, siblings=True)
        if isinstance(rest, nodes.Text) and (mark := PUNCTUATION.match(rest)):
            unbroken = nodes.inline(classes=["unbroken"])
            formula.replace_self(unbroken)
            unbroken += [formula, nodes.Text(mark[0])]
            rest.parent.replace(rest, nodes.Text(rest[mark.end() :]))


def name_repository(app: Sphinx, path: Path, page: str, content: list[str]) -> None:
    """Let the README, of which pages show a part, clone the repository that this book is of."""
    if app.config.repository:
        this_one = places.GITHUB + app.config.repository
        content[0] = content[0].replace(places.address(ROOT), this_one)


def add_contents(app: Sphinx, page: str, content: list[str]) -> None:
    """Add the book's tables of contents, in the order in which the chapter's page has its links."""
    index = Path(app.srcdir, f"{INDEX}.md").read_text(encoding="utf-8")
    sections, pages = linked_pages(index)
    missing = app.config.left_out
    sections = [name for name in sections if (CHAPTER / name).as_posix() not in missing]
    if page == INDEX:
        content[0] += toctree(sections, ":hidden:", ":numbered:")
        if f"{SOLUTIONS}/index" not in missing:
            pages.append("solutions/index")
        content[0] += toctree(pages, ":hidden:")
    if page == f"{SOLUTIONS}/index":
        titles = [title_of(app.srcdir / SOLUTIONS / f"{name}.ipynb") for name in sections]
        short = [title.removeprefix("Solutions: ") for title in titles]  # their list says it once
        entries = [f"{title} <{name}>" for title, name in zip(short, sections, strict=True)]
        content[0] += toctree(entries, ":titlesonly:")


def toctree(entries: list[str], *options: str) -> str:
    """Return a table of contents in the form that Sphinx reads."""
    return "\n".join(["", "```{toctree}", *options, "", *entries, "```", ""])


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.connect("source-read", add_contents)
    app.connect("include-read", name_repository)
    app.connect("doctree-read", keep_punctuation)
    app.connect("missing-reference", name_or_code)
