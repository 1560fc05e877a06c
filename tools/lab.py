"""Open JupyterLab on the reader's own copies of the chapter, for ``make lab``.

The copies are in ``my-chapter``, which git ignores. ``--author`` opens the book's notebooks themselves.
Other arguments are passed to JupyterLab.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from book.chapter import NOVEL, ROOT, linked_pages
from tools import copies

CHAPTER, MINE = ROOT / "chapter_rnn", ROOT / "my-chapter"
TEXT = ROOT / "_build" / "text"  # the hash of the text that the notebooks read

# After JupyterLab has stopped, threads of its server sometimes never end, and Python would wait for them.
START = """
import os, sys
from jupyterlab.labapp import main
main()
sys.stdout.flush()
os._exit(0)
"""


def main() -> None:
    """Copy the missing files, and replace this process with JupyterLab."""
    author, arguments = "--author" in sys.argv, [a for a in sys.argv[1:] if a != "--author"]
    first = linked_pages(CHAPTER)[0][0]
    if not author:
        copy(CHAPTER, MINE)
        first = f"01-{first}"
        print(
            f"Your own copies are in {MINE}. If you delete one, the next `make lab` copies it again."
        )
    if TEXT.exists() and TEXT.read_text() != NOVEL["sha256"]:  # see tools/text_stamp.py
        print(
            f"{NOVEL['title']} is missing, so the stand-in text is used: `make data` downloads the novel."
        )
    print("Starting JupyterLab, which will print its address.", flush=True)
    opened = [
        f"--ServerApp.root_dir={CHAPTER if author else MINE}",
        # Give an address and not a file to open, because JupyterLab also prints the address for a
        # browser on another machine.
        f"--LabApp.default_url=/lab/tree/{first}.ipynb",
        "--Application.log_level=ERROR",  # the address is printed anyway
        "--KernelManager.transport=ipc",  # no warning about connections over TCP
    ]
    # The settings in this folder turn off the question about Jupyter's news.
    paths = [str(ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    if os.geteuid() == 0:  # as in a container
        opened.append("--allow-root")
    os.execv(sys.executable, [sys.executable, "-c", START, *opened, *arguments])


def copy(chapter: Path, mine: Path) -> None:
    """Copy the notebooks that are missing, and everything else, which nobody edits."""
    names = copies.numbered(chapter)
    copies.copy_others(chapter, mine, names)
    for source, name in names.items():
        target = mine / name
        if not target.exists():
            copies.write_copy(source, target, names)
            # Its outputs come from the book, so JupyterLab may trust it and run its figures at once.
            NotebookNotary().sign(nbformat.read(target, as_version=4))


if __name__ == "__main__":
    main()
