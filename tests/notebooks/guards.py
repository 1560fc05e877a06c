"""The rules that every notebook of the chapter keeps, each as a guard.

A guard takes a `Notebook` and yields complaints: where, what is wrong, what to do. It only reads,
and executes nothing. test_notebooks.py holds the notebooks to the guards, and test_guards.py shows
of each that it complains when it should.
"""

import ast
import base64
import copy
import difflib
import functools
import html
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from gluonbook.figures import as_page, frames, writer
from tests import ROOT
from tests.comparing import parse_rtol
from tools.cell_checks import path_of_checks, read_checks
from tools.execute import normalise

CHAPTER = ROOT / "chapter_rnn"
PACKAGE = ROOT / "gluonbook"
SHORTEST_ALT_TEXT = 30
LOOSE = 0.5  # a tolerance so wide that it compares next to nothing

KNOWN_TAGS = re.compile(
    r"saved|simplified"  # this project
    r"|nbval-rtol=.*|model-writes|reads-text|nbval-ignore-output|raises-exception"  # the checks
    r"|(hide|remove)-(cell|input|output)"  # the book
)
WIDGET = "application/vnd.jupyter.widget-view+json"
# A slash at the start of a word, and at least one folder: not part of a URL, of a fraction or of
# data in base64.
ABSOLUTE_PATH = re.compile(r"""(?<![^\s"'`(=])/(?:[\w.~-]+/)+[\w.-]*""")
IMAGE = re.compile(r"<img\b[^>]*>")
FIGURE = re.compile(r'<img\b|<figure class="gluonbook-')
ALT = re.compile(r'\balt="([^"]*)"')

# Formulas as GitHub and the book read them. What Markdown escapes stays apart from the
# text around it, so that "\$" is told from "$".
MARKDOWN = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(dollarmath_plugin, allow_space=False, allow_digits=False)
    .disable("text_join")
)

Complaints = Iterator[str]


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


def cells(notebook: Notebook, kind: str) -> Iterator[tuple[str, NotebookNode]]:
    """Yield the cells of a kind, each with the words that say where it is."""
    for number, cell in enumerate(notebook.content.cells, start=1):
        if cell.cell_type == kind:
            first_line = cell.source.strip().partition("\n")[0]
            yield f"{notebook.path.name}, cell {number} ({first_line[:50]!r})", cell


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


@functools.cache  # a page is looked at for each link that leads to it
def parsed(markdown: str) -> list:
    """Return the parts of a Markdown text."""
    return MARKDOWN.parse(markdown)


def tokens(markdown: str) -> Iterator:
    """Yield the parts of a Markdown text, those inside a paragraph after the paragraph."""
    for token in parsed(markdown):
        yield token
        yield from token.children or []


def headings(markdown: str) -> Iterator[str]:
    """Yield the words of each heading."""
    for opening, inline in itertools.pairwise(parsed(markdown)):
        if opening.type == "heading_open":
            yield "".join(child.content for child in inline.children)


def text_of(notebook: Notebook) -> str:
    """Return the text of all Markdown cells."""
    return "\n\n".join(cell.source for _, cell in cells(notebook, "markdown"))


# --- what is stored ----------------------------------------------------------------


def executed_in_order(notebook: Notebook) -> Complaints:
    """Every code cell was executed, from top to bottom, in a clean kernel."""
    for expected, (where, cell) in enumerate(cells(notebook, "code"), start=1):
        if cell.execution_count != expected:
            yield (
                f"{where}: its execution count is {cell.execution_count}, not {expected}. "
                "`make refresh` executes all cells in order; delete an empty cell"
            )


