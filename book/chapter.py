"""What is particular to this chapter, as `chapter.toml` says it, and what its own page lists."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SETTINGS = tomllib.loads((ROOT / "book" / "chapter.toml").read_text(encoding="utf-8"))

TITLE = SETTINGS["title"]
CHAPTER = Path(SETTINGS["folder"])
SOLUTIONS = CHAPTER / "solutions"
INDEX = (CHAPTER / "index").as_posix()
GLOSSARY = (CHAPTER / SETTINGS["glossary"]).as_posix()

PAGE_LINK = re.compile(r"\]\(([\w-]+)\.(ipynb|md)\)")


def linked_pages(index: str) -> tuple[list[str], list[str]]:
    """Return the names of the notebooks and of the other pages that `index` links to, in order."""
    names = dict.fromkeys(PAGE_LINK.findall(index))
    sections = [name for name, suffix in names if suffix == "ipynb"]
    return sections, [name for name, suffix in names if suffix == "md"]


def title_of(notebook: Path) -> str:
    """Return the title of a notebook, its first line."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).partition("\n")[0].removeprefix("# ")
