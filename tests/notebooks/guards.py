"""The rules for the notebooks of the chapter, each as a guard.

A guard takes a `Notebook` and yields complaints, which say where the problem is, what is wrong and
what to do. It executes nothing.
"""

import ast
import copy
import difflib
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from gluonbook.figures import writer
from tests import ROOT
from tests.comparing import parse_rtol
from tools.cell_checks import path_of_checks, read_checks
from tools.execute import normalise

CHAPTER = ROOT / "chapter_rnn"
PACKAGE = ROOT / "gluonbook"
LISTS = (CHAPTER / "index.md", ROOT / "README.md")  # of the sections
TAGS = (
    *("hide-input", "model-writes", "nbval-ignore-output", "reads-text", "saved", "simplified"),
    "train-here",
)
LINK = re.compile(r"(!?)\[([^\[\]]*)\]\((?![a-z+]+:)([^()\s#]*)#?([^()\s]*)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LOOSE = 0.5  # a tolerance so wide that it compares hardly anything

Complaints = Iterator[str]


# --- a notebook and its parts ------------------------------------------------------


@dataclass(frozen=True)
class Notebook:
    """The content of a notebook, and its file."""

    path: Path
    content: NotebookNode

    @classmethod
    def read(cls, path: Path) -> "Notebook":
        """Read a file as it is, without adding what is missing or repairing what is wrong."""
        return cls(path, nbformat.v4.reads(path.read_text(encoding="utf-8")))


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
                "`make refresh` executes all cells in order; delete an empty cell"
            )


def outputs_are_text_or_pictures(notebook: Notebook) -> Complaints:
    """An output has no type that could bring a program into a page, except for a model that writes."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            if others := data.keys() - {"text/plain", "image/png", "text/html"}:
                yield f"{where}: its output is of type {', '.join(sorted(others))}. Print text instead"
            if "text/html" in data and not is_writer(data["text/html"]):
                yield (
                    f"{where}: the HTML of its output is not what gb.show_writer displays today. "
                    "`make refresh` stores it again; HTML from elsewhere cannot be stored"
                )


def figures_have_alt_text(notebook: Notebook) -> Complaints:
    """Each figure has an alt text, which is that of the comparison."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            if "image/png" in data:
                alt = output.metadata.get("image/png", {}).get("alt", "")
                if not alt.strip():
                    yield f"{where}: the figure has no alt text; use gb.show(fig, alt=...)"
                elif alt != data.get("text/plain"):
                    yield f"{where}: the alt text is not that of gb.show; `make refresh` stores it"


def is_writer(page: str) -> bool:
    """Return whether HTML is exactly what `gb.show_writer` displays for the model in it."""
    try:
        return writer.output_of(writer.read_description(page)) == page
    except ValueError:
        return False


def stored_as_refreshed(notebook: Notebook) -> Complaints:
    """The file is a valid notebook with cell ids, and without metadata of an editor or a run."""
    name, content = notebook.path.name, copy.deepcopy(notebook.content)
    try:
        nbformat.validate(content, version=4, version_minor=5)
    except (nbformat.ValidationError, Warning) as error:  # pytest raises warnings, too
        yield f"{name}: it is not a valid notebook of format 4.5: {error}"
    normalise(content)
    for before, after in zip(notebook.content.cells, content.cells, strict=True):
        if before != after:
            yield f"{name}, cell {before.id}: `make refresh` stores the metadata {after.metadata}"
    if notebook.content.metadata != content.metadata:
        yield f"{name}: `make refresh` stores the metadata {content.metadata}"


# --- code and the package ----------------------------------------------------------


class Essence(ast.NodeTransformer):
    """Reduce a definition to what it computes, without docstrings and checks of arguments."""

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
        """Make ``gb.name`` plain ``name``."""
        self.generic_visit(node)
        is_ours = isinstance(node.value, ast.Name) and node.value.id == "gb"
        return ast.Name(node.attr, node.ctx) if is_ours else node


