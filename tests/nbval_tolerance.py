"""nbval, with what these notebooks need besides: a pytest plugin.

nbval executes a notebook in a clean kernel and compares each cell's output with the
stored one, letter by letter. Here that is kept, with five differences.

``nbval-rtol=0.05``
    In a cell with this tag a decimal number may differ from the stored one by 5 % of
    the stored one. A decimal number has a point or an exponent: ``4.18``, ``1e-05``.
    Everything else stays exact: whole numbers, words, ``nan`` and ``inf``, a number
    glued to a letter, and zero, 5 % of which is nothing. A thousands separator ends a
    number: of ``1,250.5`` only ``250.5`` has a tolerance, so the check is a stricter one.

``reads-text``
    The output of a cell with this tag depends on which text was read, and the stored
    output comes from the novel. Where the novel is not on this machine the cell is
    executed and not compared. The last lines of the pytest run say so, and the warning
    that the stand-in text is read is left out of the outputs. ``pytest -m reads_text``
    runs the notebooks with such cells, and the other tests that need to be run with
    either text.

figures
    The drawing itself is not compared: ``text/html``, or ``image/svg+xml`` if it is not
    ours. Its alt texts are: they are the output's ``text/plain``.

checks apart from the cells
    After a cell its block in ``tests/cells`` is run in the same kernel, if it has one:
    see `tools.cell_checks`. A block that fails fails its cell.

the kernel
    It is told that it executes a notebook, so that a ``;`` at the end of a cell
    silences it, as it does in Jupyter.
"""

import copy
import functools
import os
import re
from collections import defaultdict
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from tools.cell_checks import checks_of, novel_is_here

RTOL_TAG = "nbval-rtol"
READS_TEXT_TAG = "reads-text"
DRAWINGS = ("image/svg+xml", "text/html")
STAND_IN_WARNING = "The Time Machine is not here"  # how gluonbook's warning begins

DECIMAL = re.compile(
    r"""
    [ ]*                              # blanks align columns and vary with the digits
    (?<![\w.])                        # not the end of a word or of 1.2.3
    [-+]?
    (?: (?:\d+\.\d*|\.\d+) (?:e[-+]?\d+)?
      | \d+ e[-+]?\d+ )
    (?! \w | \.\w )                   # not the beginning of one
    [ ]*
    """,
    re.VERBOSE | re.IGNORECASE,
)


# --- numbers ----------------------------------------------------------------------


def parse_rtol(tags):
    """Return the relative tolerance that a cell's tags ask for; 0.0 if they ask for none.

    Raises
    ------
    ValueError
        If the tag is malformed, or there are two.
    """
    asked = [tag for tag in tags if tag.startswith(RTOL_TAG)]
    if not asked:
        return 0.0
    if len(asked) > 1:
        raise ValueError(f"the tags {asked} ask for two tolerances: keep one")
    name, _, value = asked[0].partition("=")
    try:
        rtol = float(value)
    except ValueError:
        rtol = 0.0
    if name != RTOL_TAG or not 0 < rtol < 1:
        raise ValueError(
            f"the tag {asked[0]!r} is no tolerance: write a number between 0 and 1, "
            f"such as '{RTOL_TAG}=0.05' for 5 %"
        )
    return rtol


def are_whole(stored, new):
    """Tell whether two numbers with a point are whole ones at the end of a sentence.

    Beside 49.9, on the other hand, "50." is how NumPy writes 50.0.
    """
    return stored.endswith(".") and new.endswith(".")


def is_close(stored, new, rtol):
    """Tell whether a decimal number differs from the stored one by at most `rtol` of that."""
    if are_whole(stored, new):
        return stored == new
    return abs(float(new) - float(stored)) <= rtol * abs(float(stored))


