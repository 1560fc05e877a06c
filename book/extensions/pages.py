"""What the book needs from Sphinx beyond settings. `conf.py` loads it as an extension."""

import hashlib
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from book import places
from book.chapter import ROOT

PUNCTUATION = re.compile(r"[.,;:?!)]+")


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


def renew_contents(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> set[str]:
    """Build every page again if one was added or removed, since each page lists all the others.

    Sphinx would build only the new page, and would keep the removed one.
    """
    for name in removed:
        (app.outdir / f"{name}.html").unlink(missing_ok=True)
    return env.found_docs if added or removed else set()


def forget_failed_build(app: Sphinx, exception: Exception | None) -> None:
    """Make the next build start from scratch if this one gave a warning.

    Sphinx reads only what has changed, so a second build would not see the warning. And
    without a landing page nobody takes the pages for a finished book.
    """
    if exception or app._warncount:
        (app.doctreedir / "environment.pickle").unlink(missing_ok=True)
        (app.outdir / "index.html").unlink(missing_ok=True)


def code_of_the_book() -> str:
    """Return a digest of the code that makes the pages."""
    files = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to the build."""
    # Sphinx reads and writes every page again when this value changes.
    app.add_config_value("book_code", code_of_the_book(), "env", str)
    app.connect("include-read", name_repository)
    app.connect("doctree-read", keep_punctuation)
    app.connect("missing-reference", name_or_code)
    app.connect("env-get-outdated", renew_contents)
    app.connect("build-finished", forget_failed_build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
