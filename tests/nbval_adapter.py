"""All that these tests know of nbval's inside, which executes notebooks as pytest items.

nbval promises nothing of this. tests/notebooks/test_nbval_adapter.py names what is relied
on, and fails where it changes.
"""

from nbval.plugin import IPyNbCell, IPyNbFile


class Cell(IPyNbCell):
    """A code cell, whose outputs are compared as `differences` says."""

    def __init__(self, name, parent, cell_num, cell, options):
        super().__init__(name, parent, cell_num, cell, options)
        # What ends a cell that hangs ends a kernel that hangs: nbval's 5 s are few on a busy machine.
        self.output_timeout = self.config.option.nbval_cell_timeout
        self.tags = cell.metadata.get("tags", [])
        self.cell_id = cell.get("id")

    def differences(self, stored, new):
        """Yield what is different in the outputs; to be defined."""
        raise NotImplementedError

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare in nbval's stead, which shows `comparison_traceback` if this is false."""
        self.comparison_traceback = list(self.differences(ref, test))
        return not self.comparison_traceback

    def do_not_compare(self):
        """Execute the cell, and leave its outputs as they are."""
        self.options["check"] = False

    def execute_besides(self, code):
        """Execute code in the cell's kernel, unseen; return the reply."""
        return self.parent.kernel.kc.execute_interactive(
            code,
            silent=True,
            allow_stdin=False,
            timeout=self.config.option.nbval_cell_timeout,
            output_hook=lambda message: None,
        )["content"]

    def fail(self, message, reason):
        """Fail the cell, which is shown with the message before it and the reason after it."""
        self.raise_cell_error(message, reason)


class File(IPyNbFile):
    """A notebook, its cells executed in one kernel."""

    def collect(self):
        """Yield the code cells, each a `Cell` of the class in `CELL`."""
        for cell in super().collect():
            yield self.CELL.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )

    def setup(self):
        """Start the kernel."""
        super().setup()
        # nbval asks for cells that leave no history, and IPython takes the `;` from that.
        client = self.kernel.kc
        execute = client.execute
        client.execute = lambda code, **kw: execute(code, **(kw | {"store_history": True}))

    def get_sanitize_files(self):
        """Return the sanitizer's path, found from the project's root wherever pytest starts."""
        return [self.config.rootpath / path for path in super().get_sanitize_files()]


def in_place_of_nbvals(collectors, file_class):
    """Return pytest's collectors of a file, nbval's own replaced by one of this class."""
    return [
        file_class.from_parent(collector.parent, path=collector.path)
        if type(collector) is IPyNbFile
        else collector
        for collector in collectors
    ]
