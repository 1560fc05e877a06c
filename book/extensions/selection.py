"""A Sphinx extension for part of the chapter: ``make html SECTIONS="rnn rnn-gluon" SOLUTIONS=no``.

A link to a page that is left out leads to the published book or, if the book is not published, becomes
plain text. Links to solutions that are left out always become plain text.
"""

import posixpath
import re
from pathlib import Path

from sphinx.application import Sphinx

from book import places
from book.chapter import CHAPTER, INDEX, SOLUTIONS, left_out, linked_pages

LINK = re.compile(r"\[(?P<text>[^\[\]]*)\]\((?P<path>[^()#\s]+\.ipynb)(?P<anchor>#[^()\s]*)?\)")
ROW = re.compile(r"^(\| \[[^\]]*\]\(([\w-]+)\.ipynb\).*\n)", re.MULTILINE)
# Quotation marks are escaped in the text of a notebook, which is JSON.
TO_SOLUTIONS = re.compile(r"The \[solutions\]\(solutions/[\w-]+\.ipynb\)[^\"\n\\]*")


def leave_out(app: Sphinx, config: object) -> None:
    """Exclude the pages that are left out of the book."""
    config.left_out = left_out(linked_pages(app.srcdir / CHAPTER)[0])
    config.exclude_patterns += [f"{page}.*" for page in config.left_out]


def redirect_links(app: Sphinx, page: str, content: list[str]) -> None:
    """Change a page's links to pages that are left out."""
    missing = app.config.left_out
    if not missing:
        return
    if f"{SOLUTIONS.as_posix()}/{Path(page).name}" in missing:
        content[0] = TO_SOLUTIONS.sub("", content[0])

    def redirected(link: re.Match) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), link["path"]))
        target = target.removesuffix(".ipynb")
        if target not in missing:
            return link[0]
        site = places.site(app.config.repository)
        is_withheld = Path(target).parent == SOLUTIONS
        if site and not is_withheld:
            return f"[{link['text']}]({site}{target}.html{link['anchor'] or ''})"
        return link["text"]

    if page == INDEX:  # its table lists the sections of the book
        for row, name in ROW.findall(content[0]):
            if (CHAPTER / name).as_posix() in missing:
                content[0] = content[0].replace(row, "")
    content[0] = LINK.sub(redirected, content[0])


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.add_config_value("left_out", [], "env", list)
    app.connect("config-inited", leave_out)
    app.connect("source-read", redirect_links, priority=400)  # before contents are added
