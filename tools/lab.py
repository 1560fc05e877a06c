"""Open JupyterLab on the reader's own copies of the chapter: ``make lab`` calls this.

The copies are in ``my-chapter``, beside the chapter, and git ignores them: running, changing and
saving them leaves the book's notebooks as they are. ``--author`` opens the book's notebooks
themselves. Other arguments are passed to JupyterLab.
"""

import os
import shutil
import sys
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from book.chapter import linked_pages

ROOT = Path(__file__).resolve().parents[1]
CHAPTER, MINE = ROOT / "chapter_rnn", ROOT / "my-chapter"


def main() -> None:
    """Copy what is not there yet, and start JupyterLab in place of this process."""
    author, arguments = "--author" in sys.argv, [a for a in sys.argv[1:] if a != "--author"]
    if not author:
        copy(CHAPTER, MINE)
        print(
            f"Your own copies are in {MINE}. One that you delete is copied anew the next time.",
            flush=True,  # JupyterLab takes the place of this process
        )
    first = linked_pages((CHAPTER / "index.md").read_text(encoding="utf-8"))[0][0]
    # As an address, and not as a file to open: it is also what JupyterLab prints for a browser
    # on another machine.
    folder = f"--ServerApp.root_dir={CHAPTER if author else MINE}"
    opened = [folder, f"--LabApp.default_url=/lab/tree/{first}.ipynb"]
    if os.geteuid() == 0:  # as in a container
        opened.append("--allow-root")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *opened, *arguments])


def copy(chapter: Path, mine: Path) -> None:
    """Copy notebooks that are not there, and everything else, which nobody edits."""
    for path in (p for p in chapter.rglob("*") if p.suffix in (".ipynb", ".md", ".svg", ".json")):
        target = mine / path.relative_to(chapter)
        if (path.suffix == ".ipynb" and target.exists()) or ".ipynb_checkpoints" in path.parts:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        if path.suffix == ".ipynb":
            # JupyterLab trusts it: its outputs are the book's, so figures may answer at once.
            NotebookNotary().sign(nbformat.read(target, as_version=4))


if __name__ == "__main__":
    main()
