"""Execute a notebook: ``python -m checks.execute SOURCE TARGET``.

The notebook SOURCE runs from top to bottom in a clean kernel, in its own folder. The result, without times
and editor state, is written to TARGET, which may be SOURCE itself. Nothing is written if the notebook
fails, or if TARGET is SOURCE and an assertion about its cells fails.
"""

import sys
import time
from pathlib import Path

import nbformat
from ipykernel.ipkernel import IPythonKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from traitlets.config import Config

from checks.assertions import assertions_of
from checks.kernels import surroundings
from checks.settings import settings_of

STARTUP_TIMEOUT, CELL_TIMEOUT = 600, 1800  # seconds: enough for a busy machine, but not for ever

FOLDED = "hide-input"  # the tag of a cell that JupyterLab folds as the book does

NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    # The kernel's description of its language, except for the version, which depends on the Python.
    "language_info": {
        key: value for key, value in IPythonKernel.language_info.items() if key != "version"
    },
}


class NotebookError(Exception):
    """A notebook cannot be executed to the end; the message gives the cell and the reason."""


def main() -> None:
    """Execute the notebook named on the command line."""
    source, target = map(Path, sys.argv[1:])
    begin = time.monotonic()
    try:
        before, settings = source.read_bytes(), settings_of(source)
        assertions = assertions_of(source, settings) if target == source else {}
        notebook = execute(source, assertions, settings.environment)
        if target == source and source.read_bytes() != before:
            raise NotebookError("the file was changed meanwhile. Execute it again")
    except (ValueError, NotebookError) as error:  # invalid JSON, or malformed assertions
        sys.exit(f"\n{source}: {error}\n\nNo output of {source.name} has been stored.")
    print(f"{source}  {time.monotonic() - begin:.0f} s", flush=True)
    normalise(notebook)
    write(notebook, target)


def execute(path: Path, assertions: dict[str, str], environment: dict[str, str]) -> NotebookNode:
    """Run every cell of a notebook in a clean kernel and return it with its outputs.

    The assertions are pieces of code by the id of the cell after which they are executed. Those that
    fail are reported after the last cell. `environment` has variables for the kernel.
    """
    failed = []
    notebook = nbformat.read(path, as_version=4)
    with surroundings(**environment) as connection:
        client = NotebookClient(
            notebook,
            config=Config(KernelManager=connection),
            kernel_name=NOTEBOOK_METADATA["kernelspec"]["name"],
            resources={"metadata": {"path": str(path.parent)}},
            timeout=CELL_TIMEOUT,
            startup_timeout=STARTUP_TIMEOUT,
            iopub_timeout=CELL_TIMEOUT,  # a busy machine may print late
            coalesce_streams=True,
        )
        with client.setup_kernel():
            for index, cell in enumerate(notebook.cells):
                try:
                    client.execute_cell(cell, index)
                    if why := complaint(client, assertions.get(cell.id, ""), index):
                        failed.append(f"cell {cell.id}: {why}")
                # A kernel that dies raises a RuntimeError.
                except (CellExecutionError, CellTimeoutError, RuntimeError) as error:
                    raise NotebookError(f"cell {cell.id} failed.\n\n{error}") from error
    if failed:
        raise NotebookError("some assertions about cells fail.\n\n" + "\n\n".join(failed))
    return notebook


def complaint(client: NotebookClient, code: str, index: int) -> str:
    """Run an assertion about a cell without a trace in the notebook; return the error message, or ""."""
    cell, why = client.nb.cells[index], ""
    try:
        client.execute_cell(new_code_cell(code), index, store_history=False)
    except CellExecutionError as error:
        why = error.evalue
    client.nb.cells[index] = cell  # nbclient has replaced it
    return why


def normalise(notebook: NotebookNode) -> None:
    """Delete the metadata of an editor or a run, and fold the cells that are tagged so."""
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
        )
        if FOLDED in cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = {"source_hidden": True}


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    nbformat.write(notebook, part)
    part.replace(path)


if __name__ == "__main__":
    main()
