"""Assemble the sources of the HTML book: ``python -m book.making.stage NOTEBOOKS FOLDER``.

NOTEBOOKS is the folder whose notebooks the book shows: ``chapter_rnn`` for the stored
outputs, or ``_build/executed/notebooks/chapter_rnn`` for those of a fresh run. Which notebooks
there are, and everything else, comes from the repository. The result is
``FOLDER/source``, where only files that differ are written, so that Sphinx reads only
what has changed.
"""

import json
import re
import sys
from pathlib import Path

from book import places
from book.chapter import CHAPTER, FINALE, FINALE_CELL, FLAGSHIP, ROOT, SOLUTIONS
from book.figure_html import KINDS, alt_texts, living_figures, unpack_plot

SOURCE = ROOT / "_build" / "source"
REPORT = CHAPTER / "training-report.txt"
SAMPLE = CHAPTER / "sample.txt"
BEST_SAMPLE = CHAPTER / "best-sample.txt"
WRITER = CHAPTER / "writer.html"
STATIC = Path("_static")
ADDRESS = Path("address.txt")
PROGRAMS = [f"{kind}.{suffix}" for kind in KINDS for suffix in ("css", "js")]

PAGE_LINK = re.compile(r"\]\(([\w-]+)\.(ipynb|md)\)")
OF_SOLUTIONS = "Solutions: "  # how their titles begin
EPOCH_REPORT = re.compile(r"^epoch \d+, perplexity .*\n(?: - .*\n)+", re.MULTILINE)


