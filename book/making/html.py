"""Build the pages: ``python -m book.making.html NOTEBOOKS FOLDER``.

NOTEBOOKS is the folder whose notebooks the book shows: ``chapter_rnn`` for the stored outputs, or
``_build/executed/notebooks/chapter_rnn`` for those of a new run. The sources for Sphinx are collected in
``FOLDER/source``, and the pages are written to ``FOLDER/html``, all at once when they are complete.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from sphinx.cmd.build import main as sphinx_build

from book.chapter import CHAPTER, ROOT


def build(notebooks: Path, folder: Path) -> int:
    """Build all pages from scratch, with warnings as errors; return Sphinx's exit code."""
    begin = time.time()
    source, part, html = (folder / name for name in ("source", "html.part", "html"))
    for leftover in (source, part):
        shutil.rmtree(leftover, ignore_errors=True)
    gather(notebooks, source)
    options = ["-q", "-n", "-W", "-E", "-c", ROOT / "book", "-d", folder / "doctrees"]
    code = sphinx_build([str(option) for option in [*options, source, part]])
    if code == 0:
        # What was edited meanwhile is newer than the pages, so that the next `make` builds them again.
        os.utime(part / "index.html", (begin, begin))
        shutil.rmtree(html, ignore_errors=True)
        part.rename(html)
    return code


def gather(notebooks: Path, source: Path) -> None:
    """Copy everything that the pages are made from into one folder."""
    book, chapter = ROOT / "book", ROOT / CHAPTER
    files = {path: path.relative_to(book) for path in book.rglob("*.md")}
    # One page includes a part of the README.
    for path in [ROOT / "README.md", *chapter.glob("*.md"), *chapter.glob("figures/*.svg")]:
        files[path] = path.relative_to(ROOT)
    for path in [*chapter.glob("*.ipynb"), *chapter.glob("solutions/*.ipynb")]:
        files[notebooks / path.relative_to(chapter)] = path.relative_to(ROOT)
    for path, name in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, source / name)


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]), Path(sys.argv[2])))