def outputs_are_clean(notebook: Notebook) -> Complaints:
    """No output is an error or a warning, is empty when read again, or knows one machine."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                yield (
                    f"{where}: its stored output is an error. "
                    "Mend the cell, or tag it 'raises-exception' if the error is the lesson"
                )
            if output.get("name") == "stderr":
                yield (
                    f"{where}: its stored output has stderr: {output.text[:100]!r}. "
                    "Remove the cause; stored outputs come from the novel (`make data`)"
                )
            if WIDGET in data:
                yield f"{where}: it stores a widget, which is empty when read again. Print instead"
            for text in (output.get("text", ""), *data.values()):
                for path in ABSOLUTE_PATH.findall(str(text)):
                    yield f"{where}: its output has the absolute path {path!r}"


def stored_as_refreshed(notebook: Notebook) -> Complaints:
    """The file is a valid notebook, each cell with its id, without traces of an editor or a run."""
    content = copy.deepcopy(notebook.content)
    try:
        nbformat.validate(content, version=4, version_minor=5)
    except (nbformat.ValidationError, Warning) as error:  # pytest raises warnings, too
        yield f"{notebook.path.name}: it is no valid notebook of format 4.5: {error}"
    normalise(content)
    name = notebook.path.name
    parts = [(name, notebook.content.metadata, content.metadata)]
    pairs = zip(notebook.content.cells, content.cells, strict=True)
    for number, (before, after) in enumerate(pairs, start=1):
        parts.append((f"{name}, cell {number}", before.metadata, after.metadata))
    for where, before, after in parts:
        if before != after:
            yield f"{where}: its metadata is {before}, where `make refresh` stores {after}"


# --- code and the package ----------------------------------------------------------


class Essence(ast.NodeTransformer):
    """Reduce a definition to what it does.

    Away go docstrings, annotations, the prefix ``gb.`` and checks of arguments.
    """

    def visit_Expr(self, node):
        """Drop a docstring, and a call such as ``check_sizes(k=k)``."""
        self.generic_visit(node)
        is_check = getattr(getattr(node.value, "func", None), "id", "").startswith("check_")
        return None if is_check or isinstance(node.value, ast.Constant) else node

    def visit_FunctionDef(self, node):
        """Drop the annotation of the result."""
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node):
        """Drop a parameter's annotation."""
        node.annotation = None
        return node

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


def saved_cells_equal_package(notebook: Notebook, package: Path = PACKAGE) -> Complaints:
    """What a cell and the package both define is the same, and the cell is tagged ``saved``.

    A cell that defines a shorter version is tagged ``simplified``, and the assertions about the
    notebook's cells compare it with the function of the package.
    """
    compared = "".join(read_checks(path_of_checks(notebook.path)).values())
    in_package = {}
    for path in package.glob("*.py"):
        in_package |= definitions(path.read_text(encoding="utf-8"))
    for where, cell in cells(notebook, "code"):
        defined = definitions(cell.source)
        if "simplified" in tags(cell):
            for name in defined:
                if name not in in_package or f"gb.{name}(" not in compared:
                    yield f"{where}: it is tagged 'simplified': compare {name} with gb.{name}"
            continue
        if "saved" not in tags(cell):
            for name in defined.keys() & in_package.keys():
                yield f"{where}: gluonbook also defines {name}. Tag the cell 'saved'"
            continue
        if not defined:
            yield f"{where}: it is tagged 'saved' and defines no function and no class"
        for name, code in defined.items():
            if name not in in_package:
                yield f"{where}: it is tagged 'saved', and gluonbook does not define {name}"
            elif code != in_package[name]:
                versions = [in_package[name].splitlines(), code.splitlines()]
                changes = difflib.unified_diff(*versions, "gluonbook", "cell", lineterm="")
                yield "\n".join([f"{where}: {name} differs from gluonbook's:", *changes])


def uncompared_cells_assert(notebook: Notebook) -> Complaints:
    """Of a cell that is hardly compared something is asserted, in the cell or beside it."""
    beside = read_checks(path_of_checks(notebook.path))
    for where, cell in cells(notebook, "code"):
        compared = "nbval-ignore-output" not in tags(cell) and parse_rtol(tags(cell)) < LOOSE
        if not compared and not asserts(f"{cell.source}\n{beside.get(cell.id, '')}"):
            yield (
                f"{where}: its output is not compared, or loosely. So it needs an assert of its "
                f"own, or a block '# after {cell.id}' in {path_of_checks(notebook.path)}"
            )


def asserts(source: str) -> bool:
    """Tell whether code asserts anything that could be wrong, which ``assert True`` does not."""
    return any(
        isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant)
        for node in ast.walk(ast.parse(source))
    )


def checks_name_cells(notebook: Notebook) -> Complaints:
    """Each block of the checks beside a notebook names a code cell of it."""
    path = path_of_checks(notebook.path)
    ids = {cell.id for _, cell in cells(notebook, "code")}
    for cell_id in read_checks(path).keys() - ids:
        yield f"{path}: {notebook.path.name} has no code cell {cell_id!r}"


