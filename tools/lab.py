"""Open JupyterLab on the reader's own copies of the chapter, for ``make lab``.

The copies are in ``my-chapter``, which git ignores. Arguments are passed to JupyterLab. With ``--newer``,
for ``make newer``, newer versions of the book are copied beside the reader's instead.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from jupyter_server.serverapp import list_running_servers

from book.chapter import CHAPTER, ROOT, SECTIONS
from gluonbook.ground.atomic import write_atomically
from tools.copies import NOTEBOOKS, Copies

MINE = ROOT / "my-chapter"


def main() -> None:
    """Bring the copies up to date, and open JupyterLab or copy what is newer in the book."""
    copies = Copies(MINE, NOTEBOOKS)
    try:
        with record_of(MINE) as record:
            kept = update(copies, record)
            if sys.argv[1:] == ["--newer"]:
                return copy_newer(copies, kept, record)
    except OSError as error:
        sys.exit(f"The copies are not complete, because one could not be written: {error}")
    for path in kept:
        print(f"The book has a newer {copies.names[path]}. Yours, which you have changed, is kept.")
    if kept:
        print("`make newer` copies the book's version of each beside yours.")
    print(f"Your own copies are in {MINE}. If you delete one, the next `make lab` copies it again.")
    for server in list_running_servers():
        if server["root_dir"] == str(MINE):
            address = f"{server['url']}?token={server['token']}"
            print("Another JupyterLab has them open. Edit each in only one of the two:", address)
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
    ]
    # The settings in this folder turn off the question about Jupyter's news.
    paths = [str(ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    if os.geteuid() == 0:  # as in a container
        opened.append("--allow-root")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *opened, *sys.argv[1:]])


@contextmanager
def record_of(folder: Path) -> Iterator[dict]:
    """Yield, and store again, the hash of what the book had when each of its files was copied last."""
    path = folder / ".copies.json"
    try:
        record = json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        print(f"{path} is damaged: a copy that differs from the book now counts as changed by you.")
        record = {}
    try:
        yield record
    finally:
        folder.mkdir(exist_ok=True)
        write_atomically(path, json.dumps(record, indent=1).encode())


def update(copies: Copies, record: dict) -> list[Path]:
    """Copy what is missing or has no changes of the reader's; return what else is newer in the book."""
    kept = []
    for path, name in copies.names.items():
        copy, newest = copies.folder / name, hash_of(copies.content(path))
        known = record.setdefault(str(path), newest)
        if not copy.exists() or newest != known == hash_of(copy.read_bytes()):
            copies.write(path, name)
            record[str(path)] = newest
        elif newest != known:
            kept.append(path)
    return kept


def copy_newer(copies: Copies, paths: list[Path], record: dict) -> None:
    """Copy the book's versions under names that are still free, and name the cells that differ."""
    for path in paths:
        name = copies.names[path]
        names = (name.with_stem(f"{name.stem}-{number}") for number in count(2))
        free = next(name for name in names if not (copies.folder / name).exists())
        copies.write(path, free)
        newer, mine = copies.content(path), (copies.folder / name).read_bytes()
        record[str(path)] = hash_of(newer)
        print(copies.folder / free, *differences(cells_of(newer), cells_of(mine)), sep="\n  ")


def differences(newer: list[str], mine: list[str]) -> Iterator[str]:
    """Yield for each cell that the reader does not have its number and its first line that is new."""
    known = {line for cell in mine for line in cell.splitlines()}
    for number, cell in enumerate(newer, start=1):
        if cell not in mine:
            lines = cell.splitlines()
            new = (line for line in lines if line not in known)
            yield f"cell {number}: {next(new, lines[0] if lines else '')[:100]}"


def hash_of(content: bytes) -> str:
    """Return the hash of a file's content; that of a notebook stays the same if it is only run."""
    cells = cells_of(content)
    return hashlib.sha256(json.dumps(cells).encode() if cells else content).hexdigest()


def cells_of(content: bytes) -> list[str]:
    """Return the texts of the cells of a notebook, and nothing for another file or a damaged one."""
    try:
        return ["".join(cell["source"]) for cell in json.loads(content)["cells"]]
    except (LookupError, TypeError, ValueError):
        return []


if __name__ == "__main__":
    main()
