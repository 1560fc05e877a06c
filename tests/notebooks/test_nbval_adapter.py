"""What of nbval's inside the adapter relies on: a release that changes it fails here, by name."""

import inspect
import re

import pytest
from nbval import kernel, plugin

from tests import ROOT


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (plugin.IPyNbCell.__init__, ["self", "name", "parent", "cell_num", "cell", "options"]),
        (plugin.IPyNbCell.compare_outputs, ["self", "test", "ref", "skip_compare"]),
        (plugin.IPyNbCell.raise_cell_error, ["self", "message", "args", "kwargs"]),
        (plugin.IPyNbCell.sanitize, ["self", "s"]),
        (plugin.IPyNbFile.collect, ["self"]),
        (plugin.IPyNbFile.setup, ["self"]),
        (plugin.IPyNbFile.get_sanitize_files, ["self"]),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_a_method_takes_what_it_took(function, parameters):
    assert list(inspect.signature(function).parameters) == parameters


@pytest.mark.parametrize(
    ("where", "line"),
    [
        # The new outputs come first, each stream in one piece, and only if a cell is compared.
        (plugin.IPyNbCell.runtest, "if self.options['check'] and not unrun:"),
        (
            plugin.IPyNbCell.runtest,
            "self.compare_outputs(outs, coalesce_streams(self.cell.outputs))",
        ),
        (plugin.IPyNbCell.runtest, "outs[:] = coalesce_streams(outs)"),
        (plugin.IPyNbCell.runtest, r"'\n'.join(self.comparison_traceback)"),
        (plugin.IPyNbCell.runtest, "self.parent.get_kernel_message(timeout=self.output_timeout)"),
        (plugin.IPyNbFile.setup, "self.kernel = RunningKernel("),
        (kernel.RunningKernel.__init__, "self.km, self.kc = start_new_kernel("),
        (kernel.RunningKernel.execute_cell_input, "store_history=False"),
    ],
)
def test_a_line_is_what_it_was(where, line):
    assert line in inspect.getsource(where)


def test_nothing_else_knows_nbvals_inside():
    users = {
        path.name
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(r"^(from|import) nbval\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert users == {"nbval_adapter.py", "test_nbval_adapter.py", "test_sanitizer.py"}
