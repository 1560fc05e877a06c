"""A Sphinx extension that leaves sections out of the book, or out of a part of it.

``make html SECTIONS="rnn rnn-gluon" SOLUTIONS=no`` makes a part.
"""

import re

from sphinx.application import Sphinx

from book.chapter import CHAPTER, SECTIONS, TEACHING, left_out
from book.links import without_missing

START = re.compile(r"\([^()]*\)(?=\{\.start\})")
ABOUT_TEACHING = re.compile(r"^(?:teaching|.*\(teaching\.md.*)\n", re.MULTILINE)


def leave_out(app: Sphinx, config: object) -> None:
    """Exclude the pages that are left out of the book."""
    config.left_out = left_out()
    config.exclude_patterns += [path.as_posix() for path in config.left_out]


def redirect_links(app: Sphinx, page: str, content: list[str]) -> None:
    """Change a page's links to pages that are left out, and let the landing page begin the part."""
    if missing := app.config.left_out:
        first = next(name for name in SECTIONS if CHAPTER / f"{name}.ipynb" not in missing)
        text = START.sub(f"({CHAPTER / first}.ipynb)", content[0])
        if TEACHING in missing:
            text = ABOUT_TEACHING.sub("", text)
        path = app.env.doc2path(page, base=False)
        content[0] = without_missing(text, path, missing)


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.add_config_value("left_out", [], "env", list)
    app.connect("config-inited", leave_out)
    app.connect("source-read", redirect_links, priority=400)  # before contents are added