def tags_are_known(notebook: Notebook) -> Complaints:
    """Each tag is one that something reads."""
    for where, cell in [*cells(notebook, "code"), *cells(notebook, "markdown")]:
        for tag in tags(cell):
            if not KNOWN_TAGS.fullmatch(tag):
                yield f"{where}: nothing reads the tag {tag!r}"


# --- text and pictures -------------------------------------------------------------


def exercises_are_solved(notebook: Notebook) -> Complaints:
    """Each exercise of a section has its heading in the notebook of solutions, and no other has."""
    folder, name = notebook.path.parent, notebook.path.name
    chapter = folder.parent if folder.name == "solutions" else folder
    asked, answered = [], []
    if (chapter / name).exists():
        asked = exercise_numbers(text_of(Notebook.read(chapter / name)))
    if (chapter / "solutions" / name).exists():
        found = headings(text_of(Notebook.read(chapter / "solutions" / name)))
        answered = [
            int(match[1]) for words in found if (match := re.match(r"Exercise (\d+)", words))
        ]
    if answered != asked:
        yield (
            f"{name} has the exercises {asked}, solutions/{name} answers {answered}. "
            "Each answer has a heading '## Exercise 1', in order"
        )


def exercise_numbers(markdown: str) -> list[int]:
    """Return the numbers of the list under the heading *Exercises*."""
    _, _, exercises = f"\n{markdown}".partition("\n## Exercises\n")
    # Level 1 is the outermost list, and the token of an item in a numbered list has its number.
    return [
        int(token.info)
        for token in parsed(exercises)
        if token.type == "list_item_open" and token.level == 1 and token.info
    ]


# What differs from figure to figure is named in a template, such as $value: by default words.
IMAGE_OF_SVG = (
    r'<img alt="(?P<alt>[^"]*)" src="data:image/svg\+xml;base64,(?P<svg>[A-Za-z0-9+/=]*)"/>'
)
PARTS = {
    "hide_samplers": r'(?: hidden="hidden")?',
    "image": IMAGE_OF_SVG,
    "model": "(?P<model>[^<]*)",
    "picture": "(?P<picture><svg.*?</svg>)",
    "frames": '(?P<frames>[^"]*)',
}
# What Matplotlib's pictures are made of.
SVG_TAG = re.compile(
    r"</?(?:svg|g|defs|path|use|rect|clipPath|pattern|image|title|style|metadata|(?:rdf|cc|dc):\w+)\b"
    r"|<!--.*?-->|<\?xml |<!DOCTYPE svg ",
    re.DOTALL,
)
# A program or an address inside a tag of a picture.
ACTIVE = re.compile(
    r"""<[^>]*(?:\son\w+\s*=|javascript:|href\s*=\s*["'](?!#|data:image/png))""", re.I
)


