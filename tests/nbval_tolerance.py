"""A pytest plugin that extends nbval with what these notebooks need.

nbval executes a notebook in a clean kernel; each cell is a test. The outputs of a cell must equal the
stored ones, with the exceptions that sanitize.cfg and the tags of the cell name: CONTRIBUTING.md lists
them. Where the novel is not on this machine, a cell that reads the text is executed but not compared. After
a cell, the plugin runs the assertions about it from ``tests/cells`` in the same kernel.
"""

import contextlib
import functools
import time
from queue import Empty

import pytest
from jupyter_client import KernelManager
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

from tests.comparing import differences
from tools.cell_checks import checks_of, novel_is_here
from tools.kernels import surroundings

READS_TEXT_TAG = "reads-text"
STAND_IN_WARNING = "The novel is not here"  # how gluonbook's warning begins

novel_is_here = functools.cache(novel_is_here)


class NotebookCell(IPyNbCell):
    """A code cell, compared as its tags say, and checked by its assertions in ``tests/cells``."""

    def __init__(self, name, parent, cell_num, cell, options):
        super().__init__(name, parent, cell_num, cell, options)
        # What ends a cell that hangs ends a kernel that hangs: nbval's 5 s are few on a busy machine.
        self.output_timeout = self.config.option.nbval_cell_timeout
        self.tags = cell.metadata.get("tags", [])

    def runtest(self):
        """Execute the cell, compare its outputs if they can be compared, and check its assertions."""
        if READS_TEXT_TAG in self.tags and not novel_is_here():
            self.options["check"] = False
        super().runtest()
        block = self.parent.checks.get(self.cell.get("id"))
        if block:
            reply = self.parent.kernel.kc.execute_interactive(
                block,
                silent=True,
                allow_stdin=False,
                timeout=self.output_timeout,
                output_hook=lambda message: None,
            )["content"]
            if reply["status"] == "error":
                what = "An assertion about the cell failed"
                self.raise_cell_error(what, reply["evalue"])

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare in place of nbval, which shows `comparison_traceback` if the result is false."""
        self.comparison_traceback = list(differences(ref, test, self.tags, self.sanitize))
        if not self.comparison_traceback:
            return True
        name = self.path.with_suffix("").as_posix().partition("chapter_rnn/")[2]
        self.comparison_traceback.append(
            f"If the new output is right, store it: make refresh NOTEBOOKS={name}"
        )
        return False


class Kernel(RunningKernel):
    """A kernel that is neither given up on a busy machine nor waited for when it is dead."""

    def _ensure_iopub_up(self):
        """Do nothing: Jupyter's client has done it, and nbval would wait for 10 seconds only."""

    def get_message(self, stream, timeout=None):
        """Wait for a message, for a few seconds at a time."""
        end = time.monotonic() + timeout
        while True:
            try:
                return super().get_message(stream, min(timeout, 5))
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("The kernel has died, perhaps for lack of memory") from None
                if time.monotonic() > end:
                    raise


class NotebookFile(IPyNbFile):
    """A notebook, its cells executed in one kernel."""

    def collect(self):
        """Return the code cells."""
        cells = [
            NotebookCell.from_parent(
                self,
                name=f"{cell.name} {cell.cell.get('id')}",
                cell_num=cell.cell_num,
                cell=cell.cell,
                options=cell.options,
            )
            for cell in super().collect()
        ]
        self.checks = checks_of(self.path)
        if any(READS_TEXT_TAG in cell.tags for cell in cells):
            self.add_marker("reads_text")
        return cells

    def setup(self):
        """Start the kernel."""
        with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
            connection = stack.enter_context(surroundings(GLUONBOOK_UNWATCHED="1"))
            patch.setattr(
                "nbval.kernel.KernelManager", functools.partial(KernelManager, **connection)
            )
            patch.setattr("nbval.plugin.RunningKernel", Kernel)
            # Nothing is downloaded during the run, so that all of its cells read the same text.
            if not novel_is_here():
                patch.setenv("GLUONBOOK_OFFLINE", "1")
                # The summary says once what every notebook would say, so that a cell that loads the
                # text and shows its length can still be compared.
                patch.setenv("PYTHONWARNINGS", f"ignore:{STAND_IN_WARNING}:UserWarning")
            super().setup()
            self.surroundings = stack.pop_all()
        # nbval executes cells without history. IPython then ignores a final `;`, which suppresses
        # the output in Jupyter.
        execute = self.kernel.kc.execute
        self.kernel.kc.execute = lambda code, **kw: execute(code, **(kw | {"store_history": True}))

    def teardown(self):
        """Stop the kernel, and delete its files."""
        super().teardown()
        self.surroundings.close()


def pytest_collect_file(file_path, parent):
    """Collect the notebooks, in place of nbval, whose own option is not given."""
    if file_path.suffix == ".ipynb":
        return NotebookFile.from_parent(parent, path=file_path)


def pytest_terminal_summary(terminalreporter):
    """Say that cells were not compared because the novel is not here."""
    if not novel_is_here():
        terminalreporter.write_line(
            "stand-in text: cells of notebooks that read it are executed but not compared "
            "(`make data` gets the novel)"
        )
