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
from pathlib import Path

from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

from checks import figures, kernels
from checks.assertions import code_for_kernel
from checks.notebook import Notebook, is_executed, seal_figures, tidy, write

STARTUP_TIMEOUT, CELL_TIMEOUT = 600, 1800  # seconds: enough for a busy machine, but not for ever
# Neither file leaves names in the notebook.
WATCH_FIGURES = (
    f"__import__('runpy').run_path({kernels.__file__!r})['watch_figures']({figures.__file__!r})"
)


class NotebookError(Exception):
    """A notebook cannot be executed to the end; the message gives the cell and the reason."""


def kernel_of(content: NotebookNode) -> str:
    """Return the name of a notebook's kernel: for Python, that of the environment of this process."""
    spec, about = content.metadata.get("kernelspec", {}), content.metadata.get("language_info", {})
    language = spec.get("language") or about.get("name") or "python"
    return CURRENT_ENV_KERNEL_NAME if language == "python" else spec.get("name", "")


class Execution:
    """One run of a notebook in a clean kernel, cell by cell: a context manager, which ends the kernel.

    `outputs` holds for each cell what it had displayed when it ended, and `complaints` for each cell
    whose assertions failed the reason, both by the place of the cell.
    """

    def __init__(
        self,
        notebook: Notebook,
        environment: dict[str, str],
        *,
        kernel_name: str = "",
        cell_timeout: float = CELL_TIMEOUT,
        startup_timeout: float = STARTUP_TIMEOUT,
        blocks: dict[str, str] | None = None,
    ) -> None:
        """Prepare a run, with variables for the kernel; `blocks` are other assertions than the notebook's."""
        self.notebook, self.environment = notebook, environment
        self.before = notebook.path.read_bytes()
        self.blocks = notebook.blocks if blocks is None else blocks
        self.kernel_name = kernel_name or kernel_of(notebook.content)
        self.options = {
            "timeout": cell_timeout,
            "startup_timeout": startup_timeout,
            "iopub_timeout": cell_timeout,  # a busy machine may print late
            "coalesce_streams": True,
            "resources": {"metadata": {"path": str(notebook.path.parent)}},
        }
        self.result = copy.deepcopy(notebook.content)
        self.executed, self.failed, self.complaints = 0, False, {}

    def __enter__(self) -> "Execution":
        """Start the kernel."""
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(kernels.surroundings(**self.environment))
            manager = AsyncKernelManager(
                kernel_name=self.kernel_name,
                kernel_spec_manager=NbvalKernelspecManager(),
                **connection,
            )
            # Its own copy, as a cell may change what an earlier one has displayed.
            self.client = NotebookClient(copy.deepcopy(self.result), km=manager, **self.options)
            stack.enter_context(self.client.setup_kernel(cleanup_kc=True))
            if self.kernel_name == CURRENT_ENV_KERNEL_NAME:
                self.client.kc.execute(WATCH_FIGURES, silent=True)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the kernel, and delete its files."""
        self.stack.close()

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
            if not isinstance(error, CellExecutionError):
                self.executed = len(self.result.cells)  # there is no kernel for the others
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
        seal_figures(self.result)
        return self.result

    def store(self) -> None:
        """Execute what is left, and store the outputs in the notebook's file."""
        result = self.finish()
        if self.notebook.path.read_bytes() != self.before:
            raise NotebookError("the file was changed meanwhile. Execute it again")
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
        blocks = None if is_same else {}
        with Execution(notebook, notebook.settings.environment, blocks=blocks) as execution:
            if is_same:
                execution.store()
            else:
                write(execution.finish(), target)
    # ValueError: invalid JSON, a wrong setting, or malformed assertions
    except (OSError, ValueError, NotebookError) as error:
        sys.exit(f"\n{source}: {error}\n\nNo output of {source.name} has been stored.")
    print(f"{source}  {time.monotonic() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
