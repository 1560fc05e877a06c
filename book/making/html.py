"""Build the pages from the sources that `stage` has assembled: ``python -m book.making.html FOLDER``.

They are in ``FOLDER/source``, and the pages in ``FOLDER/html``.
"""

import gc
import sys
from pathlib import Path

from sphinx.cmd.build import main as sphinx_build

from book.chapter import ROOT

HTML = ROOT / "_build" / "html"  # of the book with the stored outputs


def build(folder: Path) -> int:
    """Build the pages, where every warning is an error; return Sphinx's exit code."""
    # It makes trees of the pages, keeps most of them and ends: looking again and again for what is
    # no longer needed would take a third of the time. It would save half a gigabyte.
    gc.disable()
    # For nbformat: see tools/execute.py.
    sys.modules["rfc3987_syntax"] = None
    options = ["-q", "-n", "-W", "-c", ROOT / "book", "-d", folder / "doctrees"]
    return sphinx_build([str(option) for option in [*options, folder / "source", folder / "html"]])


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1])))
