"""The rules that every notebook of the chapter keeps, each as a guard.

A guard takes a `Notebook` and yields complaints: where, what is wrong, what to do. A
notebook that keeps the rule yields none. Guards only read: they execute nothing, and
do not import `gluonbook`. test_notebooks.py holds the notebooks to them, and
test_guards.py shows of each that it complains when it should.
"""

import ast
import copy
import difflib
import functools
import itertools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from tests import ROOT
from tests.comparing import parse_rtol
from tools.cell_checks import path_of_checks, read_checks

CHAPTER = ROOT / "chapter_rnn"
PACKAGE = ROOT / "gluonbook"
NOT_TAUGHT = (
    "__init__",
    "__main__",
    "bar",
    "errors",
    "fast",
    "fetch",
    "plots",
    "runtime",
)
SHORTEST_ALT_TEXT = 30
LOOSE = 0.5  # a tolerance so wide that it compares next to nothing

KNOWN_TAGS = re.compile(
    r"saved"  # this project
    r"|nbval-rtol=.*|model-writes|reads-text|nbval-ignore-output|raises-exception"  # the checks
    r"|(hide|remove)-(cell|input|output)"  # the book
)
NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
CELL_METADATA = {"jupyter", "mystnb", "tags"}
FOLDED = {"hide-input", "hide-cell"}  # tags of cells whose code is folded
WIDGET = "application/vnd.jupyter.widget-view+json"

# A slash at the start of a word, and at least one folder: not part of a URL, of a
# fraction or of data in base64.
ABSOLUTE_PATH = re.compile(
    r"""(?<![^\s"'`(=])/(?:[\w.~-]+/)+[\w.-]*|\bfile:/|\b[A-Za-z]:\\Users\\"""
)
IMAGE_TAG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
FIGURE_TAG = re.compile(r'<img\b|<figure class="gluonbook-')
ALT_ATTRIBUTE = re.compile(r"""\balt=(["'])\s*\S.*?\1""", re.IGNORECASE | re.DOTALL)
LINK_ATTRIBUTE = re.compile(r"""\b(?:href|src)=["']([^"']*)["']""", re.IGNORECASE)

# Formulas as GitHub and the book read them. What Markdown escapes stays apart from the
# text around it, so that "\$" is told from "$".
MARKDOWN = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(dollarmath_plugin, allow_space=False, allow_digits=False)
    .disable("text_join")
)

Complaints = Iterator[str]
Placed = Iterator[tuple[str, NotebookNode]]


# --- a notebook and its parts ------------------------------------------------------


@dataclass(frozen=True)
class Notebook:
    """A notebook's content, and the file that it comes from."""

    path: Path
    content: NotebookNode

    @classmethod
    def read(cls, path: Path) -> "Notebook":
        """Read a file as it is: nothing missing is supplied, nothing wrong repaired."""
        return cls(path, nbformat.v4.reads(path.read_text(encoding="utf-8")))


def cells(notebook: Notebook, kind: str) -> Placed:
    """Yield the cells of a kind, each with the words that say where it is."""
    for number, cell in enumerate(notebook.content.cells, start=1):
        if cell.cell_type == kind:
            first_line = cell.source.strip().partition("\n")[0]
            yield f"{notebook.path.name}, cell {number} ({first_line[:50]!r})", cell


def outputs(notebook: Notebook) -> Placed:
    """Yield the outputs, each with the place of its cell."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            yield where, output


def printed(output: NotebookNode) -> Iterator[str]:
    """Yield the texts that an output shows."""
    if output.output_type == "stream":
        yield output.text
    for mime, text in output.get("data", {}).items():
        if mime.startswith("text/"):
            yield text


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def syntax_tree(cell: NotebookNode) -> ast.Module:
    """Parse a code cell; one that is not Python, which its stored output says, is empty."""
    try:
        return ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


@functools.cache  # a page is looked at for each link that leads to it
def parsed(markdown: str) -> list:
    """Return the parts of a Markdown text."""
    return MARKDOWN.parse(markdown)


def tokens(markdown: str) -> Iterator:
    """Yield the parts of a Markdown text, those inside a paragraph after the paragraph."""
    for token in parsed(markdown):
        yield token
        yield from token.children or []


def headings(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield the level and the words of each heading."""
    for opening, inline in itertools.pairwise(parsed(markdown)):
        if opening.type == "heading_open":
            words = "".join(child.content for child in inline.children)
            yield int(opening.tag[1]), words


