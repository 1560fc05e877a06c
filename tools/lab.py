"""Open JupyterLab on the reader's own copies of the chapter, for ``make lab``.

The copies are in ``my-chapter``, which git ignores. Arguments are passed to JupyterLab.
"""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

from book.chapter import CHAPTER, ROOT, SECTIONS
from tools.copies import NOTEBOOKS, Copies

MINE = ROOT / "my-chapter"
# After JupyterLab has stopped, threads of its server sometimes never end, and Python would wait for them.
START = """\
import os, shutil
from jupyterlab.labapp import main
try:
    main()
finally:
    shutil.rmtree(os.environ["JUPYTER_RUNTIME_DIR"], ignore_errors=True)
os._exit(0)"""


def main() -> None:
    """Bring the copies up to date, and open JupyterLab on them."""
    copies = Copies(MINE, NOTEBOOKS)
    kept = update(copies)
    for name in kept:
        print(f"The book has a newer {name}. Yours, which you have changed, is kept.")
    if kept:
        print("To have the book's version as well, rename yours and run `make lab` again.")
    print(f"Your own copies are in {MINE}. If you delete one, the next `make lab` copies it again.")
    print("Starting JupyterLab, which will print its address.", flush=True)
    open_lab(copies.names[CHAPTER / f"{SECTIONS[0]}.ipynb"])


def open_lab(notebook: Path) -> None:
    """Replace this process with JupyterLab, which opens a notebook."""
    opened = [
        f"--ServerApp.root_dir={MINE}",
        # Give an address and not a file to open, because JupyterLab also prints the address for a
        # browser on another machine.
        f"--LabApp.default_url=/lab/tree/{notebook}",
        "--Application.log_level=ERROR",  # the address is printed anyway
        "--KernelManager.transport=ipc",  # no warning about connections over TCP
    ]
    # Here are the sockets. Their paths have at most 107 characters; one in a home can be longer.
    os.environ["JUPYTER_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="lab-", dir="/tmp")
    # The settings in this folder turn off the question about Jupyter's news.
    paths = [str(ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    if os.geteuid() == 0:  # as in a container
        opened.append("--allow-root")
    os.execv(sys.executable, [sys.executable, "-u", "-c", START, *opened, *sys.argv[1:]])


def update(copies: Copies) -> list[Path]:
    """Copy what is missing or has no changes of the reader's; return what else is newer in the book.

    A record in the folder holds, for each file of the book, its hash and that of its copy.
    """
    file, kept = copies.folder / ".copies.json", []
    record = json.loads(file.read_text()) if file.exists() else {}
    for path, name in copies.names.items():
        copy, book = copies.folder / name, hash_of(ROOT / path)
        # A copy that is in no record may have changes.
        known = record.setdefault(str(path), {"book": book, "copy": None})
        is_newer = known["book"] != book
        if not copy.exists() or (is_newer and known["copy"] == hash_of(copy)):
            copies.write(path, name)
            known |= {"book": book, "copy": hash_of(copy)}
        elif is_newer:
            kept.append(name)
    file.write_text(json.dumps(record, indent=1))
    return kept


def hash_of(file: Path) -> str:
    """Return the hash of a file's content."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
