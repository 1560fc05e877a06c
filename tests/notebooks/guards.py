"""The rules for the notebooks of the chapter, each as a guard.

A guard takes a `Notebook` and yields complaints, which say where the problem is, what is wrong and
what to do. It reads the notebook and executes nothing. test_notebooks.py applies the guards to the
notebooks, and test_guards.py tests the guards.
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
LOOSE = 0.5  # a tolerance so wide that it compares hardly anything

KNOWN_TAGS = re.compile(
    r"saved|simplified"  # this project
    r"|nbval-rtol=.*|model-writes|reads-text|nbval-ignore-output|raises-exception"  # the checks
    r"|(hide|remove)-(cell|input|output)"  # the book
)
WIDGET = "application/vnd.jupyter.widget-view+json"
# A slash at the start of a word, and at least one folder: no part of a URL, a fraction or data in
# base64.
ABSOLUTE_PATH = re.compile(r"""(?<![^\s"'`(=])/(?:[\w.~-]+/)+[\w.-]*""")
IMAGE = re.compile(r"<img\b[^>]*>")
FIGURE = re.compile(r'<img\b|<figure class="gluonbook-')
ALT = re.compile(r'\balt="([^"]*)"')

# Formulas as GitHub and the book read them. Escaped characters stay separate from the text around
# them, so that "\$" can be distinguished from "$".
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
    """The content of a notebook, and its file."""

    path: Path
    content: NotebookNode

    @classmethod
    def read(cls, path: Path) -> "Notebook":
        """Read a file as it is, without adding what is missing or repairing what is wrong."""
        return cls(path, nbformat.v4.reads(path.read_text(encoding="utf-8")))


def cells(notebook: Notebook, kind: str) -> Iterator[tuple[str, NotebookNode]]:
    """Yield the cells of one type, each with a description of where it is."""
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
    """Yield the parts of a Markdown text, including those inside paragraphs."""
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
    """Every code cell was executed, from top to bottom, in a new kernel."""
    for expected, (where, cell) in enumerate(cells(notebook, "code"), start=1):
        if cell.execution_count != expected:
            yield (
                f"{where}: its execution count is {cell.execution_count}, not {expected}. "
                "`make refresh` executes all cells in order; delete an empty cell"
            )


def outputs_are_clean(notebook: Notebook) -> Complaints:
    """No output is an error, a warning or a widget, or contains a path of this machine."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                yield (
                    f"{where}: its stored output is an error. "
                    "Correct the cell, or tag it 'raises-exception' if the error is intended"
                )
            if output.get("name") == "stderr":
                yield (
                    f"{where}: its stored output has stderr: {output.text[:100]!r}. "
                    "Remove the cause; stored outputs come from the novel (`make data`)"
                )
            if WIDGET in data:
                yield f"{where}: it stores a widget, which nobody can read later. Print instead"
            for text in (output.get("text", ""), *data.values()):
                for path in ABSOLUTE_PATH.findall(str(text)):
                    yield f"{where}: its output has the absolute path {path!r}"


def stored_as_refreshed(notebook: Notebook) -> Complaints:
    """The file is a valid notebook with cell ids, and without metadata of an editor or a run."""
    content = copy.deepcopy(notebook.content)
    try:
        nbformat.validate(content, version=4, version_minor=5)
    except (nbformat.ValidationError, Warning) as error:  # pytest raises warnings, too
        yield f"{notebook.path.name}: it is not a valid notebook of format 4.5: {error}"
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
    """Reduce a definition to what it computes.

    Docstrings, the prefix ``gb.`` and checks of arguments are removed.
    """

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
                if name not in in_package or f"gb.{name}" not in compared:
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
    """A cell whose output is hardly compared has an assertion, in the cell or in its checks."""
    beside = read_checks(path_of_checks(notebook.path))
    for where, cell in cells(notebook, "code"):
        compared = "nbval-ignore-output" not in tags(cell) and parse_rtol(tags(cell)) < LOOSE
        if not compared and not asserts(f"{cell.source}\n{beside.get(cell.id, '')}"):
            yield (
                f"{where}: its output is not compared, or only loosely. It therefore needs an assert, "
                f"or a block '# after {cell.id}' in {path_of_checks(notebook.path)}"
            )


def asserts(source: str) -> bool:
    """Return whether code has an assertion that can fail, unlike ``assert True``."""
    return any(
        isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant)
        for node in ast.walk(ast.parse(source))
    )


def checks_name_cells(notebook: Notebook) -> Complaints:
    """Each block in the checks of a notebook names one of its code cells."""
    path = path_of_checks(notebook.path)
    ids = {cell.id for _, cell in cells(notebook, "code")}
    for cell_id in read_checks(path).keys() - ids:
        yield f"{path}: {notebook.path.name} has no code cell {cell_id!r}"


def tags_are_known(notebook: Notebook) -> Complaints:
    """Each tag has a meaning."""
    for where, cell in [*cells(notebook, "code"), *cells(notebook, "markdown")]:
        for tag in tags(cell):
            if not KNOWN_TAGS.fullmatch(tag):
                yield f"{where}: the tag {tag!r} has no meaning"


# --- text and pictures -------------------------------------------------------------


def exercises_are_solved(notebook: Notebook) -> Complaints:
    """The solutions quote each exercise of their section, in order and word for word."""
    folder, name = notebook.path.parent, notebook.path.name
    chapter = folder.parent if folder.name == "solutions" else folder
    asked, quoted = (
        exercises(prose(chapter / name)),
        quotations(prose(chapter / "solutions" / name)),
    )
    numbers, answered = [number for number, _ in asked], [number for number, _ in quoted]
    if not asked or answered != numbers:
        yield (
            f"{name} has the exercises {numbers}, solutions/{name} answers {answered}. "
            "Each answer has a heading '## Exercise 1', in order"
        )
        return
    for (number, exercise), (_, quotation) in zip(asked, quoted, strict=True):
        if quotation != exercise:
            yield f"{name}: exercise {number} is {exercise!r}, the solutions quote {quotation!r}"


def prose(path: Path) -> str:
    """Return the prose of a notebook, without the targets of links, which differ by folder."""
    text = text_of(Notebook.read(path)) if path.exists() else ""
    return re.sub(r"\]\([^)]*\)", "]", text)


def exercises(markdown: str) -> list[tuple[str, str]]:
    """Return the numbers and the words of the list under the heading *Exercises*."""
    _, _, text = markdown.partition("\n## Exercises\n")
    items = re.findall(r"^(\d+)\. (.*(?:\n(?:   .*)?$)*)", text, re.MULTILINE)
    return [(number, without_stars(item)) for number, item in items]


def quotations(markdown: str) -> list[tuple[str, str]]:
    """Return the numbers of the exercises that are answered, and what is quoted of each."""
    parts = re.findall(r"^## Exercise (\d+).*\n+((?:>.*\n?)*)", markdown, re.MULTILINE)
    return [
        (number, without_stars(re.sub("^> ?", "", part, flags=re.MULTILINE)))
        for number, part in parts
    ]


def without_stars(exercise: str) -> str:
    """Return the words of an exercise, without the stars that say how hard it is."""
    return " ".join(exercise.lstrip("★ ").split())


# Patterns for the placeholders of the templates, such as $image. Others stand for plain text.
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
# The tags in Matplotlib's pictures.
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
    """The HTML of an output is a figure exactly as our code writes it."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/html" in data and not is_figure(data["text/html"], data.get("text/plain")):
                yield (
                    f"{where}: the HTML of its output is not what gb.show, gb.show_frames or "
                    "gb.show_writer of today displays with this alt text. `make refresh` stores it again"
                )


def is_figure(page: str, alt: str) -> bool:
    """Return whether HTML is exactly a figure of gluonbook with this alt text."""
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
    """Return the patterns for a plot, a figure with a slider, and a model that generates text."""
    still = "$image\n<p>$label: $value. Run this cell to move the slider.</p>"
    program = f"<script>\n{frames.PROGRAM}</script>\n"
    with_slider = as_page(frames.FIGURE.template, still, frames.STYLE, program)
    still = f"<p>{writer.FALLBACK} {writer.ADVICE}</p>"
    model = '<script class="gluonbook-model">(window.gluonbookModels ??= {})["$name"] = $model;</script>\n'
    program = f"{model}<script>\n{writer.PROGRAM}</script>\n"
    writing = as_page(writer.FIGURE.template, still, writer.STYLE, program)
    return [pattern_of(template) for template in ("$image", with_slider, writing)]


def pattern_of(template: str) -> re.Pattern:
    """Return a pattern for the results of a template."""
    pieces = re.split(r"\$(\w+)", template)
    fixed, names = map(re.escape, pieces[::2]), pieces[1::2]
    parts = (PARTS.get(name, '[^<>"]*') for name in names)
    together = itertools.chain(*itertools.zip_longest(fixed, parts, fillvalue=""))
    return re.compile("".join(together), re.DOTALL)


def figures_have_alt_text(notebook: Notebook) -> Complaints:
    """Every figure, drawn or generated, has an alt text for readers who cannot see it."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            # Only HTML can contain an alt text.
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


def diagrams_are_described_once(notebook: Notebook) -> Complaints:
    """The alt text of a diagram is the description in its file."""
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell.source):
            if token.type == "image" and token.attrs["src"].endswith(".svg"):
                diagram = notebook.path.parent / token.attrs["src"]
                description = f">{html.escape(token.content, quote=False)}</desc>"
                if diagram.exists() and description not in diagram.read_text(encoding="utf-8"):
                    yield (
                        f"{where}: the alt text of {token.attrs['src']} is not its <desc>. "
                        "Copy the better of the two to the other file"
                    )


def formulas_are_told_from_text(notebook: Notebook) -> Complaints:
    """A dollar outside of a formula is escaped, and no backslash became a control character."""
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell.source):
            if token.type == "text" and "$" in token.content:
                yield (
                    f"{where}: a dollar that does not begin a formula in {token.content!r}. "
                    r"Write \$, or put the $ next to the first and the last character of the formula"
                )
        for found in re.findall(r"[\x00-\x09\x0b-\x1f].{0,9}", cell.source):
            yield f"{where}: it has a control character: {found!r}"


def links_lead_somewhere(notebook: Notebook) -> Complaints:
    """Links are relative, and lead to a file and a heading that exist."""
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell.source):
            link = token.attrs.get("href") or token.attrs.get("src")
            if link and not re.match(r"https?:|mailto:", link):
                problem = broken(link, notebook.path)
                if problem:
                    yield f"{where}: the link {link} {problem}"


def broken(link: str, source: Path) -> str:
    """Describe what is wrong with a link in the file `source`; return "" if it is right."""
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
    """Return the anchors of a page: its headings, and its cells with a figure.

    Jupyter, the book and, in notebooks, GitHub replace spaces in headings with hyphens. JupyterLab and
    the book can follow a link to a cell; elsewhere such a link does nothing. In Markdown files,
    GitHub also converts headings to lower case and drops punctuation, so a link works everywhere only
    if the heading has neither capitals nor punctuation.
    """
    if path.suffix == ".ipynb":
        notebook = Notebook.read(path)
        figures = {f"cell-id={cell.id}" for _, cell in cells(notebook, "code") if has_figure(cell)}
        return figures | {words.replace(" ", "-") for words in headings(text_of(notebook))}
    found = (words.replace(" ", "-") for words in headings(path.read_text(encoding="utf-8")))
    return {slug for slug in found if slug == slug.lower() and re.fullmatch(r"[\w-]+", slug)}


def has_figure(cell: NotebookNode) -> bool:
    """Return whether an output of a cell is a picture or an interactive figure."""
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
    diagrams_are_described_once,
    formulas_are_told_from_text,
    links_lead_somewhere,
)