def difference(stored, new):
    """Say how far a number is from the stored one."""
    if are_whole(stored, new):
        return "whole numbers are exact"
    gap = float(new) - float(stored)
    if float(stored) == 0:
        return f"off by {gap:+.4g}, and a share of zero is zero"
    return f"off by {gap:+.4g}, which is {abs(gap / float(stored)):.2%}"


def settle_line(stored, new, rtol):
    """Write each number in `new` that is close to its stored partner as it is stored.

    Numbers are partners only if the text between them is the same in both lines.

    Returns
    -------
    line : str
        The line `new`, which equals `stored` if all numbers are close.
    complaints : list of str
        One for each number that is not.
    """
    if DECIMAL.sub("#", stored) != DECIMAL.sub("#", new):
        return new, []
    partners = DECIMAL.finditer(stored)
    complaints = []

    def settled(match):
        before, now = next(partners).group(), match.group()
        if is_close(before.strip(), now.strip(), rtol):
            return before
        away = difference(before, now)
        complaints.append(f"stored {before.strip()}, now {now.strip()}: {away}")
        return now

    return DECIMAL.sub(settled, new), complaints


def settle(stored, new, rtol):
    """Settle a text line by line; a text with another number of lines stays as it is.

    Returns
    -------
    text : str
        The text `new`, which equals `stored` if all numbers are close and the rest is the same.
    complaints : list of str
        One for each number that is not close, with the line that it stands in.
    """
    stored_lines, new_lines = stored.split("\n"), new.split("\n")
    if len(stored_lines) != len(new_lines):
        return new, []
    settled, complaints = [], []
    for number, (before, now) in enumerate(zip(stored_lines, new_lines, strict=True), start=1):
        line, off = settle_line(before, now, rtol)
        settled.append(line)
        complaints += [f"line {number}: {complaint}" for complaint in off]
    return "\n".join(settled), complaints


def texts_by_kind(outputs):
    """Find the texts in a cell's outputs: for each kind, the dictionaries and keys that hold them.

    A kind is the name of a stream or a MIME type. nbval pairs outputs in the same way:
    the first of a kind with the first, the second with the second.
    """
    found = defaultdict(list)
    for output in outputs:
        if output.output_type == "stream":
            found[output.name].append((output, "text"))
        for mime in output.get("data", {}):
            if mime.startswith("text/") and mime not in DRAWINGS:
                found[mime].append((output.data, mime))
    return found


# --- the text ---------------------------------------------------------------------

# The answer is found once, when a notebook first asks: `gluonbook` imports MXNet, and a run
# of unit tests alone need not wait for that.
novel_is_here = functools.cache(novel_is_here)


def prepare_environment(patch):
    """Set the environment variables that a kernel of the checks starts with."""
    from gluonbook.support.progress import UNWATCHED

    patch.setenv(UNWATCHED, "1")
    # What was not here at the start is not fetched on the way: the cells of one run
    # are compared by one answer.
    if not novel_is_here():
        patch.setenv("GLUONBOOK_OFFLINE", "1")
        # The summary says once what every notebook would say, so a cell that loads the
        # text and shows how long it is can still be compared.
        patch.setenv("PYTHONWARNINGS", f"ignore:{STAND_IN_WARNING}:UserWarning")


# --- pytest -----------------------------------------------------------------------


