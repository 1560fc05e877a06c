"""Execute a notebook: ``python -m checks.execute SOURCE [TARGET]``.

The notebook SOURCE runs from top to bottom in a clean kernel, in its own folder. The result is written to
TARGET, or else to SOURCE itself. Nothing is written if the notebook fails, or if it would be written to
SOURCE and an assertion about its cells fails.

The plugin executes notebooks in the same way, so that what was stored passes its own check.
"""

import argparse
import contextlib
import copy
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

from checks import figures, kernels
from checks.assertions import code_for_kernel
from checks.notebook import Notebook, is_executed, sealed_figures, tidy, write

# In seconds: enough for a busy machine, but not for ever.
TIMEOUTS = {"startup_timeout": 600, "timeout": 1800}


class NotebookError(Exception):
    """A notebook cannot be executed to the end; the message gives the cell and the reason."""


@contextlib.contextmanager
def started(
    notebook: Notebook, environment: dict[str, str], kernel_name: str = "", **options: float
) -> Iterator["Execution"]:
    """Start a kernel, by default in this environment, with environment variables and nbclient's options."""
    with kernels.surroundings(**environment) as connection:
        specs = NbvalKernelspecManager()
        manager = AsyncKernelManager(
            kernel_name=kernel_name or CURRENT_ENV_KERNEL_NAME,
            kernel_spec_manager=specs,
            **connection,
        )
        client = NotebookClient(
            copy.deepcopy(notebook.content),
            km=manager,
            coalesce_streams=True,
            record_timing=False,  # which would be stored
            iopub_timeout=options["timeout"],  # a busy machine may print late
            resources={"metadata": {"path": str(notebook.path.parent)}},
            **options,
        )
        with client.setup_kernel(cleanup_kc=True):
            yield Execution(notebook, client)


class Execution:
    """One run of a notebook in a kernel, cell by cell.

    `result` is the notebook with what each cell had displayed when it ended, which a later cell may
    change. `complaints` has, for each cell whose assertions failed, the reason by the cell's place.
    """

    def __init__(self, notebook: Notebook, client: NotebookClient) -> None:
        """Prepare a run with a client whose kernel is there."""
        self.notebook, self.client = notebook, client
        self.blocks, self.before = notebook.blocks, notebook.path.read_bytes()
        self.result = copy.deepcopy(notebook.content)
        self.executed, self.failed, self.is_dead, self.complaints = 0, False, False, {}

    def run(self, place: int) -> None:
        """Execute the cell at a place, and all cells before it that have not been executed."""
        while self.executed <= place:
            self.executed += 1
            self.run_cell(self.executed - 1)

    def run_cell(self, place: int) -> None:
        """Execute a cell, and then the assertions about it."""
        cell = self.client.nb.cells[place]
        name = cell.get("id", place + 1)
        try:
            if is_executed(cell):
                self.client.execute_cell(cell, place)
                self.result.cells[place] = copy.deepcopy(cell)
            if (block := self.blocks.get(name)) and (why := self.complaint(block, place)):
                self.complaints[place] = f"cell {name}: {why}"
        # A kernel that dies raises a RuntimeError.
        except (CellExecutionError, CellTimeoutError, RuntimeError) as error:
            self.failed = True
            if not isinstance(error, CellExecutionError):  # there is no kernel for the others
                self.is_dead, self.executed = True, len(self.result.cells)
            raise NotebookError(f"cell {name} failed.\n\n{error}") from error

    def complaint(self, block: str, place: int) -> str:
        """Run assertions about a cell without a trace in the notebook; return the error message, or ""."""
        cell, why = self.client.nb.cells[place], ""
        code = code_for_kernel(block, self.notebook.assertions, self.notebook.settings)
        try:
            self.client.execute_cell(new_code_cell(code), place, store_history=False)
        except CellExecutionError as error:
            why = error.evalue
        self.client.nb.cells[place] = cell  # nbclient has replaced it
        return why

    def finish(self) -> NotebookNode:
        """Execute what is left, and return the notebook as it is stored."""
        self.run(len(self.result.cells) - 1)
        if self.failed:
            raise NotebookError("a cell failed.")
        if self.complaints:
            why = "\n\n".join(self.complaints.values())
            raise NotebookError(f"some assertions about cells fail.\n\n{why}")
        if self.notebook.settings.tidy:
            tidy(self.result)
        elif self.client.widget_state:
            self.client.set_widgets_metadata()
            self.result.metadata.widgets = self.client.nb.metadata.widgets
        for cell in self.result.cells:
            for figure, seal in sealed_figures(cell):
                figure.metadata.setdefault(figures.KEY, {})["seal"] = seal
        return self.result

    def store(self) -> None:
        """Execute what is left, and store the outputs in the notebook's file."""
        result = self.finish()
        if self.notebook.path.read_bytes() != self.before:
            raise NotebookError("the file was changed while it was executed. Execute it again")
        write(result, self.notebook.path)


def main() -> None:
    """Execute the notebook named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m checks.execute", description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path, nargs="?")
    asked = parser.parse_args()
    source, target = asked.source, asked.target or asked.source
    begin = time.monotonic()
    try:
        notebook = Notebook.read(source)
        is_same = target.exists() and target.samefile(source)
        with started(notebook, notebook.settings.environment, **TIMEOUTS) as execution:
            if is_same:
                execution.store()
            else:
                execution.blocks = {}
                write(execution.finish(), target)
    # ValueError: invalid JSON, a wrong setting, or malformed assertions
    except (OSError, ValueError, NotebookError, KeyboardInterrupt) as error:
        why = str(error) or "the execution was interrupted"
        sys.exit(f"\n{source}: {why}\n\nNo output of {source.name} has been stored.")
    print(f"{source}  {time.monotonic() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