@functools.cache
def definitions(source: str) -> dict[str, str]:
    """Return the essence of each function and class of a module or cell by its name."""
    return {
        node.name: ast.unparse(Essence().visit(node))
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def saved_cells_equal_package(notebook: Notebook) -> Complaints:
    """What a cell and the package both define is the same, and the cell is tagged ``saved``.

    A cell that defines a shorter version is tagged ``simplified``, and the assertions about the
    notebook's cells compare it with the function of the package.
    """
    compared = "".join(read_checks(path_of_checks(notebook.path)).values())
    in_package = {}
    for path in PACKAGE.glob("*.py"):
        in_package |= definitions(path.read_text(encoding="utf-8"))
    for where, cell in cells(notebook, "code"):
        defined = definitions(cell.source)
        if "simplified" in tags(cell):
            for name in defined:
                if name not in in_package or f"gb.{name}" not in compared:
                    yield f"{where}: it is tagged 'simplified': compare {name} with gb.{name}"
            continue
        if "saved" not in tags(cell):
            for name in defined.keys() & in_package.keys():
                yield f"{where}: gluonbook also defines {name}. Tag the cell 'saved'"
            continue
        for name, code in defined.items():
            if name not in in_package:
                yield f"{where}: gluonbook has no {name}. Add it there, or remove the tag 'saved'"
            elif code != in_package[name]:
                yield f"{where}: {name} differs from gluonbook's:\n{in_package[name]}"


def tags_are_known(notebook: Notebook) -> Complaints:
    """Each tag is in the list, and no code has a comment that nbval would follow."""
    for where, cell in cells(notebook, "code", "markdown", "raw"):
        for tag in tags(cell):
            if tag not in TAGS and not re.fullmatch(r"nbval-rtol=\d*\.?\d+", tag):
                near = difflib.get_close_matches(tag, [*TAGS, "nbval-rtol=0.05"], 1)
                ask = f"did you mean {near[0]!r}?" if near else f"the tags are {', '.join(TAGS)}"
                yield f"{where}: the tag {tag!r} is unknown; {ask}"
        if comment := re.search(r"#\s*((NBVAL|PYTEST_VALIDATE)_\w+)", cell.source):
            yield f"{where}: delete the comment {comment[1]}, and use a tag"


def uncompared_cells_assert(notebook: Notebook) -> Complaints:
    """A cell whose output is hardly compared has an assertion, in the cell or in its checks."""
    beside = read_checks(path_of_checks(notebook.path))
    for where, cell in cells(notebook, "code"):
        compared = "nbval-ignore-output" not in tags(cell) and parse_rtol(tags(cell)) < LOOSE
        code = ast.walk(ast.parse(f"{cell.source}\n{beside.get(cell.id, '')}"))
        if not compared and not any(isinstance(node, ast.Assert) for node in code):
            yield (
                f"{where}: its output is not compared, or only loosely. It therefore needs an assert, "
                f"or a block '# after {cell.id}' in {path_of_checks(notebook.path)}"
            )


def checks_name_cells(notebook: Notebook) -> Complaints:
    """Each block in the checks of a notebook names one of its code cells."""
    path = path_of_checks(notebook.path)
    ids = {cell.id for _, cell in cells(notebook, "code")}
    for cell_id in read_checks(path).keys() - ids:
        yield f"{path}: {notebook.path.name} has no code cell {cell_id!r}"


# --- links -------------------------------------------------------------------------


def links_lead_somewhere(notebook: Notebook) -> Complaints:
    """Each link leads to a file, and to a heading or a cell that is in it."""
    for where, cell in cells(notebook, "markdown"):
        for picture, words, path, anchor in LINK.findall(CODE.sub("", cell.source)):
            target = notebook.path.parent / unquote(path) if path else notebook.path
            if picture and not words.strip():
                yield f"{where}: the picture {path} has no alt text; write it between the brackets"
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
    """A section is in each of the lists of sections."""
    for page in LISTS if notebook.path.parent == CHAPTER else ():
        path = notebook.path.relative_to(page.parent).as_posix()
        if f"]({path})" not in page.read_text(encoding="utf-8"):
            yield f"{notebook.path.name}: add a line with a link to {path} to {page.relative_to(ROOT)}"


# --- text --------------------------------------------------------------------------


def exercises_are_solved(notebook: Notebook) -> Complaints:
    """The solutions quote each exercise of their section, in order and word for word."""
    folder, name = notebook.path.parent, notebook.path.name
    chapter = folder.parent if folder.name == "solutions" else folder
    _, _, listed = prose(chapter / name).partition("\n## Exercises\n")
    asked = re.findall(r"^(\d+)\. (.*(?:\n(?:   .*)?$)*)", listed, re.MULTILINE)
    quotation = re.compile(r"^## Exercise (\d+).*\n+((?:>.*\n?)*)", re.MULTILINE)
    quoted = quotation.findall(prose(chapter / "solutions" / name))
    if not asked or [number for number, _ in asked] != [number for number, _ in quoted]:
        yield (
            f"{name} has {len(asked)} exercises, and solutions/{name} answers {len(quoted)}. "
            "Each answer has a heading '## Exercise 1', in order"
        )
        return
    for (number, exercise), (_, quote) in zip(asked, quoted, strict=True):
        if words(exercise) != words(quote):
            yield f"{name}: exercise {number} is {exercise!r}, and the solutions quote {quote!r}"


def prose(path: Path) -> str:
    """Return the prose of a notebook, without the targets of links, which differ by folder."""
    parts = cells(Notebook.read(path), "markdown") if path.exists() else []
    return re.sub(r"\]\([^)]*\)", "]", "\n\n".join(cell.source for _, cell in parts))


def words(exercise: str) -> list[str]:
    """Return the words of an exercise or a quotation, without the stars that say how hard it is."""
    return re.sub("^> ?", "", exercise, flags=re.MULTILINE).lstrip("★ ").split()


GUARDS = (
    executed_in_order,
    outputs_are_text_or_pictures,
    stored_as_refreshed,
    saved_cells_equal_package,
    figures_have_alt_text,
    tags_are_known,
    uncompared_cells_assert,
    checks_name_cells,
    links_lead_somewhere,
    is_listed,
    exercises_are_solved,
)
