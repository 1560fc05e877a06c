"""Copies of the notebooks, numbered in reading order: ``python -m tools.copies FOLDER NOTEBOOK...``.

`make lab` opens such copies, and `make notebooks` writes them for a course. The first section is called
``01-rnn.ipynb``, for example, and its solutions ``solutions/01-rnn-solutions.ipynb``. Links lead to the
copies. With ``--clean=code``, the code cells are empty, for students who type along.
"""

import argparse
import shutil
from collections.abc import Collection
from pathlib import Path

import nbformat
from ipykernel.ipkernel import IPythonKernel
from nbconvert.exporters import NotebookExporter
from traitlets.config import Config

from book.chapter import CHAPTER, ROOT, SECTIONS, SOLUTIONS, without_missing

ALL = [*sorted((ROOT / CHAPTER).glob("*.ipynb")), *sorted((ROOT / SOLUTIONS).glob("*.ipynb"))]
NOTEBOOKS = {path.relative_to(ROOT) for path in ALL}


def main() -> None:
    """Copy the notebooks named on the command line, and all other files of the chapter."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clean", choices=["code"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("notebooks", type=Path, nargs="+")
    given = parser.parse_args()
    copies = Copies(given.folder, given.notebooks)
    copies.write_others()
    for notebook in copies.names:
        print(copies.write(notebook, clean=bool(given.clean)), flush=True)


class Copies:
    """Copies of some notebooks in a folder; the notebooks are paths such as chapter_rnn/rnn.ipynb."""

    def __init__(self, folder: Path, notebooks: Collection[Path]) -> None:
        """Choose a name for each copy, relative to the folder."""
        self.folder = folder
        self.names = {}
        chosen = {path.name for path in notebooks}
        sections = [name for name in SECTIONS if f"{name}.ipynb" in chosen]
        for number, name in enumerate(sections, start=1):
            copy = f"{number:02}-{name}"
            self.names[CHAPTER / f"{name}.ipynb"] = Path(f"{copy}.ipynb")
            self.names[SOLUTIONS / f"{name}.ipynb"] = Path("solutions", f"{copy}-solutions.ipynb")
        self.names = {path: name for path, name in self.names.items() if path in notebooks}
        self.missing = NOTEBOOKS - self.names.keys()
        if SOLUTIONS not in {path.parent for path in self.names}:
            self.missing.add(SOLUTIONS / "index.md")

    def write_others(self) -> None:
        """Copy pages, diagrams and measurements."""
        for folder, suffix in (("", "md"), ("figures", "svg"), ("measured", "json")):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
            for path in (ROOT / CHAPTER / folder).glob(f"*.{suffix}"):
                shutil.copy(path, self.folder / folder)
        for path in self.folder.glob("*.md"):
            text = self.linked(path.read_text(encoding="utf-8"), CHAPTER / path.name)
            path.write_text(text, encoding="utf-8")

    def write(self, path: Path, *, clean: bool = False) -> Path:
        """Write the copy of a notebook, and return its path."""
        notebook = nbformat.read(ROOT / path, as_version=4)
        # JupyterLab would add this from the kernel, and mark a notebook as changed when it is opened.
        notebook.metadata.language_info = IPythonKernel.language_info
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = self.linked(cell.source, path)
            elif clean and cell.id != "imports":
                cell.source = ""
        exporter = NotebookExporter(config=Config(ClearOutputPreprocessor={"enabled": clean}))
        text, _ = exporter.from_notebook_node(notebook)
        copy = self.folder / self.names[path]
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
        return copy

    def linked(self, text: str, page: Path) -> str:
        """Make the links of a page lead to the copies, or to the book if there is no copy."""

        def renamed(path: Path) -> Path:
            return CHAPTER / self.names[path] if path in self.names else path

        return without_missing(text, page, self.missing, renamed)


if __name__ == "__main__":
    main()
