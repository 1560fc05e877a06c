"""A notebook: its content, its assertions and settings, and how its file is read and written."""

import functools
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from ipykernel.ipkernel import IPythonKernel
from nbformat import NotebookNode

from checks.assertions import read_assertions
from checks.settings import Settings, settings_of

FOLDED = "hide-input"  # the tag of a cell that JupyterLab folds as the book does
NOT_EXECUTED = {"nbval-skip", "skip-execution"}  # tags

NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    # The kernel's description of its language, except for the version, which depends on the Python.
    "language_info": {
        key: value for key, value in IPythonKernel.language_info.items() if key != "version"
    },
}


@dataclass(frozen=True)
class Notebook:
    """The content of a notebook, its file, and the settings that hold for it."""

    path: Path
    content: NotebookNode
    settings: Settings

    @classmethod
    def read(cls, path: Path) -> "Notebook":
        """Read a file as it is, without adding what is missing or repairing what is wrong."""
        content = nbformat.reader.reads(path.read_text(encoding="utf-8"))
        if content.nbformat < 4:
            content = nbformat.convert(content, 4)
        return cls(path, content, settings_of(path))

    @property
    def assertions(self) -> Path:
        """The file of assertions about the cells."""
        return self.settings.assertions_of(self.path)

    @functools.cached_property
    def blocks(self) -> dict[str, str]:
        """The assertions by the id of their cell."""
        return read_assertions(self.assertions)

    @property
    def to_store(self) -> str:
        """The command that stores the outputs, for messages."""
        return f"`{self.settings.how_to_store(self.path)}`"


def cells(notebook: Notebook, *kinds: str) -> Iterator[tuple[str, NotebookNode]]:
    """Yield the cells of some types, each with a description of where it is."""
    for number, cell in enumerate(notebook.content.cells, start=1):
        if cell.cell_type in kinds:
            yield f"{notebook.path.name}, cell {cell.get('id', number)}", cell


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def is_executed(cell: NotebookNode) -> bool:
    """Return whether a cell has code that is executed."""
    is_code = cell.cell_type == "code" and bool(cell.source.strip())
    return is_code and not NOT_EXECUTED.intersection(tags(cell))


# --- what is stored ----------------------------------------------------------------


def tidy(content: NotebookNode) -> None:
    """Delete the metadata of an editor or a run, and fold the cells that are tagged so."""
    content.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in content.cells:
        cell.metadata = nbformat.from_dict({"tags": tags(cell)} if tags(cell) else {})
        if FOLDED in tags(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}


def sealed_figures(cell: NotebookNode) -> Iterator[tuple[NotebookNode, str]]:
    """Yield the outputs of a cell that are pictures, each with a hash of the cell's code and the picture."""
    for output in cell.get("outputs", []):
        data = sorted(output.get("data", {}).items())
        if pictures := [str(content).strip() for mime, content in data if "image/" in mime]:
            text = "\n".join([cell.source, *pictures])
            yield output, hashlib.sha256(text.encode()).hexdigest()[:16]


def write(content: NotebookNode, path: Path) -> None:
    """Write a notebook atomically, also where several processes write it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("x", encoding="utf-8") as file:
            nbformat.write(content, file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