def figures_are_what_gluonbook_writes(notebook: Notebook) -> Complaints:
    """The HTML of an output is a figure, and nothing in it comes from anywhere but our code."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/html" in data and not is_figure(data["text/html"], data.get("text/plain")):
                yield (
                    f"{where}: the HTML of its output is not what gb.show, gb.show_frames or "
                    "gb.show_writer of today displays with this alt text. `make refresh` stores it again"
                )


def is_figure(page: str, alt: str) -> bool:
    """Tell whether some HTML is exactly a figure of gluonbook with this alternative text."""
    found = next(filter(None, (pattern.fullmatch(page) for pattern in figure_patterns())), None)
    if found is None:
        return False
    parts = found.groupdict()
    alts = html.unescape(parts.get("alt") or alt)
    try:
        json.loads(parts.get("model") or "{}")
        if parts.get("frames"):
            alts = "\n".join(frame["alt"] for frame in json.loads(html.unescape(parts["frames"])))
        drawn = base64.b64decode(parts.get("svg") or "").decode() + (parts.get("picture") or "")
    except ValueError:
        return False
    return alts == alt and "<" not in SVG_TAG.sub("", drawn) and not ACTIVE.search(drawn)


@functools.cache
def figure_patterns() -> list[re.Pattern]:
    """Return patterns of a plot, of a figure with a slider, and of a model that writes."""
    still = "$image\n<p>$label: $value. Run this cell to move the slider.</p>"
    program = f"<script>\n{frames.PROGRAM}</script>\n"
    with_slider = as_page(frames.FIGURE.template, still, frames.STYLE, program)
    still = f"<p>{writer.FALLBACK} {writer.ADVICE}</p>"
    model = '<script class="gluonbook-model">(window.gluonbookModels ??= {})["$name"] = $model;</script>\n'
    program = f"{model}<script>\n{writer.PROGRAM}</script>\n"
    writing = as_page(writer.FIGURE.template, still, writer.STYLE, program)
    return [pattern_of(template) for template in ("$image", with_slider, writing)]


def pattern_of(template: str) -> re.Pattern:
    """Return a pattern of what can become of a template."""
    pieces = re.split(r"\$(\w+)", template)
    fixed, names = map(re.escape, pieces[::2]), pieces[1::2]
    parts = (PARTS.get(name, '[^<>"]*') for name in names)
    together = itertools.chain(*itertools.zip_longest(fixed, parts, fillvalue=""))
    return re.compile("".join(together), re.DOTALL)


def figures_have_alt_text(notebook: Notebook) -> Complaints:
    """Every figure, drawn or generated, has a text for readers who do not see it."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            # Only HTML has a place for the text.
            texts = ["" for mime in data if mime.startswith("image/")]
            page = data.get("text/html", "")
            texts += [(ALT.search(image) or ["", ""])[1] for image in IMAGE.findall(page)]
            if 'class="gluonbook-frames"' in page:
                texts += data["text/plain"].splitlines()  # that of each frame
            for text in texts:
                if len(text) < SHORTEST_ALT_TEXT:
                    yield (
                        f"{where}: the alt text of its figure is {text!r}. Say what it shows, in "
                        f'{SHORTEST_ALT_TEXT} characters or more: gb.show(figure, alt="…")'
                    )
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell.source):
            if token.type == "image" and not token.content.strip():
                yield f"{where}: the image {token.attrs['src']} has no alt text: ![alt text](…)"


def formulas_are_told_from_text(notebook: Notebook) -> Complaints:
    """A dollar that is no formula is escaped, and no script took a backslash for its own."""
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell.source):
            if token.type == "text" and "$" in token.content:
                yield (
                    f"{where}: a dollar that begins no formula in {token.content!r}. "
                    r"Write \$, or put the formula's $ next to its first and last sign"
                )
        for found in re.findall(r"[\x00-\x09\x0b-\x1f].{0,9}", cell.source):
            yield f"{where}: it has a control character: {found!r}"


def links_lead_somewhere(notebook: Notebook) -> Complaints:
    """Links are relative, and file and heading exist."""
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell.source):
            link = token.attrs.get("href") or token.attrs.get("src")
            if link and not re.match(r"https?:|mailto:", link):
                problem = broken(link, notebook.path)
                if problem:
                    yield f"{where}: the link {link} {problem}"


def broken(link: str, source: Path) -> str:
    """Say what is wrong with a link in the file `source`; nothing if it is right."""
    path, _, anchor = unquote(link).partition("#")
    if path.startswith("/"):
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
        figures = {f"cell-id={cell.id}" for _, cell in cells(notebook, "code") if has_figure(cell)}
        return figures | {words.replace(" ", "-") for words in headings(text_of(notebook))}
    found = (words.replace(" ", "-") for words in headings(path.read_text(encoding="utf-8")))
    return {slug for slug in found if slug == slug.lower() and re.fullmatch(r"[\w-]+", slug)}


def has_figure(cell: NotebookNode) -> bool:
    """Tell whether an output of a cell is a picture, or a figure that answers the reader."""
    pages = (output.get("data", {}).get("text/html", "") for output in cell.outputs)
    return any(map(FIGURE.search, pages))


GUARDS = (
    executed_in_order,
    outputs_are_clean,
    stored_as_refreshed,
    saved_cells_equal_package,
    uncompared_cells_assert,
    checks_name_cells,
    tags_are_known,
    exercises_are_solved,
    figures_are_what_gluonbook_writes,
    figures_have_alt_text,
    formulas_are_told_from_text,
    links_lead_somewhere,
)
