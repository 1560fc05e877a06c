"""The settings of this chapter, from `chapter.toml`, and the pages that its index lists."""

import json
import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SETTINGS = tomllib.loads((ROOT / "book" / "chapter.toml").read_text(encoding="utf-8"))

NOVEL = tomllib.loads((ROOT / "gluonbook" / "novel.toml").read_text(encoding="utf-8"))

TITLE = SETTINGS["title"]
CHAPTER = Path(SETTINGS["folder"])
SOLUTIONS = CHAPTER / "solutions"
INDEX = (CHAPTER / "index").as_posix()
GLOSSARY = (CHAPTER / SETTINGS["glossary"]).as_posix()

PAGE_LINK = re.compile(r"\]\(([\w-]+)\.(ipynb|md)\)")


def linked_pages(chapter: Path) -> tuple[list[str], list[str]]:
    """Return, in order, the names of the notebooks and other pages that the chapter's index links to."""
    index = (chapter / "index.md").read_text(encoding="utf-8")
    names = dict.fromkeys(PAGE_LINK.findall(index))
    sections = [name for name, suffix in names if suffix == "ipynb"]
    return sections, [name for name, suffix in names if suffix == "md"]


def left_out(sections: Sequence[str]) -> list[str]:
    """Return the pages that ``SECTIONS`` and ``SOLUTIONS=no`` in the environment leave out of the book.

    ``SECTIONS`` lists the sections to keep, or is ``all``.

    Raises
    ------
    ValueError
        If ``SECTIONS`` contains a name that is not a section's.
    """
    chosen = os.environ.get("SECTIONS", "").split()
    if chosen in ([], ["all"]):
        chosen = list(sections)
    if unknown := set(chosen) - set(sections):
        raise ValueError(
            f"SECTIONS names {', '.join(sorted(unknown))}; the sections are {', '.join(sections)}"
        )
    without = [name for name in sections if name not in chosen]
    pages = [(CHAPTER / name).as_posix() for name in without]
    if os.environ.get("SOLUTIONS") == "no":
        return [*pages, *((SOLUTIONS / name).as_posix() for name in [*sections, "index"])]
    return [*pages, *((SOLUTIONS / name).as_posix() for name in without)]


def title_of(notebook: Path) -> str:
    """Return the title of a notebook, which is its first line."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).partition("\n")[0].removeprefix("# ")
