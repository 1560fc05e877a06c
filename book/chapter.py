"""The chapter: its folders, the pages that its index lists, and the parts that a book can have of it."""

import json
import os
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

NOVEL = tomllib.loads((ROOT / "gluonbook" / "novel.toml").read_text(encoding="utf-8"))
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["book"]

CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
TITLE = re.search(r'^title: "?(.*?)"?$', CITATION, re.MULTILINE)[1]
SHORT_TITLE = TITLE.partition(":")[0]
# Paths of pages are relative to the repository, as in chapter_rnn/rnn.ipynb.
CHAPTER = Path("chapter_rnn")
SOLUTIONS = CHAPTER / "solutions"
INDEX = CHAPTER / "index.md"
TEACHING = Path("teaching.md")


def linked_pages(index: str) -> tuple[list[str], list[str]]:
    """Return, in order, the names of the notebooks and other pages that the chapter's index links to."""
    names = dict.fromkeys(re.findall(r"\]\(([\w-]+)\.(ipynb|md)\)", index))
    sections = [name for name, suffix in names if suffix == "ipynb"]
    return sections, [name for name, suffix in names if suffix == "md"]


def check_sections(chosen: list[str], sections: list[str]) -> None:
    """Raise a ValueError if a name that was chosen is not that of one of the sections."""
    if unknown := sorted({*chosen} - {*sections}):
        raise ValueError(
            f"the book has no section {', '.join(unknown)}, but: {', '.join(sections)}"
        )


LISTED, PAGES = linked_pages((ROOT / INDEX).read_text(encoding="utf-8"))
check_sections(SETTINGS["leave-out"], LISTED)
SECTIONS = [name for name in LISTED if name not in SETTINGS["leave-out"]]


def left_out() -> list[Path]:
    """Return the pages that are left out of the book, as pyproject.toml says, or out of a part of it.

    In the environment, ``SECTIONS`` lists the sections to keep, and ``SOLUTIONS=no`` leaves out the
    solutions. A part is handed to students, so it has no page for teachers.
    """
    chosen, solutions = os.environ.get("SECTIONS", "").split(), os.environ.get("SOLUTIONS")
    check_sections(chosen, SECTIONS)
    without = [name for name in LISTED if name not in (chosen or SECTIONS)]
    pages = [CHAPTER / f"{name}.ipynb" for name in without]
    if chosen or solutions:
        pages.append(TEACHING)
    if solutions == "no":
        return [*pages, SOLUTIONS / "index.md", *(SOLUTIONS / f"{name}.ipynb" for name in LISTED)]
    return [*pages, *(SOLUTIONS / f"{name}.ipynb" for name in without)]


def title_of(notebook: Path) -> str:
    """Return the title of a notebook, which is its first line."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).partition("\n")[0].removeprefix("# ")
