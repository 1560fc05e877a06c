"""The links in the text of a page, of which some lead to pages that are missing."""

import os
import re
from collections.abc import Callable, Collection
from pathlib import Path

from book import places
from book.chapter import ROOT, SOLUTIONS

LINK = re.compile(r"\[(?P<words>[^\[\]]*)\]\((?P<path>[^()#\s:]+)(?P<anchor>#[^()\s]*)?\)")
ROW = re.compile(r"^\| \[[^\[\]]*\]\(([^()#\s]+)\).*\n", re.MULTILINE)
# A sentence is a line. In a notebook, which is JSON, a line begins with a quotation mark, and ends with \n
# and another. A match begins there, too: from each place in a picture, it would take minutes.
ABOUT_SOLUTIONS = re.compile(
    r'(?<![^"\n])[^"\\\n]*(?:\[solutions\]\(solutions/|The solutions are in)[^"\\\n]*'
)


def without_missing(text: str, page: Path, missing: Collection[Path]) -> str:
    """Remove from the text of a page what leads to missing pages.

    A link to a missing section leads to the published book or, if there is none, becomes plain text. Links
    to missing solutions always become plain text.
    """
    repository = places.repository(ROOT)

    def is_missing(path: str) -> bool:
        return Path(os.path.normpath(page.parent / path)) in missing

    def target(path: Path) -> str | None:
        if path not in missing:
            return os.path.relpath(path, page.parent)
        is_public = repository and path.parent != SOLUTIONS
        return places.published(repository, path) if is_public else None

    if SOLUTIONS / page.name in missing:
        text = ABOUT_SOLUTIONS.sub("", text)
    text = ROW.sub(lambda row: "" if is_missing(row[1]) else row[0], text)
    return relink(text, page, target)


def relink(text: str, page: Path, target: Callable[[Path], str | None]) -> str:
    """Change the relative links and pictures in the text of a page.

    `target` gets the path that a link leads to, and returns its new address, or None to make the link
    plain text.
    """

    def changed(link: re.Match) -> str:
        address = target(Path(os.path.normpath(page.parent / link["path"])))
        return (
            link["words"]
            if address is None
            else f"[{link['words']}]({address}{link['anchor'] or ''})"
        )

    return LINK.sub(changed, text)
