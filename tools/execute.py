"""Execute a notebook: ``python -m tools.execute SOURCE TARGET``.

The notebook SOURCE runs from top to bottom in a clean kernel, in its own folder. The
result is written to TARGET, which may be SOURCE itself, in a form that depends on the
outputs alone: no times, no state of an editor. A notebook that fails writes nothing, and
SOURCE gets no outputs that fail the checks of its cells.
"""

import os
import re
import sys
import tempfile
import time
from pathlib import Path

# For nbformat. Notebooks need no check of web addresses, and the grammar for it takes more
# than a second to compile.
sys.modules["rfc3987_syntax"] = None

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from traitlets.config import Config

from tools.cell_checks import checks_of

CELL_TIMEOUT = 1800  # seconds: ends what hangs, and nothing on a busy machine

# The metadata of a cell that are kept. Everything else is about an editor or a run.
LASTING_METADATA = ("mystnb", "tags")
FOLDED = {"hide-input", "hide-cell"}  # tags of cells that JupyterLab folds as the book does

NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}

# Nobody watches the kernel, and it has to know that: see gluonbook.bar.
UNWATCHED = {"GLUONBOOK_UNWATCHED": "1"}

COLOUR = re.compile(r"\x1b\[[\d;]*m")  # in a traceback of IPython's


class NotebookError(Exception):
    """A notebook cannot be executed to the end; the message says where and why."""


class Progress:
    """The line on a terminal that says which cell runs."""

    def __init__(self, name: str, num_cells: int):
        self.name, self.num_cells, self.cell = name, num_cells, 0

    def start_cell(self, cell: NotebookNode, cell_index: int) -> None:
        """Count a code cell that is about to run, and show the count."""
        self.cell += 1
        if sys.stdout.isatty():
            self.show(f"cell {self.cell} of {self.num_cells}", end="")

    def show(self, text: str, end: str = "\n") -> None:
        """Print the notebook's name and a text over the line that was last shown."""
        clear_line = "\r\033[K" if sys.stdout.isatty() else ""
        print(f"{clear_line}{self.name}  {text}", end=end, flush=True)


def main() -> None:
    """Execute the notebook named on the command line."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tools.execute SOURCE TARGET")
    source, target = map(Path, sys.argv[1:])
    try:
        checks = checks_of(source) if target == source else {}
        notebook = execute(source, checks)
    except (OSError, ValueError, NotebookError) as error:
        sys.exit(f"\n{error}")
    normalise(notebook)
    write(notebook, target)


def execute(path: Path, checks: dict[str, str] | None = None) -> NotebookNode:
    """Run every cell of a notebook in a clean kernel and return it with its outputs.

    The checks are code by the id of the cell after which it is executed.

    Raises
    ------
    NotebookError
        If the file is not a notebook, or a cell fails, does not pass its check or takes longer
        than `CELL_TIMEOUT`.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except nbformat.reader.NotJSONError as error:
        raise NotebookError(f"{path} is not a notebook: it is not JSON") from error
    num_cells = sum(bool(cell.cell_type == "code" and cell.source) for cell in notebook.cells)
    progress = Progress(str(path.with_suffix("")), num_cells)
    begin = time.monotonic()
    try:
        run_cells(notebook, path.parent, progress, checks or {})
    # A kernel that does not start, or dies, is a RuntimeError; Ctrl-C ends in an AssertionError.
    except (CellExecutionError, CellTimeoutError, RuntimeError, AssertionError) as error:
        raise NotebookError(
            f"{path}: code cell {progress.cell} of {num_cells} failed.\n\n{reason(error)}"
        ) from error
    progress.show(f"{num_cells} cells, {time.monotonic() - begin:.0f} s")
    return notebook


def run_cells(
    notebook: NotebookNode, folder: Path, progress: Progress, checks: dict[str, str]
) -> None:
    """Run the cells in a kernel that works in `folder`; outputs and counts land in `notebook`."""

    async def check(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        """Run a cell's check, if it has one and has not failed itself."""
        if cell.id in checks and execute_reply["content"]["status"] == "ok":
            reply = await client.kc.execute_interactive(
                checks[cell.id], silent=True, output_hook=lambda message: None
            )
            if reply["content"]["status"] == "error":
                raise RuntimeError(reply["content"]["evalue"])

    with tempfile.TemporaryDirectory() as sockets:
        # Files instead of network ports: several kernels may start at the same moment.
        connection = {"transport": "ipc", "connection_file": f"{sockets}/kernel.json"}
        client = NotebookClient(
            notebook,
            config=Config(KernelManager=connection),
            kernel_name=NOTEBOOK_METADATA["kernelspec"]["name"],
            resources={"metadata": {"path": str(folder)}},
            timeout=CELL_TIMEOUT,
            coalesce_streams=True,
            on_cell_execute=progress.start_cell,
            on_cell_executed=check,
        )
        client.execute(env=os.environ | UNWATCHED)


def reason(error: Exception) -> str:
    """Return why a cell failed, and where in it."""
    if isinstance(error, CellExecutionError):
        return COLOUR.sub("", error.traceback).strip()
    if isinstance(error, CellTimeoutError):
        return f"It took longer than {CELL_TIMEOUT} seconds."
    return f"{str(error) or 'Interrupted'}."


def normalise(notebook: NotebookNode) -> None:
    """Keep only what a notebook's metadata say about its content, and fold by the tags."""
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in LASTING_METADATA if cell.metadata.get(key)}
        )
        if FOLDED & set(cell.metadata.get("tags", [])):
            cell.metadata["jupyter"] = {"source_hidden": True}


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook completely or, if anything goes wrong, not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        nbformat.write(notebook, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
