"""Open JupyterLab on the reader's own copies of the chapter, for ``make lab``.

The copies are in ``my-chapter``, which git ignores. Arguments are passed to JupyterLab. With ``--newer``,
for ``make newer``, newer versions of the book are copied beside the reader's instead.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
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
    """Bring the copies up to date, and open JupyterLab or copy what is newer in the book."""
    copies = Copies(MINE, NOTEBOOKS)
    with record_of(MINE) as record:
        if sys.argv[1:] == ["--newer"]:
            copy_newer(copies, record)
            return
        kept = update(copies, record)
    for path in kept:
        print(f"The book has a newer {copies.names[path]}. Yours, which you have changed, is kept.")
    if kept:
        print("`make newer` copies the book's version of each beside yours.")
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


@contextmanager
def record_of(folder: Path) -> Iterator[dict]:
    """Yield, and store again, the hash of each file that was copied into a folder, and of its copy."""
    path = folder / ".copies.json"
    record = json.loads(path.read_text()) if path.exists() else {}
    try:
        yield record
    finally:
        folder.mkdir(exist_ok=True)
        path.write_text(json.dumps(record, indent=1))


def update(copies: Copies, record: dict) -> list[Path]:
    """Copy what is missing or has no changes of the reader's; return what else is newer in the book."""
    kept = []
    for path, name in copies.names.items():
        copy, book = copies.folder / name, hash_of(ROOT / path)
        # A copy that is in no record may have changes.
        known = record.setdefault(str(path), {"book": book, "copy": None})
        is_newer = known["book"] != book
        if not copy.exists() or (is_newer and known["copy"] == hash_of(copy)):
            copies.write(path, name)
            known |= {"book": book, "copy": hash_of(copy)}
        elif is_newer:
            kept.append(path)
    return kept


def copy_newer(copies: Copies, record: dict) -> None:
    """Copy the book's versions of the copies that it has newer, under names that are still free."""
    for path in update(copies, record):
        name = copies.names[path]
        names = (name.with_stem(f"{name.stem}-{number}") for number in count(2))
        free = next(name for name in names if not (copies.folder / name).exists())
        copies.write(path, free)
        record[str(path)]["book"] = hash_of(ROOT / path)
        print(copies.folder / free)


def hash_of(file: Path) -> str:
    """Return the hash of a file's content."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
