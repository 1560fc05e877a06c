"""Open JupyterLab on the reader's own copies of the chapter: ``make lab`` calls this.

The copies are in ``my-chapter``, beside the chapter, so that what they import and read is found
as before. They are kept from one time to the next, and git ignores them: running, changing and
saving them leaves the book's notebooks as they are. Their names begin with a number, so that
JupyterLab lists them in order. ``--fresh`` starts again and puts the old copies aside,
``--author`` opens the book's notebooks themselves. Other arguments are passed to JupyterLab.
"""

import hashlib
import json
import os
import re
import sys
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from book.making.stage import linked_pages

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "chapter_rnn"
MINE = ROOT / "my-chapter"
RECORD = ".copied.json"  # in MINE: what each file was when it was copied

COPIED = ("*.ipynb", "*.md", "solutions/*.ipynb", "figures/*.svg", "measured/*")
LINK_TO_NOTEBOOK = re.compile(r"(?<=\]\()((?:\.\./|solutions/)?)([\w-]+)(?=\.ipynb)")


def main() -> None:
    """Make or update the copies, and start JupyterLab in place of this process."""
    options, arguments = set(sys.argv[1:]) & {"--fresh", "--author"}, sys.argv[1:]
    folder, (first, *_) = CHAPTER, sections(CHAPTER)
    if "--author" not in options:
        if "--fresh" in options:
            put_aside(MINE)
        update(CHAPTER, MINE)
        folder, first = MINE, numbered(sections(CHAPTER))[first]
    arguments = [argument for argument in arguments if argument not in options]
    # As an address, and not as a file to open: it is also what JupyterLab prints for a browser
    # on another machine.
    opened = [f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/lab/tree/{first}.ipynb"]
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *opened, *arguments])


def sections(chapter: Path) -> list[str]:
    """Return the names of the sections in the order of the chapter's index."""
    return linked_pages((chapter / "index.md").read_text(encoding="utf-8"))[0]


def numbered(names: list[str]) -> dict[str, str]:
    """Return for each section the name of its copy, which begins with its number."""
    return {name: f"{number:02}-{name}" for number, name in enumerate(names, start=1)}


def copies(chapter: Path) -> dict[str, bytes]:
    """Return the content of each file to copy, links to the copies' new names included."""
    names = numbered(sections(chapter))
    found = {}
    for path in sorted(path for pattern in COPIED for path in chapter.glob(pattern)):
        content, target = path.read_bytes(), path.relative_to(chapter)
        if path.suffix in (".ipynb", ".md"):
            content = LINK_TO_NOTEBOOK.sub(
                lambda link: link[1] + names.get(link[2], link[2]), content.decode()
            ).encode()
        if path.suffix == ".ipynb":
            target = target.with_stem(names.get(path.stem, path.stem))
        found[target.as_posix()] = content
    return found


def update(chapter: Path, mine: Path) -> None:
    """Copy what is not there yet, or has not been changed there; report what else is new."""
    if not mine.exists():
        print(f"Your own copies are in {mine}. What you change there stays there.")
    record_path = mine / RECORD
    record = json.loads(record_path.read_text()) if record_path.exists() else {}
    outdated = []
    for name, content in copies(chapter).items():
        path, new = mine / name, digest(name, content)
        now = digest(name, path.read_bytes()) if path.exists() else None
        if now not in (None, new, record.get(name)):
            if record.get(name) != new:
                outdated.append(name)
            continue
        if now != new:
            write(path, content)
        record[name] = new
    write(record_path, json.dumps(record, indent=1).encode())
    if outdated:
        print(
            f"Since you copied it, the book has changed: {', '.join(outdated)}. You have changed "
            "it, too, so yours stays. To get the book's, rename yours and call `make lab` again; "
            "`make lab FRESH=1` gets everything anew, and keeps yours in another folder."
        )


def put_aside(mine: Path) -> None:
    """Rename a folder to the next free name, and print that."""
    if not mine.exists():
        return
    number = 1
    while (aside := mine.with_name(f"{mine.name}-{number}")).exists():
        number += 1
    mine.rename(aside)
    print(f"Your copies until now are kept in {aside}.")


def digest(name: str, content: bytes) -> str:
    """Return what tells one content of a file from another.

    Of a notebook only the cells count: JupyterLab changes the rest when it is opened.
    """
    if name.endswith(".ipynb"):
        try:
            cells = nbformat.reads(content.decode(), as_version=4).cells
        except (ValueError, AttributeError):  # whatever it is, it is the reader's
            cells = []
        seen = [[cell.cell_type, cell.source, cell.get("outputs")] for cell in cells]
        content = json.dumps(seen, sort_keys=True).encode() if seen else content
    return hashlib.sha256(content).hexdigest()


def write(path: Path, content: bytes) -> None:
    """Write a file completely; let JupyterLab trust it if it is a notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
    if path.suffix == ".ipynb":
        # Its outputs are the book's, whose code will run anyway: figures may answer at once.
        NotebookNotary().sign(nbformat.reads(content.decode(), as_version=4))


if __name__ == "__main__":
    main()
