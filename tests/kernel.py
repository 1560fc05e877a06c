"""A kernel for tests of what a notebook shows."""

import os

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests import ROOT


def outputs_of(*sources, **environment):
    """Execute cells one after the other; return the outputs of the last, as they are in the end.

    A source that was there before is the same cell, which runs again.
    """
    cells = {source: new_code_cell(source) for source in sources}
    notebook = new_notebook(cells=list(cells.values()))
    client = NotebookClient(notebook, resources={"metadata": {"path": str(ROOT)}})
    with client.setup_kernel(env=os.environ | environment):
        for source in sources:
            client.execute_cell(cells[source], list(cells).index(source))
    return cells[sources[-1]].outputs
