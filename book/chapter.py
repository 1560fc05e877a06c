"""The chapter: its folders, the pages that its index lists, and the parts that a book can have of it."""

import json
import os
import re
import tomllib
from collections.abc import Callable, Collection
from pathlib import Path

from book import places

ROOT = Path(__file__).resolve().parents[1]

NOVEL = tomllib.loads((ROOT / "gluonbook" / "novel.toml").read_text(encoding="utf-8"))

CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
TITLE = re.search(r'^title: "?(.*?)"?$', CITATION, re.MULTILINE)[1]
SHORT_TITLE = TITLE.partition(":")[0]
# Paths of pages are relative to the repository, as in chapter_rnn/rnn.ipynb.
CHAPTER = Path("chapter_rnn")
SOLUTIONS = CHAPTER / "solutions"
INDEX = CHAPTER / "index.md"

LINK = re.compile(r"\[(?P<words>[^\[\]]*)\]\((?P<path>[^()#\s:]+)(?P<anchor>#[^()\s]*)?\)")
ROW = re.compile(r"^\| \[[^\[\]]*\]\(([^()#\s]+)\).*\n", re.MULTILINE)
# A sentence is a line. In a notebook, which is JSON, a line begins with a quotation mark, and ends with \n
# and another. A match begins there, too: from each place in a picture, it would take minutes.
ABOUT_SOLUTIONS = re.compile(
    r'(?<![^"\n])[^"\\\n]*(?:\[solutions\]\(solutions/|The solutions are in)[^"\\\n]*'
)


def linked_pages(index: str) -> tuple[list[str], list[str]]:
    """Return, in order, the names of the notebooks and other pages that the chapter's index links to."""
    names = dict.fromkeys(re.findall(r"\]\(([\w-]+)\.(ipynb|md)\)", index))
    sections = [name for name, suffix in names if suffix == "ipynb"]
    return sections, [name for name, suffix in names if suffix == "md"]


SECTIONS, PAGES = linked_pages((ROOT / INDEX).read_text(encoding="utf-8"))


def left_out() -> list[Path]:
    """Return the pages that a part of the book leaves out.

    In the environment, ``SECTIONS`` lists the sections to keep, and ``SOLUTIONS=no`` leaves out the
    solutions. A part is handed to students, so it has no page for teachers.
    """
    chosen, solutions = os.environ.get("SECTIONS", "").split(), os.environ.get("SOLUTIONS")
    if not chosen and not solutions:
        return []
    without = [name for name in SECTIONS if chosen and name not in chosen]
    pages = [Path("teaching.md"), *(CHAPTER / f"{name}.ipynb" for name in without)]
    if solutions == "no":
        return [*pages, SOLUTIONS / "index.md", *(SOLUTIONS / f"{name}.ipynb" for name in SECTIONS)]
    return [*pages, *(SOLUTIONS / f"{name}.ipynb" for name in without)]


def without_missing(
    text: str,
    page: Path,
    missing: Collection[Path],
    renamed: Callable[[Path], Path] = lambda path: path,
) -> str:
    """Remove from the text of a page what leads to missing pages, and follow pages that were renamed.

    A link to a missing section leads to the published book or, if there is none, becomes plain text. Links
    to missing solutions always become plain text.
    """
    repository = places.repository(ROOT)

    def is_missing(path: str) -> bool:
        return Path(os.path.normpath(page.parent / path)) in missing

    def target(path: Path) -> str | None:
        if path not in missing:
            return os.path.relpath(renamed(path), renamed(page).parent)
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


def title_of(notebook: Path) -> str:
    """Return the title of a notebook, which is its first line."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).partition("\n")[0].removeprefix("# ")
