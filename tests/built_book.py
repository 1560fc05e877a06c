"""The built book, for the tests that read its pages and those that open them in a browser."""

import fcntl
import functools
import os
from pathlib import Path

from tests import ROOT
from tests.processes import finished

HTML = ROOT / "_build" / "html"


@functools.cache
def built_book() -> Path:
    """Return the folder of the pages, which `make` builds, under a lock, if they are not up to date."""
    HTML.parent.mkdir(exist_ok=True)
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    with open(HTML.parent / "book.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = finished(["make", "--silent", "_build/html/index.html"], cwd=ROOT, env=env)
    assert built.returncode == 0, f"the book does not build:\n{built.stderr}"
    return HTML


def pages() -> list[Path]:
    """Return the path of every page of the book, inside its folder."""
    found = built_book().rglob("*.html")
    return sorted(path.relative_to(HTML) for path in found if "_static" not in path.parts)
