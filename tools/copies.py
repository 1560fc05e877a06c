"""Copies of the notebooks, numbered in reading order: ``python -m tools.copies FOLDER NOTEBOOK...``.

`make lab` opens such copies, and `make notebooks` writes them for a course. A section is called
``03-rnn.ipynb``, and its solutions ``solutions/03-rnn-solutions.ipynb``. Links lead to the copies.
With ``CLEAN=code`` in the environment the code cells are empty, and with ``CLEAN=prose`` only headings and
code are left, both without outputs, for students to complete.
"""

import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
from ipykernel.ipkernel import IPythonKernel

from book.chapter import ROOT, linked_pages

CHAPTER = ROOT / "chapter_rnn"
OTHER_FILES = (".md", ".svg", ".json")  # pages, diagrams and measurements

LINK = re.compile(r"\]\((?!https?:)([^()#\s]+\.ipynb)")
HEADING = re.compile(r"^#+ .*$", re.MULTILINE)


def main(folder: str, *notebooks: str) -> None:
    """Copy the notebooks, and all other files of the chapter, to a folder."""
    chosen = [Path(name).resolve() for name in notebooks]
    clean = os.environ.get("CLEAN", "")
    if clean not in ("", "code", "prose"):
        sys.exit(f"CLEAN is {clean!r}; it can be code or prose")
    names = numbered(CHAPTER)
    copy_others(CHAPTER, Path(folder), names)
    for source, name in names.items():
        if source in chosen:
            write_copy(source, Path(folder, name), names, clean)
            print(Path(folder, name), flush=True)


def numbered(chapter: Path) -> dict[Path, Path]:
    """Return for each notebook of a chapter the name of its copy, relative to the folder of copies."""
    sections, _ = linked_pages(chapter)
    names = {}
    for number, section in enumerate(sections, start=1):
        names[chapter / f"{section}.ipynb"] = Path(f"{number:02}-{section}.ipynb")
        solutions = chapter / "solutions" / f"{section}.ipynb"
        if solutions.exists():
            names[solutions] = Path("solutions", f"{number:02}-{section}-solutions.ipynb")
    return names


def copy_others(chapter: Path, folder: Path, names: dict[Path, Path]) -> None:
    """Copy everything that is not a notebook."""
    for path in chapter.rglob("*"):
        if path.suffix not in OTHER_FILES or ".ipynb_checkpoints" in path.parts:
            continue
        target = folder / path.relative_to(chapter)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            target.write_text(with_links(path.read_text("utf-8"), path, names), encoding="utf-8")
        else:
            shutil.copy(path, target)


def write_copy(source: Path, target: Path, names: dict[Path, Path], clean: str = "") -> None:
    """Write the copy of a notebook."""
    notebook = nbformat.read(source, as_version=4)
    # JupyterLab would add this from the kernel, and mark a notebook as changed as soon as it is opened.
    notebook.metadata.language_info = IPythonKernel.language_info
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_links(cell.source, source, names)
            if clean == "prose":
                cell.source = "\n\n".join(HEADING.findall(cell.source))
        elif clean:
            cell.outputs, cell.execution_count = [], None
            if clean == "code" and cell.id != "imports":
                cell.source = ""
    if clean == "prose":
        notebook.cells = [cell for cell in notebook.cells if cell.source]
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def with_links(text: str, source: Path, names: dict[Path, Path]) -> str:
    """Make the links of a text lead to the copies; `source` is the file that the text comes from."""
    place = names.get(source, Path(source.name)).parent

    def to_copy(link: re.Match) -> str:
        name = names.get(Path(os.path.normpath(source.parent / link[1])))
        return f"]({os.path.relpath(name, place)}" if name else link[0]

    return LINK.sub(to_copy, text)


if __name__ == "__main__":
    main(*sys.argv[1:])
