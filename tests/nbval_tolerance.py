"""nbval, with what these notebooks need besides: a pytest plugin.

nbval executes a notebook in a clean kernel, each cell a test. What a cell puts out has to be
what is stored: the same outputs in the same order and of the same kinds, letter by letter,
but for what sanitize.cfg names, and for what a tag of the cell lets go.

``nbval-rtol=0.05``
    A decimal number may differ from the stored one by 5 % of that. A decimal number has a
    point or an exponent: ``4.18``, ``1e-05``. Everything else stays exact: whole numbers,
    words, ``nan`` and ``inf``, a number glued to a letter, and zero, 5 % of which is
    nothing. A thousands separator ends a number: of ``1,250.5`` only ``250.5`` has a
    tolerance, so the check is a stricter one.

``model-writes``
    Lines that begin with " - " were written by a model, and may say anything.

``reads-text``
    The output depends on which text was read, and what is stored comes from the novel. Where
    the novel is not on this machine the cell is executed and not compared. The last line of
    the pytest run says so, and the warning that the stand-in text is read is left out of the
    outputs. ``pytest -m reads_text`` runs the notebooks with such cells, and the other tests
    that need to be run with either text.

After a cell its block in ``tests/cells`` is run in the same kernel, if it has one: see
`tools.cell_checks`.
"""

import functools

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from tests.comparing import differences, parse_rtol
from tools.cell_checks import checks_of, novel_is_here

READS_TEXT_TAG = "reads-text"
STAND_IN_WARNING = "The novel is not here"  # how gluonbook's warning begins

# The answer is found once, when a notebook first asks: `gluonbook` imports MXNet, and a run
# of unit tests alone need not wait for that.
novel_is_here = functools.cache(novel_is_here)


def prepare_environment(patch):
    """Set the environment variables that a kernel of the checks starts with."""
    from gluonbook.ground.watching import UNWATCHED

    patch.setenv(UNWATCHED, "1")
    # What was not here at the start is not fetched on the way: the cells of one run
    # are compared by one answer.
    if not novel_is_here():
        patch.setenv("GLUONBOOK_OFFLINE", "1")
        # The summary says once what every notebook would say, so a cell that loads the
        # text and shows how long it is can still be compared.
        patch.setenv("PYTHONWARNINGS", f"ignore:{STAND_IN_WARNING}:UserWarning")


class NotebookCell(IPyNbCell):
    """A code cell, compared as its tags ask, and checked by its block in ``tests/cells``."""

    def __init__(self, name, parent, cell_num, cell, options):
        super().__init__(name, parent, cell_num, cell, options)
        # What ends a cell that hangs ends a kernel that hangs: nbval's 5 s are few on a busy machine.
        self.output_timeout = self.config.option.nbval_cell_timeout
        self.tags = cell.metadata.get("tags", [])

    def runtest(self):
        """Execute the cell, compare what it can be compared with, and run its block."""
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
                what = "What is asserted of the cell does not hold"
                self.raise_cell_error(what, reply["evalue"])

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare in nbval's stead, which shows `comparison_traceback` if this is false."""
        self.comparison_traceback = list(differences(ref, test, self.tags, self.sanitize))
        return not self.comparison_traceback


class NotebookFile(IPyNbFile):
    """A notebook, its cells executed in one kernel."""

    def collect(self):
        """Return the code cells.

        Raises
        ------
        pytest.Collector.CollectError
            If a cell asks for a tolerance in the wrong way, or its checks have a wrong form.
        """
        cells = [
            NotebookCell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )
            for cell in super().collect()
        ]
        at_fault = self.path.name
        try:
            self.checks = checks_of(self.path)
            for cell in cells:
                at_fault = f"{self.path.name}, {cell.name}"
                parse_rtol(cell.tags)
        except (SyntaxError, ValueError) as error:
            raise self.CollectError(f"{at_fault}: {error}") from error
        if any(READS_TEXT_TAG in cell.tags for cell in cells):
            self.add_marker("reads_text")
        return cells

    def setup(self):
        """Start the kernel."""
        with pytest.MonkeyPatch.context() as patch:
            prepare_environment(patch)
            super().setup()
        # nbval asks for cells that leave no history, and IPython takes from that the `;` that
        # silences a cell, as it does in Jupyter.
        execute = self.kernel.kc.execute
        self.kernel.kc.execute = lambda code, **kw: execute(code, **(kw | {"store_history": True}))


def pytest_collect_file(file_path, parent):
    """Take the notebooks, in the place of nbval, which is not told to by its own option."""
    if file_path.suffix == ".ipynb":
        return NotebookFile.from_parent(parent, path=file_path)


def pytest_terminal_summary(terminalreporter):
    """Say which text the notebooks read, if any was executed."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    executed = [report.nodeid for report in reports if getattr(report, "when", "") == "call"]
    if any(".ipynb::" in nodeid for nodeid in executed):
        line = "notebooks: cells that read the novel compared with the real text"
        if not novel_is_here():
            line = (
                "notebooks: stand-in text: cells that read it run but not compared "
                "(`make data` gets the novel)"
            )
        terminalreporter.write_line(line)