def main() -> None:
    """Stage the book from the notebooks in the folder named on the command line."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m book.making.stage NOTEBOOKS FOLDER (chapter_rnn _build)")
    try:
        stage(ROOT, Path(sys.argv[1]), Path(sys.argv[2]) / "source")
    except ValueError as error:
        sys.exit(f"stage: {error}")


def stage(root: Path, folder: Path, target: Path) -> None:
    """Make `target` hold the sources of the book, with the notebooks in `folder`, and nothing else."""
    wanted = sources(root, folder)
    for path, content in wanted.items():
        write_if_different(target / path, content)
    for path in target.rglob("*"):
        if path.is_file() and path.relative_to(target) not in wanted:
            path.unlink()


def sources(root: Path, folder: Path) -> dict[Path, bytes]:
    """Return the content of every source file of the book by its path in the book.

    Raises
    ------
    ValueError
        If a notebook is missing, or cannot be shown as it is.
    """
    book, chapter = root / "book", root / CHAPTER
    found = {path.relative_to(book): path.read_bytes() for path in book.rglob("*.md")}
    # Of the README one page shows a part.
    for path in [root / "README.md", *chapter.glob("*.md"), *chapter.glob("figures/*.svg")]:
        found[path.relative_to(root)] = path.read_bytes()
    for name in PROGRAMS:
        found[STATIC / name] = (root / "gluonbook" / "figures" / name).read_bytes()
    notebooks = {
        path.relative_to(root): staged_notebook(folder / path.relative_to(chapter))
        for path in [*chapter.glob("*.ipynb"), *chapter.glob("solutions/*.ipynb")]
    }
    for path, notebook in notebooks.items():
        stored = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        found[path] = stored.encode()
        for figure in living_figures(notebook, "writer"):
            found[STATIC / f"model-{figure['name']}.js"] = figure["model"].encode()

    # What the landing page shows.
    report = training_report(FLAGSHIP, notebooks[FLAGSHIP])
    found[REPORT] = report.encode()
    found[SAMPLE] = (report.splitlines()[-1].removeprefix(" - ").rstrip() + "\n").encode()
    found[WRITER] = writer(FLAGSHIP, notebooks[FLAGSHIP]).encode()
    if FINALE in notebooks:
        found[BEST_SAMPLE] = printed_by(FINALE_CELL, FINALE, notebooks[FINALE]).encode()

    # No page shows it, but if the address changes, all pages have to be built again.
    found[ADDRESS] = places.repository(root).encode()

    index = found[CHAPTER / "index.md"].decode()
    sections, pages = linked_pages(index)
    for path in [*chapter.glob("*.ipynb"), *chapter.glob("*.md")]:
        if path.stem not in [*sections, *pages, "index"]:
            raise ValueError(f"{path} is in no table of contents: link it in {CHAPTER}/index.md")
    solved = [name for name in sections if SOLUTIONS / f"{name}.ipynb" in notebooks]
    if solved:
        pages.append("solutions/index")
        entries = [entry(name, notebooks[SOLUTIONS / f"{name}.ipynb"]) for name in solved]
        found[SOLUTIONS / "index.md"] += toctree(entries, ":titlesonly:").encode()
    else:
        del found[SOLUTIONS / "index.md"]
    contents = toctree(sections, ":hidden:", ":numbered:") + toctree(pages, ":hidden:")
    found[CHAPTER / "index.md"] = (index + contents).encode()
    return found


def linked_pages(index: str) -> tuple[list[str], list[str]]:
    """Return the names of the notebooks and of the other pages that `index` links to, in order."""
    names = dict.fromkeys(PAGE_LINK.findall(index))
    sections = [name for name, suffix in names if suffix == "ipynb"]
    return sections, [name for name, suffix in names if suffix == "md"]


def entry(name: str, notebook: dict) -> str:
    """Return the entry of a page in the contents of all solutions: no title there says so again."""
    title = title_of(notebook)
    return f"{title.removeprefix(OF_SOLUTIONS)} <{name}>" if OF_SOLUTIONS in title else name


def title_of(notebook: dict) -> str:
    """Return the title of a notebook, its first line."""
    return "".join(notebook["cells"][0]["source"]).partition("\n")[0].removeprefix("# ")


def toctree(names: list[str], *options: str) -> str:
    """Return a table of contents in the form that Sphinx reads."""
    return "\n".join(["", "```{toctree}", *options, "", *names, "```", ""])


def staged_notebook(path: Path) -> dict:
    """Return a notebook in which each cell with a figure names the figure's alt text.

    In a notebook a figure is HTML, the one form that has an alt text everywhere. MyST-NB
    takes a drawing, and looks for the text in the cell's metadata.
    """
    if not path.exists():
        raise ValueError(f"{path} is missing: `make` executes the notebooks and writes it")
    notebook = json.loads(path.read_bytes())
    for number, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            unpack_plot(output)
        texts = alt_texts(cell)
        if len(texts) > 1:
            raise ValueError(f"{path}: cell {number} shows {len(texts)} figures; show one a cell")
        if texts:
            cell["metadata"].setdefault("mystnb", {})["image"] = {"alt": texts[0]}
    return notebook


def training_report(name: Path, notebook: dict) -> str:
    """Return what the last training run in a notebook printed: perplexities and samples.

    The landing page shows it, so that no number there is typed by hand.
    """
    for cell in reversed(notebook["cells"]):
        streams = [output for output in cell.get("outputs", []) if output.get("name") == "stdout"]
        printed = "".join("".join(output["text"]) for output in streams)
        if reports := EPOCH_REPORT.findall(printed):
            return "".join(reports)
    raise ValueError(f"{name} has no stored training report: `make refresh` stores the outputs")


def printed_by(cell_id: str, name: Path, notebook: dict) -> str:
    """Return what a cell of a notebook printed."""
    for cell in notebook["cells"]:
        if cell["id"] == cell_id and cell["outputs"]:
            return "".join(cell["outputs"][0]["text"])
    raise ValueError(f"{name} has no cell {cell_id} with an output: `make refresh` stores it")


def writer(name: Path, notebook: dict) -> str:
    """Return the picture of the last figure in a notebook in which a model generates text.

    The landing page shows it, with the model that the notebook has trained.
    """
    figures = living_figures(notebook, "writer")
    if not figures:
        raise ValueError(f"{name} has no figure that writes: `make refresh` stores the outputs")
    return figures[-1]["picture"] + "\n"


def write_if_different(path: Path, content: bytes) -> None:
    """Write a file, unless it already has this content."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main()
