"""Rules for the notebooks of this chapter, in addition to those in `checks.rules`."""

import re
from pathlib import Path

from checks.rules import Complaints, Notebook, cells
from gluonbook.figures import writer


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
        return writer.output_of(writer.read_description(page)) == page
    except ValueError:
        return False


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


RULES = (html_is_that_of_the_writer, exercises_are_solved)
