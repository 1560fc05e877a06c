"""Copies of the notebooks, numbered in reading order: ``python -m tools.copies FOLDER NOTEBOOK...``.

`make lab` opens such copies, and `make notebooks` writes them for a course. The first section is called
``01-rnn.ipynb``, for example, and its solutions ``solutions/01-rnn-solutions.ipynb``. Links lead to the
copies. Without names, all sections are copied, and no solutions.
"""

import shutil
import sys
from collections.abc import Collection
from pathlib import Path

import nbformat
from ipykernel.ipkernel import IPythonKernel

from book.chapter import CHAPTER, ROOT, SECTIONS, SOLUTIONS, check_sections
from book.links import without_missing
from gluonbook.ground.atomic import write_atomically

ALL = [*sorted((ROOT / CHAPTER).glob("*.ipynb")), *sorted((ROOT / SOLUTIONS).glob("*.ipynb"))]
NOTEBOOKS = {path.relative_to(ROOT) for path in ALL}


def main() -> None:
    """Copy the notebooks named on the command line, or all sections, and the chapter's other files."""
    folder, *named = map(Path, sys.argv[1:])
    notebooks = named or [CHAPTER / f"{name}.ipynb" for name in SECTIONS]
    check_sections([path.stem for path in notebooks], SECTIONS)
    shutil.rmtree(folder, ignore_errors=True)  # nothing of an earlier call is handed out
    copies = Copies(folder, notebooks)
    for path, name in copies.names.items():
        copies.write(path, name)
    print(*(folder / copies.names[path] for path in notebooks), sep="\n")


class Copies:
    """Copies of some notebooks in a folder, and of the chapter's other files.

    Paths of the book are relative to the repository, as in chapter_rnn/rnn.ipynb. `names` maps them to the
    names of their copies, relative to the folder.
    """

    def __init__(self, folder: Path, notebooks: Collection[Path]) -> None:
        """Choose a name for each copy; a notebook that the folder has already keeps its number."""
        self.folder = folder
        self.names = {}
        chosen = {path.name for path in notebooks}
        sections = [name for name in SECTIONS if f"{name}.ipynb" in chosen]
        for number, name in enumerate(sections, start=1):
            copy = self.numbered(number, f"{name}.ipynb")
            solutions = self.numbered(number, f"{name}-solutions.ipynb", "solutions")
            self.names[CHAPTER / f"{name}.ipynb"] = copy
            self.names[SOLUTIONS / f"{name}.ipynb"] = solutions
        self.names = {path: name for path, name in self.names.items() if path in notebooks}
        self.missing = NOTEBOOKS - self.names.keys()
        if SOLUTIONS not in {path.parent for path in self.names}:
            self.missing.add(SOLUTIONS / "index.md")
        for pattern in ("*.md", "figures/*.svg", "measured/*.json"):
            for path in (ROOT / CHAPTER).glob(pattern):
                self.names[path.relative_to(ROOT)] = path.relative_to(ROOT / CHAPTER)

    def numbered(self, number: int, name: str, folder: str = "") -> Path:
        """Return the name of a copy: with the number that it has in the folder, or else with this one."""
        found = sorted((self.folder / folder).glob(f"[0-9][0-9]-{name}"))
        return Path(folder, found[-1].name if found else f"{number:02}-{name}")

    def write(self, path: Path, name: Path) -> None:
        """Write the copy of a file of the book under a name, completely or not at all."""
        copy = self.folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(copy, self.content(path))

    def content(self, path: Path) -> bytes:
        """Return the content of the copy of a file of the book."""
        if path.suffix not in (".ipynb", ".md"):
            return (ROOT / path).read_bytes()
        text = (ROOT / path).read_text(encoding="utf-8")
        copied = self.notebook if path.suffix == ".ipynb" else self.linked
        return copied(text, path).encode()

    def notebook(self, text: str, path: Path) -> str:
        """Return the copy of a notebook."""
        notebook = nbformat.reads(text, as_version=4)
        # JupyterLab would add this from the kernel, and mark a notebook as changed when it is opened.
        notebook.metadata.language_info = IPythonKernel.language_info
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = self.linked(cell.source, path)
        return nbformat.writes(notebook) + "\n"

    def linked(self, text: str, page: Path) -> str:
        """Make the links of a page lead to the copies, or to the book if there is no copy."""

        def renamed(path: Path) -> Path:
            return CHAPTER / self.names[path] if path in self.names else path

        return without_missing(text, page, self.missing, renamed)


if __name__ == "__main__":
    main()