def notebook_headings(notebook: Notebook) -> list[tuple[int, str]]:
    """Return the level and the words of each heading of a notebook."""
    return [found for _, cell in cells(notebook, "markdown") for found in headings(cell.source)]


# --- stored outputs ----------------------------------------------------------------


def executed_in_order(notebook: Notebook) -> Complaints:
    """Every code cell was executed, from top to bottom, in a clean kernel."""
    for expected, (where, cell) in enumerate(cells(notebook, "code"), start=1):
        if cell.execution_count != expected:
            yield (
                f"{where}: its execution count is {cell.execution_count}, not {expected}. "
                "`make refresh` executes all cells in order; delete an empty cell"
            )


def without_errors(notebook: Notebook) -> Complaints:
    """No cell ended with an error, unless its tag says that it should."""
    for where, cell in cells(notebook, "code"):
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed and "raises-exception" not in tags(cell):
            yield (
                f"{where}: its stored output is an error. "
                "Mend the cell, or tag it 'raises-exception' if the error is the lesson"
            )


def without_stderr(notebook: Notebook) -> Complaints:
    """No cell left a warning, in particular not the one that the stand-in text was read."""
    for where, output in outputs(notebook):
        if output.output_type == "stream" and output.name == "stderr":
            yield (
                f"{where}: its stored output has stderr: {output.text[:100]!r}. "
                "Remove the cause; stored outputs come from the novel (`make data`)"
            )


def without_transient_state(notebook: Notebook) -> Complaints:
    """Nothing is stored that changes from run to run or from machine to machine."""
    name = notebook.path.name
    if notebook.content.metadata != NOTEBOOK_METADATA:
        yield (
            f"{name}: its metadata is {notebook.content.metadata}, not {NOTEBOOK_METADATA}. "
            "`make refresh` writes it"
        )
    for kind in ("code", "markdown", "raw"):
        for where, cell in cells(notebook, kind):
            extra = sorted(cell.metadata.keys() - CELL_METADATA)
            if extra:
                yield f"{where}: its metadata has {extra}. `make refresh` removes them"
            folded = {"source_hidden": True} if FOLDED & set(tags(cell)) else {}
            if cell.metadata.get("jupyter", {}) != folded:
                yield f"{where}: JupyterLab folds what its tags do not. `make refresh` sets it"
    for where, output in outputs(notebook):
        data = output.get("data", {})
        if WIDGET in data:
            yield f"{where}: it stores a widget, which is empty when read again. Print instead"
        extra = sorted(output.get("metadata", {}).keys() - data.keys())
        if extra:
            yield f"{where}: an output's metadata has {extra}. `make refresh` removes them"


