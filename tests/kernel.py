"""A kernel for tests of what a notebook shows."""

import contextlib
import os

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from gluonbook.ground.watching import UNWATCHED
from tests import ROOT

WATCHED = f"import os; os.environ[{UNWATCHED!r}] = ''"
NOT_WATCHED = f"import os; os.environ[{UNWATCHED!r}] = '1'"


@contextlib.contextmanager
def kernel():
    """Start a kernel, and return a function that executes cells in it, one after the other.

    It returns the outputs of the last, as they are in the end. A source that was there before
    is the same cell, which runs again.
    """
    notebook = new_notebook()
    client = NotebookClient(notebook, resources={"metadata": {"path": str(ROOT)}})

    def outputs_of(*sources):
        cells = {source: new_code_cell(source) for source in sources}
        notebook.cells[:] = cells.values()
        for source in sources:
            client.execute_cell(cells[source], list(cells).index(source))
        return cells[sources[-1]].outputs

    with client.setup_kernel(env=os.environ):
        yield outputs_of
