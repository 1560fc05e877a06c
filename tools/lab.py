"""Open JupyterLab on the reader's own copies of the chapter, for ``make lab``.

The copies are in ``my-chapter``, which git ignores. What is missing there is copied, and nothing else is
ever touched. Arguments are passed to JupyterLab.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from jupyter_server.serverapp import list_running_servers

from book.chapter import CHAPTER, ROOT
from gluonbook.ground.atomic import write_atomically
from tools.copies import NOTEBOOKS, copies_of

MINE = ROOT / "my-chapter"


def main() -> None:
    """Copy what is missing, and open JupyterLab."""
    try:
        newer = list(copy_missing())
    except OSError as error:
        sys.exit(f"The copies are not complete, because one could not be written: {error}")
    print(
        f"Your own copies are in {MINE}. If you delete or rename one, `make lab` copies it again."
    )
    if newer:
        print("The book has changed these since you saved yours:", *newer, sep="\n  ")
    for server in list_running_servers():
        if server["root_dir"] == str(MINE):
            address = f"{server['url']}?token={server['token']}"
            print("Another JupyterLab has them open. Edit each in only one of the two:", address)
    print("Starting JupyterLab, which will print its address.", flush=True)
    open_lab()


def copy_missing() -> Iterator[Path]:
    """Copy what is missing, and yield what the book has changed since the reader saved it."""
    for path, content in copies_of(NOTEBOOKS).items():
        mine = MINE / path.relative_to(CHAPTER)
        if not mine.exists():
            mine.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(mine, content)
        elif mine.stat().st_mtime < (ROOT / path).stat().st_mtime and mine.read_bytes() != content:
            yield mine.relative_to(MINE)


def open_lab() -> None:
    """Replace this process with JupyterLab, which opens the list of the sections."""
    opened = [
        f"--ServerApp.root_dir={MINE}",
        # Give an address and not a file to open, because JupyterLab also prints the address for a
        # browser on another machine.
        "--LabApp.default_url=/lab/tree/index.md",
        "--Application.log_level=ERROR",  # the address is printed anyway
    ]
    # The settings in this folder turn off the question about Jupyter's news, and show Markdown as a page.
    paths = [str(ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    if os.geteuid() == 0:  # as in a container
        opened.append("--allow-root")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *opened, *sys.argv[1:]])


if __name__ == "__main__":
    main()