def of_valid_format(notebook: Notebook) -> Complaints:
    """The file is a valid notebook of format 4.5, in which each cell has an id of its own."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # nbformat only warns of a missing or repeated id
            nbformat.validate(copy.deepcopy(notebook.content), version=4, version_minor=5)
    except (nbformat.ValidationError, Warning) as error:
        yield f"{notebook.path.name}: it is no valid notebook of format 4.5: {error}"


def without_absolute_paths(notebook: Notebook) -> Complaints:
    """No path of one machine is written down."""
    texts = [(where, text) for where, output in outputs(notebook) for text in printed(output)]
    for kind in ("code", "markdown"):
        texts += [(where, cell.source) for where, cell in cells(notebook, kind)]
    for where, text in texts:
        for found in ABSOLUTE_PATH.findall(text):
            yield f"{where}: it has the absolute path {found!r}. Paths are relative"


# --- code and the package ----------------------------------------------------------


class Essence(ast.NodeTransformer):
    """Reduce a definition to what it does.

    Away go docstrings, annotations, imports, the prefix ``gb.`` and checks of arguments.
    """

    def visit_Expr(self, node):
        """Drop a call such as ``check_sizes(k=k)``."""
        self.generic_visit(node)
        called = node.value.func if isinstance(node.value, ast.Call) else None
        return None if getattr(called, "id", "").startswith("check_") else node

    def visit_ClassDef(self, node):
        """Drop the docstring."""
        return self.without_docstring(node)

    def visit_FunctionDef(self, node):
        """Drop the docstring and the annotation of the result."""
        node.returns = None
        return self.without_docstring(node)

    def without_docstring(self, node):
        """Drop the docstring, and what the rest of this class drops, from a definition."""
        if ast.get_docstring(node) is not None:
            del node.body[0]
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_arg(self, node):
        """Drop a parameter's annotation."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        """Make ``x: int = 1`` an assignment, and ``x: int`` the mention of a name."""
        self.generic_visit(node)
        if node.value is None:
            return ast.Expr(node.target)
        return ast.fix_missing_locations(ast.Assign([node.target], node.value))

    def visit_Import(self, node):
        """Drop an import."""

    def visit_ImportFrom(self, node):
        """Drop an import."""

    def visit_Attribute(self, node):
        """Make ``gb.name`` plain ``name``."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "gb":
            return ast.Name(node.attr, node.ctx)
        return node


def definitions(tree: ast.Module) -> dict[str, str]:
    """Return the essence of each function and class of a module or cell by its name."""
    return {
        node.name: ast.unparse(Essence().visit(node))
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def package_definitions(package: Path) -> dict[str, str]:
    """Return the essence of each function and class that the package has from the chapter.

    What the chapter teaches lies on top of the package. In the rooms below it is plumbing,
    whose names an author is free to use for something else.
    """
    found = {}
    for path in sorted(set(package.glob("*.py")) - {package / f"{name}.py" for name in NOT_TAUGHT}):
        found |= module_definitions(path.read_text(encoding="utf-8"))
    return found


@functools.cache
def module_definitions(source: str) -> dict[str, str]:
    """Return the essence of each function and class of a module."""
    return definitions(ast.parse(source))


def saved_cells_equal_package(notebook: Notebook, package: Path = PACKAGE) -> Complaints:
    """What a cell tagged ``saved`` defines is what the package defines under that name."""
    in_package = package_definitions(package)
    for where, cell in cells(notebook, "code"):
        if "saved" not in tags(cell):
            continue
        defined = definitions(syntax_tree(cell))
        if not defined:
            yield f"{where}: it is tagged 'saved' and defines no function and no class"
        for name, code in defined.items():
            if name not in in_package:
                yield f"{where}: it is tagged 'saved', and gluonbook does not define {name}"
            elif code != in_package[name]:
                changes = difflib.unified_diff(
                    in_package[name].splitlines(),
                    code.splitlines(),
                    "gluonbook",
                    "cell",
                    lineterm="",
                )
                yield "\n".join([f"{where}: {name} differs from gluonbook's:", *changes])


def package_definitions_are_tagged(notebook: Notebook, package: Path = PACKAGE) -> Complaints:
    """A cell that defines what the package also defines is tagged ``saved``."""
    in_package = package_definitions(package)
    for where, cell in cells(notebook, "code"):
        shared = sorted(definitions(syntax_tree(cell)).keys() & in_package.keys())
        if shared and "saved" not in tags(cell):
            yield f"{where}: gluonbook also defines {shared}. Tag the cell 'saved'"


def uncompared_cells_assert(notebook: Notebook) -> Complaints:
    """Of a cell that is hardly compared something is asserted, in the cell or beside it."""
    beside = checks(notebook)
    for where, cell in cells(notebook, "code"):
        trees = [syntax_tree(cell), ast.parse(beside.get(cell.id, ""))]
        compared = "nbval-ignore-output" not in tags(cell) and parse_rtol(tags(cell)) < LOOSE
        if not compared and not any(map(asserts, trees)):
            yield (
                f"{where}: its output is not compared, or loosely. So it needs an assert of its "
                f"own, or a block '# after {cell.id}' in {path_of_checks(notebook.path)}"
            )


def checks(notebook: Notebook) -> dict[str, str]:
    """Return what tests/cells asserts of a notebook, by the id of the cell."""
    return read_checks(path_of_checks(notebook.path))


def asserts(tree: ast.Module) -> bool:
    """Tell whether code asserts anything that could be wrong, which ``assert True`` does not."""
    return any(
        isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant)
        for node in ast.walk(tree)
    )


def checks_name_cells(notebook: Notebook) -> Complaints:
    """Each block of the checks beside a notebook names a code cell of it."""
    ids = {cell.id for _, cell in cells(notebook, "code")}
    for cell_id in checks(notebook).keys() - ids:
        yield f"{path_of_checks(notebook.path)}: {notebook.path.name} has no code cell {cell_id!r}"


def tags_are_known(notebook: Notebook) -> Complaints:
    """Each tag is one that something reads, and no comment takes a tag's place."""
    for kind in ("code", "markdown"):
        for where, cell in cells(notebook, kind):
            for tag in tags(cell):
                if not KNOWN_TAGS.fullmatch(tag):
                    yield f"{where}: nothing reads the tag {tag!r}"
    for where, cell in cells(notebook, "code"):
        if "NBVAL_" in cell.source:
            yield f"{where}: it has a comment for nbval. Use a tag: readers do not see it"


