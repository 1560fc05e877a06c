"""The rules that every notebook follows.

A rule takes a `Notebook` and yields complaints, which say where the problem is, what is wrong and what to
do. It executes nothing. The setting ``rules`` names a module that has more of them.
"""

import ast
import copy
import difflib
import functools
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from checks.assertions import read_assertions
from checks.comparing import parse_rtol
from checks.execute import normalise
from checks.settings import Settings, settings_of

TAGS = ("hide-input", "model-writes", "nbval-ignore-output", "saved", "simplified")
LINK = re.compile(r"\[[^\[\]]*\]\((?![a-z+]+:)([^()\s#]*)#?([^()\s]*)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LOOSE = 0.5  # a tolerance so wide that it compares hardly anything

Complaints = Iterator[str]


# --- a notebook and its parts ------------------------------------------------------


@dataclass(frozen=True)
class Notebook:
    """The content of a notebook, its file, and the settings that hold for it."""

    path: Path
    content: NotebookNode
    settings: Settings

    @classmethod
    def read(cls, path: Path) -> "Notebook":
        """Read a file as it is, without adding what is missing or repairing what is wrong."""
        content = nbformat.v4.reads(path.read_text(encoding="utf-8"))
        return cls(path, content, settings_of(path))

    @property
    def assertions(self) -> Path:
        """The file of assertions about the cells."""
        return self.settings.assertions_of(self.path)

    @property
    def to_store(self) -> str:
        """The command that stores the outputs, for messages."""
        return f"`{self.settings.how_to_store(self.path)}`"


def cells(notebook: Notebook, *kinds: str) -> Iterator[tuple[str, NotebookNode]]:
    """Yield the cells of some types, each with a description of where it is."""
    for number, cell in enumerate(notebook.content.cells, start=1):
        if cell.cell_type in kinds:
            yield f"{notebook.path.name}, cell {cell.get('id', number)}", cell


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


# --- what is stored ----------------------------------------------------------------


def executed_in_order(notebook: Notebook) -> Complaints:
    """Every code cell was executed, from top to bottom, in a new kernel."""
    for expected, (where, cell) in enumerate(cells(notebook, "code"), start=1):
        if cell.execution_count != expected:
            yield (
                f"{where}: its execution count is {cell.execution_count}, not {expected}. "
                f"{notebook.to_store} executes all cells in order; delete an empty cell"
            )


def outputs_have_allowed_types(notebook: Notebook) -> Complaints:
    """An output has no type that could bring a program into a page, unless the settings allow it."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            if others := output.get("data", {}).keys() - {*notebook.settings.mime_types}:
                yield f"{where}: its output is of type {', '.join(sorted(others))}. Print text instead"


def figures_have_alt_text(notebook: Notebook) -> Complaints:
    """Each figure and each picture has an alt text."""
    for where, cell in cells(notebook, "markdown"):
        if "![](" in cell.source:
            yield f"{where}: a picture has no alt text; write it between the brackets"
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            about = output.get("metadata", {}).get("image/png", {})
            if "image/png" in output.get("data", {}) and not about.get("alt", "").strip():
                yield f"{where}: the figure has no alt text; use {notebook.settings.show}"


def stored_as_refreshed(notebook: Notebook) -> Complaints:
    """The file is a valid notebook with cell ids, and without metadata of an editor or a run."""
    name, content = notebook.path.name, copy.deepcopy(notebook.content)
    try:
        nbformat.validate(content, version=4, version_minor=5)
    except (nbformat.ValidationError, Warning) as error:  # pytest raises warnings, too
        yield f"{name}: it is not a valid notebook of format 4.5: {error}"
    normalise(content)
    if content != notebook.content:
        yield f"{name}: its metadata are not those of a clean run; {notebook.to_store} corrects them"


# --- code and the package ----------------------------------------------------------


@dataclass
class Essence(ast.NodeTransformer):
    """Reduce a definition to what it computes, without docstrings and checks of arguments."""

    alias: str  # of the package

    def visit_Expr(self, node):
        """Drop a docstring, and a call such as ``check_sizes(k=k)``."""
        self.generic_visit(node)
        is_check = getattr(getattr(node.value, "func", None), "id", "").startswith("check_")
        return None if is_check or isinstance(node.value, ast.Constant) else node

    def visit_If(self, node):
        """Drop a condition under which an error is raised or arguments are checked."""
        self.generic_visit(node)
        only_raises = all(isinstance(statement, ast.Raise) for statement in node.body)
        return None if only_raises and not node.orelse else node

    def visit_Attribute(self, node):
        """Make ``alias.name`` plain ``name``."""
        self.generic_visit(node)
        is_ours = isinstance(node.value, ast.Name) and node.value.id == self.alias
        return ast.Name(node.attr, node.ctx) if is_ours else node


@functools.cache
def definitions(source: str, alias: str) -> dict[str, str]:
    """Return the essence of each function and class of a module or cell by its name."""
    return {
        node.name: ast.unparse(Essence(alias).visit(node))
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def saved_cells_equal_package(notebook: Notebook) -> Complaints:
    """What a cell and the package both define is the same, and the cell is tagged ``saved``.

    A cell that defines a shorter version is tagged ``simplified``, and the assertions about the
    notebook's cells compare it with the function of the package.
    """
    settings = notebook.settings
    if not settings.package:
        return
    compared = "".join(read_assertions(notebook.assertions).values())
    in_package = {}
    for path in (settings.root / settings.package).rglob("*.py"):
        in_package |= definitions(path.read_text(encoding="utf-8"), settings.alias)
    for where, cell in cells(notebook, "code"):
        defined = definitions(cell.source, settings.alias)
        if "simplified" in tags(cell):
            for name in defined:
                public = f"{settings.alias}.{name}"
                if name not in in_package or public not in compared:
                    yield f"{where}: it is tagged 'simplified': compare {name} with {public}"
            continue
        if "saved" not in tags(cell):
            for name in defined.keys() & in_package.keys():
                yield f"{where}: {settings.package} also defines {name}. Tag the cell 'saved'"
            continue
        for name, code in defined.items():
            if name not in in_package:
                yield f"{where}: {settings.package} has no {name}. Add it, or remove the tag 'saved'"
            elif code != in_package[name]:
                yield f"{where}: {name} differs from {settings.package}'s:\n{in_package[name]}"


def tags_are_known(notebook: Notebook) -> Complaints:
    """Each tag is in the list, and no code has a comment that nbval would follow."""
    known = [*TAGS, *notebook.settings.tags, notebook.settings.input_tag]
    for where, cell in cells(notebook, "code", "markdown", "raw"):
        for tag in tags(cell):
            if tag not in known and not re.fullmatch(r"nbval-rtol=\d*\.?\d+", tag):
                near = difflib.get_close_matches(tag, [*known, "nbval-rtol=0.05"], 1)
                ask = f"did you mean {near[0]!r}?" if near else f"the tags are {', '.join(known)}"
                yield f"{where}: the tag {tag!r} is unknown; {ask}"
        if comment := re.search(r"#\s*((NBVAL|PYTEST_VALIDATE)_\w+)", cell.source):
            yield f"{where}: delete the comment {comment[1]}, and use a tag"


def uncompared_cells_assert(notebook: Notebook) -> Complaints:
    """A cell whose output is hardly compared has an assertion, in the cell or in its checks."""
    beside = read_assertions(notebook.assertions)
    for where, cell in cells(notebook, "code"):
        compared = "nbval-ignore-output" not in tags(cell) and parse_rtol(tags(cell)) < LOOSE
        code = ast.walk(ast.parse(f"{cell.source}\n{beside.get(cell.id, '')}"))
        if not compared and not any(isinstance(node, ast.Assert) for node in code):
            yield (
                f"{where}: its output is not compared, or only loosely. It therefore needs an assert, "
                f"or a block '# after {cell.id}' in {notebook.assertions}"
            )


def assertions_name_cells(notebook: Notebook) -> Complaints:
    """Each block of assertions about a notebook names one of its code cells."""
    ids = {cell.get("id") for _, cell in cells(notebook, "code")}
    for cell_id in read_assertions(notebook.assertions).keys() - ids:
        yield f"{notebook.assertions}: {notebook.path.name} has no code cell {cell_id!r}"


# --- links -------------------------------------------------------------------------


def links_lead_somewhere(notebook: Notebook) -> Complaints:
    """Each link leads to a file, and to a heading or a cell that is in it."""
    for where, cell in cells(notebook, "markdown"):
        for path, anchor in LINK.findall(CODE.sub("", cell.source)):
            target = notebook.path.parent / unquote(path) if path else notebook.path
            if not target.exists():
                yield f"{where}: the link to {path} leads nowhere; there is no such file"
            elif anchor and anchor not in (found := anchors(target)):
                near = difflib.get_close_matches(anchor, found, 1)
                ask = f"did you mean #{near[0]}?" if near else "it has no such heading or cell"
                yield f"{where}: the link to {path}#{anchor} leads nowhere; {ask}"


@functools.cache
def anchors(path: Path) -> set[str]:
    """Return what a link to a notebook or a Markdown file can name: headings, and ids of cells."""
    found, text = set(), path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        notebook = Notebook.read(path)
        found = {f"cell-id={cell.get('id')}" for cell in notebook.content.cells}
        text = "\n".join(cell.source for _, cell in cells(notebook, "markdown"))
    return found | {line.replace(" ", "-") for line in re.findall("^#+ +(.+)", text, re.MULTILINE)}


def is_listed(notebook: Notebook) -> Complaints:
    """A notebook directly in the folder of notebooks is in each of the lists."""
    settings, notebook_path = notebook.settings, notebook.path.resolve()
    for name in settings.lists if len(settings.name(notebook_path).parts) == 1 else ():
        page = settings.root / name
        path = notebook_path.relative_to(page.parent).as_posix()
        if f"]({path})" not in page.read_text(encoding="utf-8"):
            yield f"{notebook.path.name}: add a line with a link to {path} to {name}"


RULES = (
    executed_in_order,
    outputs_have_allowed_types,
    figures_have_alt_text,
    stored_as_refreshed,
    saved_cells_equal_package,
    tags_are_known,
    uncompared_cells_assert,
    assertions_name_cells,
    links_lead_somewhere,
    is_listed,
)


def complaints(path: Path) -> list[str]:
    """Return all complaints about a notebook."""
    notebook = Notebook.read(path)
    module = notebook.settings.rules
    more = importlib.import_module(module).RULES if module else ()
    return [line for rule in (*RULES, *more) for line in rule(notebook)]