class NotebookCell(IPyNbCell):
    """A code cell, compared as its tags ask."""

    def __init__(self, name, parent, cell_num, cell, options):
        super().__init__(name, parent, cell_num, cell, options)
        tags = cell.metadata.get("tags", [])
        self.reads_text = READS_TEXT_TAG in tags
        self.rtol = parse_rtol(tags)
        self.check = parent.checks.get(cell.get("id"))

    def runtest(self):
        """Execute the cell, compare what it can be compared with, and run its check."""
        if self.reads_text:
            # A report carries this to the summary, from another process too.
            self.user_properties.append((READS_TEXT_TAG, novel_is_here()))
            self.options["check"] = self.options["check"] and novel_is_here()
        super().runtest()
        if self.check:
            self.run_check()

    def run_check(self):
        """Run the block that the cell has apart from it, in the kernel that the cell ran in."""
        reply = self.parent.kernel.kc.execute_interactive(
            self.check,
            silent=True,
            allow_stdin=False,
            timeout=self.config.option.nbval_cell_timeout,
            output_hook=lambda message: None,
        )
        if reply["content"]["status"] == "error":
            self.raise_cell_error("What is asserted of the cell fails", reply["content"]["evalue"])

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare as nbval does, after numbers within the tolerance are made equal."""
        if not self.rtol:
            return super().compare_outputs(test, ref, skip_compare)
        test, ref = copy.deepcopy(test), copy.deepcopy(ref)
        complaints = self.settle_outputs(test, ref)
        same = super().compare_outputs(test, ref, skip_compare)
        if complaints:
            self.comparison_traceback.append(f"Numbers outside the tolerance of {self.rtol:.2%}:")
            self.comparison_traceback += complaints
        return same

    def settle_outputs(self, test, ref):
        """Settle each text of `test` in place; return the complaints."""
        complaints = []
        new_texts, stored_texts = texts_by_kind(test), texts_by_kind(ref)
        for kind in new_texts.keys() & stored_texts.keys():
            # Another number of outputs is nbval's to report.
            pairs = zip(stored_texts[kind], new_texts[kind], strict=False)
            for (stored, key), (new, _) in pairs:
                stored[key], new[key] = self.sanitize(stored[key]), self.sanitize(new[key])
                new[key], off = settle(stored[key], new[key], self.rtol)
                complaints += [f"  {kind}, {complaint}" for complaint in off]
        return complaints


class NotebookFile(IPyNbFile):
    """A notebook, its cells executed in one kernel."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.skip_compare += DRAWINGS

    def collect(self):
        """Yield the code cells.

        Raises
        ------
        pytest.Collector.CollectError
            If a cell asks for a tolerance in the wrong way, or its checks have a wrong form.
        """
        try:
            self.checks = checks_of(self.path)
        except (SyntaxError, ValueError) as error:
            raise self.CollectError(str(error)) from error
        cells = list(super().collect())
        if any(READS_TEXT_TAG in cell.cell.metadata.get("tags", []) for cell in cells):
            self.add_marker("reads_text")
        for cell in cells:
            try:
                yield NotebookCell.from_parent(
                    self,
                    name=cell.name,
                    cell_num=cell.cell_num,
                    cell=cell.cell,
                    options=cell.options,
                )
            except ValueError as error:
                raise self.CollectError(f"{self.path.name}, {cell.name}: {error}") from error

    def setup(self):
        """Start the kernel."""
        with pytest.MonkeyPatch.context() as patch:
            prepare_environment(patch)
            super().setup()
        # nbval asks for cells that leave no history, and IPython takes the `;` from that.
        client = self.kernel.kc
        execute = client.execute
        client.execute = lambda code, **kw: execute(code, **(kw | {"store_history": True}))

    def get_sanitize_files(self):
        """Return the sanitizer's path, found from the project's root wherever pytest starts."""
        return [self.config.rootpath / path for path in super().get_sanitize_files()]


def pytest_configure(config):
    """Make a relative ``GLUONBOOK_DATA_DIR`` absolute: kernels start in the notebooks' folders."""
    config.addinivalue_line("markers", "reads_text: what depends on which text is read")
    folder = os.environ.get("GLUONBOOK_DATA_DIR")
    if folder:
        os.environ["GLUONBOOK_DATA_DIR"] = str(Path(folder).absolute())


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(parent):
    """Put a `NotebookFile` in the place of nbval's own."""
    collectors = yield
    return [
        NotebookFile.from_parent(parent, path=collector.path)
        if type(collector) is IPyNbFile
        else collector
        for collector in collectors
    ]


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
