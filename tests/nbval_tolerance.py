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
    the novel is not on this machine the cell is executed and not compared. The last lines of
    the pytest run say so, and the warning that the stand-in text is read is left out of the
    outputs. ``pytest -m reads_text`` runs the notebooks with such cells, and the other tests
    that need to be run with either text.

After a cell its block in ``tests/cells`` is run in the same kernel, if it has one: see
`tools.cell_checks`. The kernel is told that it executes a notebook, so that a ``;`` at the
end of a cell silences it, as it does in Jupyter.
"""

import functools
import os
from pathlib import Path

import pytest

from tests.comparing import differences, parse_rtol
from tests.nbval_adapter import Cell, File, in_place_of_nbvals
from tools.cell_checks import checks_of, novel_is_here

READS_TEXT_TAG = "reads-text"
STAND_IN_WARNING = "The novel is not here"  # how gluonbook's warning begins

# The answer is found once, when a notebook first asks: `gluonbook` imports MXNet, and a run
# of unit tests alone need not wait for that.
novel_is_here = functools.cache(novel_is_here)


def prepare_environment(patch):
    """Set the environment variables that a kernel of the checks starts with."""
    from gluonbook.bar import UNWATCHED

    patch.setenv(UNWATCHED, "1")
    # What was not here at the start is not fetched on the way: the cells of one run
    # are compared by one answer.
    if not novel_is_here():
        patch.setenv("GLUONBOOK_OFFLINE", "1")
        # The summary says once what every notebook would say, so a cell that loads the
        # text and shows how long it is can still be compared.
        patch.setenv("PYTHONWARNINGS", f"ignore:{STAND_IN_WARNING}:UserWarning")


class NotebookCell(Cell):
    """A code cell, compared as its tags ask, and checked by its block in ``tests/cells``."""

    def runtest(self):
        """Execute the cell, compare what it can be compared with, and run its block."""
        if READS_TEXT_TAG in self.tags:
            # A report carries this to the summary, from another process too.
            self.user_properties.append((READS_TEXT_TAG, novel_is_here()))
            if not novel_is_here():
                self.do_not_compare()
        super().runtest()
        block = self.parent.checks.get(self.cell_id)
        if block:
            reply = self.execute_besides(block)
            if reply["status"] == "error":
                self.fail("What is asserted of the cell does not hold", reply["evalue"])

    def differences(self, stored, new):
        """Yield what is different and should not be."""
        return differences(stored, new, self.tags, self.sanitize)


class NotebookFile(File):
    """A notebook, its cells executed in one kernel."""

    CELL = NotebookCell

    def collect(self):
        """Return the code cells.

        Raises
        ------
        pytest.Collector.CollectError
            If a cell asks for a tolerance in the wrong way, or its checks have a wrong form.
        """
        cells = list(super().collect())
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


def pytest_configure(config):
    """Make a relative ``GLUONBOOK_DATA_DIR`` absolute: kernels start in the notebooks' folders."""
    config.addinivalue_line("markers", "reads_text: what depends on which text is read")
    folder = os.environ.get("GLUONBOOK_DATA_DIR")
    if folder:
        os.environ["GLUONBOOK_DATA_DIR"] = str(Path(folder).absolute())


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """Put a `NotebookFile` in the place of nbval's own."""
    return in_place_of_nbvals((yield), NotebookFile)


def pytest_terminal_summary(terminalreporter):
    """Say which text the cells that read one were executed with."""
    answers = [
        was_here
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, was_here in report.user_properties
        if name == READS_TEXT_TAG
    ]
    if not answers:
        return
    if all(answers):
        line = f"notebooks: {len(answers)} cells that read the novel compared with the real text"
    else:
        line = (
            f"notebooks: stand-in text: {len(answers)} cells run but not compared "
            "(`make data` gets the novel)"
        )
    terminalreporter.write_line(line)
