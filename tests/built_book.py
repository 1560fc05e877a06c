"""The built book, for the tests that read its pages and those that open them in a browser."""

import fcntl
import functools
import sys
from collections.abc import Iterable
from pathlib import Path

from book.making.html import HTML
from tests import ROOT
from tests.processes import finished

SOURCES = ("book/**/*", "chapter_rnn/**/*", "gluonbook/**/*", "README.md", "pyproject.toml")


@functools.cache
def built_book() -> Path:
    """Return the folder of the built pages.

    The book that `make html` has built serves, if nothing has changed since. Otherwise it is
    built here, from the stored outputs. A lock keeps parallel test runs from doing so
    at the same time.
    """
    HTML.mkdir(parents=True, exist_ok=True)
    with open(HTML.parent / "book.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_outdated():
            build()
    return HTML


def is_outdated() -> bool:
    """Tell whether there is no book, or a source of it is newer than its newest page."""
    made_by_tools = {"__pycache__", ".ipynb_checkpoints"}
    found = (path for name in SOURCES for path in ROOT.glob(name))
    sources = [path for path in found if made_by_tools.isdisjoint(path.parts) and path.is_file()]
    landing_page = HTML / "index.html"
    return not landing_page.exists() or newest(HTML.rglob("*.html")) < newest(sources)


def newest(paths: Iterable[Path]) -> float:
    return max(path.stat().st_mtime for path in paths)


def build() -> None:
    """Do what `make html` does."""
    command = [sys.executable, "-m", "book.making.html", "chapter_rnn", HTML.parent]
    built = finished(command, cwd=ROOT)
    assert built.returncode == 0, f"the book does not build:\n{built.stderr}"


def pages() -> list[Path]:
    """Return the path of every page of the book, inside its folder."""
    found = built_book().rglob("*.html")
    return sorted(path.relative_to(HTML) for path in found if "_static" not in path.parts)
