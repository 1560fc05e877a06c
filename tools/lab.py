"""Open JupyterLab on the reader's own copies of the chapter: ``make lab`` calls this.

The copies are in ``my-chapter``, next to the chapter, and git ignores them: running, changing and
saving them leaves the book's notebooks as they are. ``--author`` opens the book's notebooks
themselves. Other arguments are passed to JupyterLab.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from book.chapter import NOVEL, ROOT, linked_pages
from tools import copies

CHAPTER, MINE = ROOT / "chapter_rnn", ROOT / "my-chapter"
TEXT = ROOT / "_build" / "text"  # which text the notebooks read

# When JupyterLab has stopped, threads of its server sometimes wait for ever, and Python for them.
START = """
import os, sys
from jupyterlab.labapp import main
main()
sys.stdout.flush()
os._exit(0)
"""


def main() -> None:
    """Copy what is missing, and start JupyterLab in place of this process."""
    author, arguments = "--author" in sys.argv, [a for a in sys.argv[1:] if a != "--author"]
    first = linked_pages((CHAPTER / "index.md").read_text(encoding="utf-8"))[0][0]
    if not author:
        copy(CHAPTER, MINE)
        first = f"01-{first}"
        print(
            f"Your own copies are in {MINE}. If you delete one, the next `make lab` copies it again."
        )
    if TEXT.exists() and TEXT.read_text() != NOVEL["sha256"]:  # see tools/text_stamp.py
        print(f"{NOVEL['title']} is not here, so a stand-in text is read: `make data` gets it.")
    print("JupyterLab starts, and prints its address.", flush=True)
    opened = [
        f"--ServerApp.root_dir={CHAPTER if author else MINE}",
        # As an address, and not as a file to open: it is also what JupyterLab prints for a browser
        # on another machine.
        f"--LabApp.default_url=/lab/tree/{first}.ipynb",
        "--Application.log_level=ERROR",  # the address is printed all the same
        "--KernelManager.transport=ipc",  # no warning about connections over TCP
    ]
    # Its settings leave out the question about Jupyter's news.
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
            # JupyterLab trusts it: its outputs are the book's, so its figures may respond at once.
            NotebookNotary().sign(nbformat.read(target, as_version=4))


if __name__ == "__main__":
    main()