# --- text and pictures -------------------------------------------------------------


def exercise_numbers(notebook: Notebook) -> list[int]:
    """Return the numbers of the list under the heading *Exercises*."""
    text = "\n\n".join(cell.source for _, cell in cells(notebook, "markdown"))
    _, _, exercises = f"\n{text}".partition("\n## Exercises\n")
    # Level 1 is the outermost list, and the token of an item in a numbered list has its number.
    return [
        int(token.info)
        for token in MARKDOWN.parse(exercises)
        if token.type == "list_item_open" and token.level == 1 and token.info
    ]


def exercises_are_solved(section: Notebook, solutions: Notebook) -> Complaints:
    """Each exercise of a section has its heading in the notebook of solutions, and no other has."""
    asked = exercise_numbers(section)
    found = [re.match(r"Exercise (\d+)\b", words) for _, words in notebook_headings(solutions)]
    answered = [int(match[1]) for match in found if match]
    if answered != asked:
        yield (
            f"{section.path.name} has the exercises {asked}, solutions/{solutions.path.name} "
            f"answers {answered}. Each answer has a heading '## Exercise 1', in order"
        )


def figures_have_alt_text(notebook: Notebook) -> Complaints:
    """Every figure, drawn or generated, has a text for readers who do not see it."""
    for where, output in outputs(notebook):
        for mime in output.get("data", {}):
            alt = output.metadata.get(mime, {}).get("alt", "")
            if mime.startswith("image/") and len(alt) < SHORTEST_ALT_TEXT:
                yield (
                    f"{where}: the alt text of its figure ({mime}) is {alt!r}. Say in "
                    f'{SHORTEST_ALT_TEXT} characters or more what it shows: gb.show(figure, alt="…")'
                )
        for image in IMAGE_TAG.findall(output.get("data", {}).get("text/html", "")):
            alt = ALT_ATTRIBUTE.search(image)
            if not alt or len(alt[0]) < SHORTEST_ALT_TEXT:
                yield (
                    f"{where}: the picture {image[:60]} has no alt text, or a short one. Say in "
                    f'{SHORTEST_ALT_TEXT} characters or more what it shows: gb.show(figure, alt="…")'
                )
        if 'class="gluonbook-frames"' in output.get("data", {}).get("text/html", ""):
            for alt in output.data["text/plain"].splitlines():
                if len(alt) < SHORTEST_ALT_TEXT:
                    yield f"{where}: the alt text of a frame is {alt!r}. Say what it shows"
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell.source):
            if token.type == "image" and not token.content.strip():
                yield f"{where}: the image {token.attrs['src']} has no alt text: ![alt text](…)"
            if token.type.startswith("html_"):
                for image in IMAGE_TAG.findall(token.content):
                    if not ALT_ATTRIBUTE.search(image):
                        yield f"{where}: {image} has no alt text"


