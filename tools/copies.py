"""Copies of the notebooks to hand out: ``python -m tools.copies FOLDER NOTEBOOK...``.

Without names, all sections are copied, and no solutions. `make lab` makes such copies of everything.
"""

import shutil
import sys
from collections.abc import Collection
from pathlib import Path

from book.chapter import CHAPTER, ROOT, SECTIONS, SOLUTIONS, check_sections
from book.links import without_missing

# Paths of the book are relative to the repository, as in chapter_rnn/rnn.ipynb.
HANDED_OUT = [CHAPTER / f"{name}.ipynb" for name in SECTIONS]
NOTEBOOKS = [*HANDED_OUT, *(SOLUTIONS / f"{name}.ipynb" for name in SECTIONS)]
OTHERS = ("*.md", "figures/*.svg", "measured/*.json")


def main() -> None:
    """Copy the notebooks named on the command line, or all sections, and the chapter's other files."""
    folder, *named = map(Path, sys.argv[1:])
    notebooks = named or HANDED_OUT
    check_sections([path.stem for path in notebooks], SECTIONS)
    shutil.rmtree(folder, ignore_errors=True)  # nothing of an earlier call is handed out
    for path, content in copies_of(notebooks).items():
        copy = folder / path.relative_to(CHAPTER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    print(*(folder / path.relative_to(CHAPTER) for path in notebooks), sep="\n")


def copies_of(notebooks: Collection[Path]) -> dict[Path, bytes]:
    """Return, by its path in the book, the content of a copy of each notebook and of the other files.

    What would lead to a notebook that is not copied leads to the published book, or is left out.
    """
    everything = {path.relative_to(ROOT) for path in (ROOT / CHAPTER).glob("**/*.ipynb")}
    missing = everything.difference(notebooks)
    if SOLUTIONS not in {path.parent for path in notebooks}:
        missing.add(SOLUTIONS / "index.md")
    others = (path for pattern in OTHERS for path in (ROOT / CHAPTER).glob(pattern))
    copies = {}
    for path in [*notebooks, *(path.relative_to(ROOT) for path in others)]:
        content = (ROOT / path).read_text(encoding="utf-8")
        if path.suffix in (".ipynb", ".md"):
            content = without_missing(content, path, missing)
        copies[path] = content.encode()
    return copies


if __name__ == "__main__":
    main()
