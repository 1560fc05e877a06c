"""The pytest plugin: it extends nbval with another executor, assertions, tolerances and rules.

Each cell of a notebook is a test. Its outputs must equal the stored ones, with the exceptions that its tags
and ``--nbval-sanitize-with`` name, and the assertions about it must hold. Before the first cell, the
rules are checked. With ``--store``, the outputs are stored after the last cell in place of being compared.

nbval collects the cells, reads their tags and reports what fails. It does not execute them: its own
executor ignores messages that change what a cell has displayed, so that what is stored would fail.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams

from checks.comparing import differences, uncompared_figures
from checks.execute import NotebookError, started
from checks.notebook import Notebook, is_executed
from checks.rules import complaints
from checks.settings import settings_of


class Step(pytest.Item):
    """A test of a whole file: a function that returns what is wrong."""

    def __init__(self, *, find: Callable[[], list[str]], **others) -> None:
        super().__init__(**others)
        self.find = find

    def runtest(self) -> None:
        """Fail with all complaints at once."""
        if found := self.find():
            pytest.fail("\n".join(found), pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return the words for the report."""
        return self.path, None, self.name


class NotebookCell(IPyNbCell):
    """A code cell, compared as its tags say, and checked by the assertions about it."""

    def __init__(self, *, place: int, **others) -> None:
        super().__init__(**others)
        self.place = place  # among all cells
        self.tags = self.cell.metadata.get("tags", [])

    def runtest(self) -> None:
        """Execute the cell, compare its outputs if they can be compared, and check its assertions."""
        execution, settings = self.parent.execution, self.parent.notebook.settings
        if not is_executed(self.cell):
            pytest.skip("the cell is empty, or tagged so")
        if execution.is_dead:
            pytest.skip("the kernel ended in an earlier cell")
        try:
            execution.run(self.place)
        except NotebookError as error:
            why = getattr(error.__cause__, "traceback", str(error))
            self.raise_cell_error("The cell could not be executed", why)
        outputs = self.test_outputs = execution.result.cells[self.place].outputs
        is_comparable = settings.input_is_here or settings.input_tag not in self.tags
        if self.options["check"] and is_comparable and not self.config.option.store:
            self.compare(coalesce_streams(self.cell.outputs), coalesce_streams(outputs))
        if why := execution.complaints.get(self.place):
            what = "An assertion about the cell failed"
            if_right = "If the code is right, correct what the text says, and then the assertion."
            self.raise_cell_error(what, f"{why}\n\n{if_right}")

    def compare(self, stored: list, new: list) -> None:
        """Fail if the outputs differ from the stored ones, and warn of a figure that is not compared."""
        settings = self.parent.notebook.settings
        found = list(differences(stored, new, self.tags, self.sanitize, settings.varying))
        if found:
            to_store = settings.how_to_store(self.path)
            found += [
                f"If the new output is right, store it: {to_store}",
                "If it depends on the machine, a tag can allow that: see checks/README.md",
            ]
            self.raise_cell_error("Cell outputs differ", "\n".join(found))
        for where in uncompared_figures(new):
            self.warn(pytest.PytestWarning(f"{self.path.name}, {self.name}: {where}"))


class NotebookFile(IPyNbFile):
    """A notebook, its cells executed in one kernel."""

    def collect(self) -> list[pytest.Item]:
        """Return the rules and the code cells, or, to store them, the cells and what stores them."""
        try:
            self.notebook = notebook = Notebook.read(self.path)
            notebook.blocks  # noqa: B018, to complain about them here
            cells = list(self.cells())
        except ValueError as error:
            raise self.CollectError(f"{self.path}: {error}") from error
        if any(notebook.settings.input_tag in cell.tags for cell in cells):
            self.add_marker(notebook.settings.input_tag.replace("-", "_"))
        if self.config.option.store:
            return [*cells, Step.from_parent(self, name="store", find=self.store)]
        find = functools.partial(complaints, notebook)
        return [Step.from_parent(self, name="rules", find=find), *cells]

    def cells(self) -> Iterator[NotebookCell]:
        """Yield the code cells as nbval finds them, each with its place among all cells."""
        of_nbval = super().collect()
        for place, cell in enumerate(self.notebook.content.cells):
            if cell.cell_type == "code":
                found = next(of_nbval)
                yield NotebookCell.from_parent(
                    self,
                    name=f"{found.name} {cell.get('id', '')}".strip(),
                    cell_num=found.cell_num,
                    cell=found.cell,
                    options=found.options,
                    place=place,
                )

    def store(self) -> list[str]:
        """Store the outputs, or return why they are not stored."""
        try:
            self.execution.store()
        except NotebookError as error:
            return [f"{error}\n\nNo output of {self.path.name} has been stored."]
        return []

    def setup(self) -> None:
        """Start the kernel."""
        option = self.config.option
        self.setup_sanitize_files()
        self.kernel = contextlib.ExitStack()  # until teardown, which pytest calls in any case
        self.execution = self.kernel.enter_context(
            started(
                self.notebook,
                self.notebook.settings.kernel_environment,
                option.nbval_kernel_name,
                timeout=option.nbval_cell_timeout,
                startup_timeout=option.nbval_kernel_startup_timeout,
            )
        )

    def teardown(self) -> None:
        """Stop the kernel."""
        self.kernel.close()


class AssertionsFile(pytest.File):
    """A file of assertions, which needs its notebook."""

    def collect(self) -> list[pytest.Item]:
        """Return a test that fails if there is no such notebook."""
        notebook = settings_of(self.path).notebook_of(self.path)
        if notebook.exists():
            return []
        why = f"{self.path}: nothing is asserted by this file, because there is no {notebook}"
        return [Step.from_parent(self, name="notebook", find=lambda: [why])]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that stores outputs."""
    parser.getgroup("checks").addoption(
        "--store", action="store_true", help="execute notebooks, and store their outputs"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Say at once which setting is wrong."""
    try:
        settings_of(config.rootpath / "any")
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> NotebookFile | AssertionsFile | None:
    """Collect notebooks and files of assertions, in place of nbval, whose own option is not given."""
    if file_path.suffix not in (".ipynb", ".py"):
        return None
    try:
        settings = settings_of(file_path)
    except ValueError as error:
        raise parent.CollectError(str(error)) from error
    config = parent.config
    is_named = config.pluginmanager.hasplugin("checks")  # as by `-p checks`
    if not (settings.is_given or is_named or config.option.store):
        return None  # the package is installed, and this project has not asked for it
    if file_path.suffix == ".ipynb":
        return NotebookFile.from_parent(parent, path=file_path)
    is_of_assertions = settings.notebook_of(file_path) is not None
    return AssertionsFile.from_parent(parent, path=file_path) if is_of_assertions else None


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Say that cells were not compared because their input is not here."""
    settings = settings_of(config.rootpath / "any")
    if not settings.input_is_here:
        terminalreporter.write_line(settings.input["missing"])