def has_figure(cell: NotebookNode) -> bool:
    """Tell whether an output of a cell is a picture, or a figure that answers the reader."""
    forms = [form for output in cell.outputs for form in output.get("data", {}).items()]
    return any(
        mime.startswith("image/") or (mime == "text/html" and FIGURE_TAG.search(content))
        for mime, content in forms
    )


def without_control_characters(notebook: Notebook) -> Complaints:
    """No control character is left where a script took the backslash of a formula for its own."""
    for kind in ("code", "markdown"):
        for where, cell in cells(notebook, kind):
            for found in re.findall(r"[\x00-\x09\x0b-\x1f\x7f].{0,9}", cell.source):
                yield f"{where}: it has a control character: {found!r}"


def dollars_are_escaped(notebook: Notebook) -> Complaints:
    """A dollar that is no formula is written with a backslash, or a reader may see a formula."""
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell.source):
            if token.type == "text" and "$" in token.content:
                yield (
                    f"{where}: a dollar that begins no formula in {token.content!r}. "
                    r"Write \$, or put the formula's $ next to its first and last sign"
                )


def links_lead_somewhere(notebook: Notebook) -> Complaints:
    """Links are relative, and file and heading exist."""
    for where, cell in cells(notebook, "markdown"):
        for link in links(cell.source):
            if not re.match(r"https?:|mailto:", link):
                problem = broken(link, notebook.path)
                if problem:
                    yield f"{where}: the link {link} {problem}"


def links(markdown: str) -> Iterator[str]:
    """Yield where the links and images of a text lead."""
    for token in tokens(markdown):
        if token.type == "link_open":
            yield token.attrs["href"]
        elif token.type == "image":
            yield token.attrs["src"]
        elif token.type.startswith("html_"):
            yield from LINK_ATTRIBUTE.findall(token.content)


def broken(link: str, source: Path) -> str:
    """Say what is wrong with a link in the file `source`; nothing if it is right."""
    path, _, anchor = unquote(link).partition("#")
    if re.match(r"/|\\|\w+:", path):
        return "is not relative"
    target = source.parent / path if path else source
    if not target.exists():
        return "leads to no file"
    if anchor and anchor not in anchors(target):
        return f"leads to no heading: {target.name} has {', '.join(sorted(anchors(target)))}"
    return ""


def anchors(path: Path) -> set[str]:
    """Return what a link to a page can name after ``#``: its headings, and cells with a figure.

    Jupyter and the book put hyphens for blanks and keep the rest. So does GitHub in a
    notebook. To a cell lead JupyterLab and the book, which does so to the figure that the
    cell shows; elsewhere such a link stays where it is. In a Markdown page GitHub also makes
    capitals small and drops punctuation, so only a heading that this leaves alone can be
    linked to everywhere.
    """
    if path.suffix == ".ipynb":
        notebook = Notebook.read(path)
        cell_ids = {f"cell-id={cell.id}" for _, cell in cells(notebook, "code") if has_figure(cell)}
        return cell_ids | {words.replace(" ", "-") for _, words in notebook_headings(notebook)}
    found = [words for _, words in headings(path.read_text(encoding="utf-8"))]
    on_github = {re.sub(r"[^\w\s-]", "", words.lower()).replace(" ", "-") for words in found}
    return on_github & {words.replace(" ", "-") for words in found}


GUARDS = (
    executed_in_order,
    without_errors,
    without_stderr,
    without_transient_state,
    of_valid_format,
    without_absolute_paths,
    saved_cells_equal_package,
    package_definitions_are_tagged,
    uncompared_cells_assert,
    checks_name_cells,
    tags_are_known,
    figures_have_alt_text,
    without_control_characters,
    dollars_are_escaped,
    links_lead_somewhere,
)
