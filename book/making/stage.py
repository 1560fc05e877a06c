"""Assemble the sources of the HTML book: ``python -m book.making.stage NOTEBOOKS FOLDER``.

NOTEBOOKS is the folder whose notebooks the book shows: ``chapter_rnn`` for the stored
outputs, or ``_build/executed/notebooks/chapter_rnn`` for those of a fresh run. Which notebooks
there are, and everything else, comes from the repository. The result is
``FOLDER/source``, where only files that differ are written, so that Sphinx reads only
what has changed.
"""

import base64
import html
import json
import re
import sys
from pathlib import Path

from book import places

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "_build" / "source"
CHAPTER = Path("chapter_rnn")
SOLUTIONS = CHAPTER / "solutions"
FLAGSHIP = CHAPTER / "rnn-gluon.ipynb"
REPORT = CHAPTER / "training-report.txt"
SAMPLE = CHAPTER / "sample.txt"
FINALE = CHAPTER / "more-text.ipynb"
BEST_SAMPLE = CHAPTER / "best-sample.txt"
WRITER = CHAPTER / "writer.html"
STATIC = Path("_static")
ADDRESS = Path("address.txt")

SVG = "image/svg+xml"
SVG_NAMES = "http://www.w3.org/2000/svg"
PAGE_LINK = re.compile(r"\]\(([\w-]+)\.(ipynb|md)\)")
TITLE_OF_SOLUTIONS = re.compile(r'"# Solutions: ([^"\\]+)')
# What gluonbook.show_writer and gluonbook.show_frames display: a picture, followed by a program
# and, if there is one, a model.
LIVING_FIGURE = re.compile(
    r'(?P<picture><figure class="gluonbook-(?P<kind>\w+)" data-\w+="(?P<name>\w+)".*?</figure>)'
    r'(?:.*<script class="gluonbook-model">(?P<model>.*?)</script>)?',
    re.DOTALL,
)
# What gluonbook.show displays: a picture that needs no file.
IMAGE = re.compile(
    r'<img alt="(?P<alt>[^"]*)" src="data:image/svg\+xml;base64,(?P<svg>[^"]*)"/>',
)
PROGRAMS = ("writer.css", "writer.js", "frames.css", "frames.js")
EPOCH_REPORT = re.compile(r"^epoch \d+, perplexity .*\n(?: - .*\n)+", re.MULTILINE)


def main() -> None:
    """Stage the book from the notebooks in the folder named on the command line."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m book.making.stage NOTEBOOKS FOLDER (chapter_rnn _build)")
    try:
        stage(ROOT, Path(sys.argv[1]), Path(sys.argv[2]) / "source")
    except ValueError as error:
        sys.exit(f"stage: {error}")


def stage(root: Path, notebooks: Path, target: Path) -> None:
    """Make `target` hold the book's sources and nothing else."""
    wanted = sources(root, notebooks)
    for path, content in wanted.items():
        write_if_different(target / path, content)
    for path in target.rglob("*"):
        if path.is_file() and path.relative_to(target) not in wanted:
            path.unlink()


def sources(root: Path, notebooks: Path) -> dict[Path, bytes]:
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
    for path in [*chapter.glob("*.ipynb"), *chapter.glob("solutions/*.ipynb")]:
        found[path.relative_to(root)] = staged_notebook(notebooks / path.relative_to(chapter))

    report = training_report(FLAGSHIP, found[FLAGSHIP])
    found[REPORT] = report.encode()
    found[SAMPLE] = (report.splitlines()[-1].removeprefix(" - ").rstrip() + "\n").encode()
    found[WRITER] = writer(FLAGSHIP, found[FLAGSHIP]).encode()
    if FINALE in found:
        found[BEST_SAMPLE] = printed_by("best-sample", FINALE, found[FINALE]).encode()
    for path in [path for path in found if path.suffix == ".ipynb"]:
        for figure in living_figures(found[path], "writer"):
            found[STATIC / f"model-{figure['name']}.js"] = figure["model"].encode()
    for name in PROGRAMS:
        found[STATIC / name] = (root / "gluonbook" / "figures" / name).read_bytes()

    # No page shows it, but if the address changes, all pages have to be built again.
    found[ADDRESS] = places.repository(root).encode()

    index = found[CHAPTER / "index.md"].decode()
    sections, pages = linked_pages(index)
    for path in [*chapter.glob("*.ipynb"), *chapter.glob("*.md")]:
        if path.stem not in [*sections, *pages, "index"]:
            raise ValueError(f"{path} is in no table of contents: link it in {CHAPTER}/index.md")
    solved = [name for name in sections if SOLUTIONS / f"{name}.ipynb" in found]
    if solved:
        pages.append("solutions/index")
        entries = [entry(name, found[SOLUTIONS / f"{name}.ipynb"]) for name in solved]
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


