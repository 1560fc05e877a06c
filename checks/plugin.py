"""The pytest plugin: it extends nbval with assertions, tolerances and rules.

nbval executes a notebook in a clean kernel; each cell is a test. The outputs of a cell must equal the
stored ones, with the exceptions that its tags and ``--nbval-sanitize-with`` name. After a cell, the plugin
runs the assertions about it in the same kernel. Before the first cell, the rules are checked.
"""

import contextlib
import functools
import time
from queue import Empty

import pytest
from jupyter_client import KernelManager
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

from checks.assertions import assertions_of
from checks.comparing import differences
from checks.kernels import surroundings
from checks.rules import complaints
from checks.settings import settings_of


class Rules(pytest.Item):
    """The rules for one notebook."""

    def runtest(self):
        """Fail with all complaints at once."""
        if found := complaints(self.path):
            pytest.fail("\n".join(found), pytrace=False)

    def reportinfo(self):
        """Return the words for the report."""
        return self.path, None, "rules"


class NotebookCell(IPyNbCell):
    """A code cell, compared as its tags say, and checked by the assertions about it."""

    def __init__(self, name, parent, cell_num, cell, options):
        super().__init__(name, parent, cell_num, cell, options)
        # What ends a cell that hangs ends a kernel that hangs: nbval's 5 s are few on a busy machine.
        self.output_timeout = self.config.option.nbval_cell_timeout
        self.tags = cell.metadata.get("tags", [])

    def runtest(self):
        """Execute the cell, compare its outputs if they can be compared, and check its assertions."""
        settings = self.parent.settings
        if settings.input_tag in self.tags and not settings.input_is_here:
            self.options["check"] = False
        super().runtest()
        block = self.parent.assertions.get(self.cell.get("id"))
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
                why = (
                    "\n\nIf the code is right, correct what the text says, and then the assertion."
                )
                self.raise_cell_error(what, reply["evalue"] + why)

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare in place of nbval, which shows `comparison_traceback` if the result is false."""
        self.comparison_traceback = list(differences(ref, test, self.tags, self.sanitize))
        if not self.comparison_traceback:
            return True
        self.comparison_traceback += [
            f"If the new output is right, store it: {self.parent.settings.how_to_store(self.path)}",
            "If it depends on the machine, a tag can allow that: see checks/README.md",
        ]
        return False


class Kernel(RunningKernel):
    """A kernel that is neither given up on a busy machine nor waited for when it is dead."""

    def _ensure_iopub_up(self):
        """Do nothing: Jupyter's client has done it, and nbval would wait for 10 seconds only."""

    def execute_cell_input(self, cell_input, allow_stdin=None):
        """Execute a cell with history: without, IPython ignores a final `;`, which suppresses the output."""
        return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)

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
        """Return the rules and the code cells."""
        self.settings = settings_of(self.path)
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
        self.assertions = assertions_of(self.path, self.settings)
        if any(self.settings.input_tag in cell.tags for cell in cells):
            self.add_marker(self.settings.input_tag.replace("-", "_"))
        return [Rules.from_parent(self, name="rules"), *cells]

    def setup(self):
        """Start the kernel."""
        environment = dict(self.settings.environment)
        if not self.settings.input_is_here:
            environment |= self.settings.input["environment-without"]
        self.surroundings = contextlib.ExitStack()  # until teardown, which pytest calls in any case
        connection = self.surroundings.enter_context(surroundings(**environment))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "nbval.kernel.KernelManager", functools.partial(KernelManager, **connection)
            )
            patch.setattr("nbval.plugin.RunningKernel", Kernel)
            super().setup()

    def teardown(self):
        """Stop the kernel, and delete its files."""
        super().teardown()
        self.surroundings.close()


def pytest_collect_file(file_path, parent):
    """Collect the notebooks, in place of nbval, whose own option is not given."""
    if file_path.suffix == ".ipynb":
        return NotebookFile.from_parent(parent, path=file_path)


def pytest_terminal_summary(terminalreporter, config):
    """Say that cells were not compared because their input is not here."""
    settings = settings_of(config.rootpath / "any")
    if not settings.input_is_here:
        terminalreporter.write_line(settings.input["missing"])
