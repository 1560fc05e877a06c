"""Rules for the notebooks of this chapter, in addition to those in `checks.rules`."""

import re
import tomllib
from pathlib import Path

from book.extensions.writer import model_in
from checks.notebook import Notebook, cells
from checks.rules import Complaints
from gluonbook.figures import writer

MOST_CLAIMS = 2  # of a section


def html_is_that_of_the_writer(notebook: Notebook) -> Complaints:
    """HTML, which could bring a program into a page, comes from a model that writes."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            html = output.get("data", {}).get("text/html")
            if html and not is_writer(html):
                yield (
                    f"{where}: the HTML of its output is not what gb.show_writer displays today. "
                    "`make refresh` stores it again; HTML from elsewhere cannot be stored"
                )


def is_writer(page: str) -> bool:
    """Return whether HTML is exactly what `gb.show_writer` displays for the model in it."""
    try:
        return writer.output_of(model_in(page)) == page
    except (AttributeError, KeyError, ValueError):  # it has no model, or not all of one
        return False


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


RULES = (html_is_that_of_the_writer, exercises_are_solved, claims_can_fall)
