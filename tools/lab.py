"""Open JupyterLab on the reader's own copies of the chapter, for ``make lab``.

The copies are in ``my-chapter``, which git ignores. Arguments are passed to JupyterLab.
"""

import os
import sys
from pathlib import Path

from book.chapter import ROOT, SECTIONS
from tools.copies import NOTEBOOKS, Copies

MINE = ROOT / "my-chapter"
# After JupyterLab has stopped, threads of its server sometimes never end, and Python would wait for them.
START = "import os; from jupyterlab.labapp import main; main(); os._exit(0)"


def main() -> None:
    """Copy the missing files, and replace this process with JupyterLab."""
    copy_missing(MINE)
    print(f"Your own copies are in {MINE}. If you delete one, the next `make lab` copies it again.")
    print("Starting JupyterLab, which will print its address.", flush=True)
    opened = [
        f"--ServerApp.root_dir={MINE}",
        # Give an address and not a file to open, because JupyterLab also prints the address for a
        # browser on another machine.
        f"--LabApp.default_url=/lab/tree/01-{SECTIONS[0]}.ipynb",
        "--Application.log_level=ERROR",  # the address is printed anyway
        "--KernelManager.transport=ipc",  # no warning about connections over TCP
    ]
    # The settings in this folder turn off the question about Jupyter's news.
    paths = [str(ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    if os.geteuid() == 0:  # as in a container
        opened.append("--allow-root")
    os.execv(sys.executable, [sys.executable, "-u", "-c", START, *opened, *sys.argv[1:]])


def copy_missing(folder: Path) -> None:
    """Copy the notebooks that are missing, and everything else, which nobody edits."""
    copies = Copies(folder, NOTEBOOKS)
    copies.write_others()
    for notebook, name in copies.names.items():
        if not (folder / name).exists():
            copies.write(notebook)


if __name__ == "__main__":
    main()