def entry(name: str, notebook: bytes) -> str:
    """Return the entry of a page in the contents of all solutions: no title there says so again."""
    title = TITLE_OF_SOLUTIONS.search(notebook.decode())
    return f"{title[1]} <{name}>" if title else name


def toctree(names: list[str], *options: str) -> str:
    """Return a table of contents in the form that Sphinx reads."""
    return "\n".join(["", "```{toctree}", *options, "", *names, "```", ""])


def staged_notebook(path: Path) -> bytes:
    """Return a notebook in which each cell with a figure names the figure's alt text.

    In a notebook a figure is HTML, the one form that has an alt text everywhere. MyST-NB
    takes a drawing, and looks for the text in the cell's metadata.
    """
    if not path.exists():
        raise ValueError(f"{path} is missing: `make` executes the notebooks and writes it")
    content = path.read_bytes()
    notebook = json.loads(content)
    changed = False
    for number, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            unpack_image(output)
        texts = alt_texts(cell)
        if len(texts) > 1:
            raise ValueError(f"{path}: cell {number} shows {len(texts)} figures; show one a cell")
        if texts:
            cell["metadata"].setdefault("mystnb", {})["image"] = {"alt": texts[0]}
            changed = True
    if not changed:
        return content
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def unpack_image(output: dict) -> None:
    """Turn an output that `gluonbook.show` displays into a drawing, and metadata with its text."""
    if image := IMAGE.fullmatch("".join(output.get("data", {}).get("text/html", ""))):
        del output["data"]["text/html"]
        output["data"][SVG] = base64.b64decode(image["svg"]).decode()
        output["metadata"][SVG] = {"alt": html.unescape(image["alt"])}


def alt_texts(cell: dict) -> list[str]:
    """Return the alt texts of the figures that a cell shows."""
    stored = [output.get("metadata", {}).get(SVG, {}) for output in cell.get("outputs", [])]
    return [metadata["alt"] for metadata in stored if "alt" in metadata]


def training_report(name: Path, notebook: bytes) -> str:
    """Return what the last training run in a notebook printed: perplexities and samples.

    The landing page shows it, so that no number there is typed by hand.
    """
    for cell in reversed(json.loads(notebook)["cells"]):
        streams = [output for output in cell.get("outputs", []) if output.get("name") == "stdout"]
        printed = "".join("".join(output["text"]) for output in streams)
        if reports := EPOCH_REPORT.findall(printed):
            return "".join(reports)
    raise ValueError(f"{name} has no stored training report: `make refresh` stores the outputs")


def printed_by(cell_id: str, name: Path, notebook: bytes) -> str:
    """Return what a cell of a notebook printed."""
    for cell in json.loads(notebook)["cells"]:
        if cell["id"] == cell_id and cell["outputs"]:
            return "".join(cell["outputs"][0]["text"])
    raise ValueError(f"{name} has no cell {cell_id} with an output: `make refresh` stores it")


def living_figures(notebook: bytes, kind: str) -> list[re.Match]:
    """Return the figures of a kind in a notebook.

    ``writer`` is one in which a model generates text. In a notebook, the output contains the
    model. In the book it becomes a file, which a page loads when the reader comes to the
    figure. ``frames`` is one in which the reader moves a slider.
    """
    outputs = (
        output for cell in json.loads(notebook)["cells"] for output in cell.get("outputs", [])
    )
    pages = ("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    figures = [figure for page in pages if (figure := LIVING_FIGURE.search(page))]
    return [figure for figure in figures if figure["kind"] == kind]


def writer(name: Path, notebook: bytes) -> str:
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
