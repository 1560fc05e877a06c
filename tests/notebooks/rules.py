"""Rules for the notebooks of this chapter, in addition to those in `checks.rules`."""

import ast
import difflib
import functools
import re
import tomllib
from pathlib import Path

from book.chapter import CHAPTER, ROOT
from book.extensions.folds import NOTE
from checks.notebook import Notebook, cells, tags
from checks.rules import Complaints, python_of

LESSON = "gluonbook/lesson"
LISTS = ("chapter_rnn/index.md", "README.md")  # which link to every section
MOST_CLAIMS = 2  # of a section


@functools.cache
def definitions(source: str) -> dict[str, str]:
    """Return the code of each function, class and constant in a module or a cell, by its name.

    Docstrings, blank lines and the alias ``gb.`` are left out, and nothing else: not even a comment.
    """
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node
    lines = [re.sub(r"\bgb\.", "", line) for line in source.splitlines()]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            text = node.body[0]
            lines[text.lineno - 1 : text.end_lineno] = [""] * (text.end_lineno - text.lineno + 1)
    return {name: code_of(node, lines) for name, node in found.items()}


def code_of(node: ast.stmt, lines: list[str]) -> str:
    """Return the lines of a statement that are not blank, from its decorators on."""
    first = min(part.lineno for part in [node, *getattr(node, "decorator_list", [])])
    return "\n".join(filter(None, map(str.rstrip, lines[first - 1 : node.end_lineno])))


def saved_cells_equal_package(notebook: Notebook) -> Complaints:
    """What a cell and the lesson both define has the same code, and the cell is tagged ``saved``.

    A cell that defines a shorter version is tagged ``simplified``, and the assertions about the
    notebook's cells compare it with the function of the lesson.
    """
    compared = "".join(notebook.blocks.values())
    in_lesson = {}
    for path in (ROOT / LESSON).glob("*.py"):
        in_lesson |= definitions(path.read_text(encoding="utf-8"))
    for where, cell in cells(notebook, "code"):
        defined = definitions(python_of(cell.source))
        if "simplified" in tags(cell):
            for name in defined:
                if name not in in_lesson or f"gb.{name}" not in compared:
                    yield f"{where}: it is tagged 'simplified': compare {name} with gb.{name}"
            continue
        plain = {name for name, code in defined.items() if code.startswith(("@", "class ", "def "))}
        if "saved" not in tags(cell):
            for name in plain & in_lesson.keys():
                yield f"{where}: {LESSON} also defines {name}. Tag the cell 'saved'"
            continue
        for name in plain - in_lesson.keys():
            yield f"{where}: {LESSON} has no {name}. Add it, or remove the tag 'saved'"
        for name in defined.keys() & in_lesson.keys():
            here, there = defined[name].splitlines(), in_lesson[name].splitlines()
            if here != there:
                lines = list(difflib.unified_diff(there, here, n=0, lineterm=""))[2:]
                yield f"{where}: {name} differs from {LESSON}'s:\n" + "\n".join(lines)


def is_listed(notebook: Notebook) -> Complaints:
    """A section is in each of the lists."""
    if notebook.path.parent == ROOT / CHAPTER:
        for name in LISTS:
            path = notebook.path.relative_to((ROOT / name).parent).as_posix()
            if f"]({path})" not in (ROOT / name).read_text(encoding="utf-8"):
                yield f"{notebook.path.name}: add a line with a link to {path} to {name}"


def exercises_are_solved(notebook: Notebook) -> Complaints:
    """The solutions quote each exercise of their section, in order and word for word."""
    chapter, name = chapter_of(notebook), notebook.path.name
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


def notes_are_cells(notebook: Notebook) -> Complaints:
    """A note is a cell of its own, in the form that the book can fold."""
    for where, cell in cells(notebook, "markdown"):
        if "<details" in cell.source and not NOTE.fullmatch(cell.source.strip()):
            yield f"{where}: a note has to be a cell of its own, in the form that CONTRIBUTING.md shows"


def claims_can_fall(notebook: Notebook) -> Complaints:
    """A section makes its claims in the ledger in its open text; one cell measures each, another tries to overturn it."""
    chapter, name = chapter_of(notebook), notebook.path.name
    ledger = tomllib.loads((chapter / "claims.toml").read_text(encoding="utf-8"))
    claims = [claim for claim in ledger.get("claim", []) if claim["section"] == notebook.path.stem]
    if len(claims) > MOST_CLAIMS:
        yield f"{name}: claims.toml has {len(claims)} of its claims; keep the best {MOST_CLAIMS}"
    open_text = re.sub(r"<details.*?</details>", "", prose(chapter / name), flags=re.DOTALL)
    for claim in claims:
        sentence = " ".join(without_targets(claim["claim"]).split())
        if sentence not in " ".join(open_text.split()):
            yield f"{name}: its open text does not say, word for word: {sentence!r} (see claims.toml)"
        if claim["cell"] not in cells_that_assert(chapter / name):
            yield f"{name}: its cell {claim['cell']!r}, which measures a claim, needs an assertion"
        if claim["overturn"] not in cells_that_assert(chapter / "solutions" / name, "Evidence"):
            yield (
                f"solutions/{name}: {claim['overturn']!r}, which tries to overturn a claim, has to be "
                "a cell with an assertion below the heading '## Evidence'"
            )


def cells_that_assert(path: Path, heading: str = "") -> set[str]:
    """Return the ids of the cells of a notebook that have an assertion, all or those below a heading."""
    notebook, found, last = Notebook.read(path), set(), ""
    for _, cell in cells(notebook, "markdown", "code"):
        if cell.cell_type == "markdown":
            last = [last, *re.findall("^## (.+)", cell.source, re.MULTILINE)][-1]
        elif heading in ("", last) and re.search(
            r"^\s*assert\b", f"{cell.source}\n{notebook.blocks.get(cell.id, '')}", re.MULTILINE
        ):
            found.add(cell.id)
    return found


def chapter_of(notebook: Notebook) -> Path:
    """Return the folder of the sections, for a section or its solutions."""
    folder = notebook.path.parent
    return folder.parent if folder.name == "solutions" else folder


def prose(path: Path) -> str:
    """Return the prose of a notebook, without the targets of links, which differ by folder."""
    parts = cells(Notebook.read(path), "markdown") if path.exists() else []
    return without_targets("\n\n".join(cell.source for _, cell in parts))


def without_targets(text: str) -> str:
    """Return a text in which links are only words in brackets."""
    return re.sub(r"\]\([^)]*\)", "]", text)


def words(exercise: str) -> list[str]:
    """Return the words of an exercise or a quotation, without the stars that say how hard it is."""
    return re.sub("^> ?", "", exercise, flags=re.MULTILINE).lstrip("★ ").split()


RULES = (
    saved_cells_equal_package,
    is_listed,
    exercises_are_solved,
    notes_are_cells,
    claims_can_fall,
)
