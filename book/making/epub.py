"""Make an e-book: ``python -m book.making.epub HTML EPUB``.

HTML is the folder of the built pages, and EPUB the file to write: EPUB 3, a zip file with
one XHTML file per page, formulas in MathML, and the pictures.
"""

import gc
import io
import os
import re
import sys
import uuid
import zipfile
from pathlib import Path

from bs4 import Tag
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from pygments.formatters import HtmlFormatter

from book.making import built_pages

TEMPLATES = built_pages.ROOT / "book" / "epub"
CODE_STYLE = "a11y-high-contrast-light"
COVER = (1200, 1800)  # pixels
PAPER, INK, ACCENT, STATE = "#12566b", "#ffffff", "#f6bf55", "#d9ebf8"
MEDIA_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}

# Matplotlib names the document type of SVG, which e-books may not, and draws a space as a path
# that goes nowhere.
DOCTYPE = re.compile(rb"<!DOCTYPE svg[^>]*>\s*")
EMPTY_PATH = re.compile(rb"<path (?![^>]*\bd=)([^>]*)/>")


def main() -> None:
    """Make an e-book of the book in the folder named on the command line."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m book.making.epub HTML EPUB (such as _build/html book.epub)")
    gc.disable()  # as in html.py
    make_epub(Path(sys.argv[1]), Path(sys.argv[2]))


def make_epub(book: Path, epub: Path) -> None:
    """Write the book in the folder `book` to the file `epub`."""
    files = content(book)
    epub.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(epub, "w", zipfile.ZIP_DEFLATED) as archive:
        # It tells e-book readers what the file is, so it comes first and is not compressed.
        write(archive, "mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
        for name, data in files.items():
            write(archive, name, data, zipfile.ZIP_DEFLATED)


def write(archive: zipfile.ZipFile, name: str, data: bytes, compression: int) -> None:
    """Put a file into the archive, always with the same date, so that the same book is the same file."""
    archive.writestr(zipfile.ZipInfo(name), data, compression)


def content(book: Path) -> dict[str, bytes]:
    """Return every file of the e-book by its name."""
    template = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template
    facts = built_pages.title_page()
    pages = built_pages.reading_order(book)
    texts = {page: article(book, page, pages) for page in pages}
    pictures = move_pictures(book, texts)
    chapters = [
        {
            "name": built_pages.name_of(page),
            "title": built_pages.words(text.h1),
            "sections": list(built_pages.headings(text)),
            "mathml": text.find("math") is not None,
            "text": xhtml(text),
            "below": [],
        }
        for page, text in texts.items()
    ]
    facts |= {
        "chapters": chapters,
        "contents": nested(chapters, [built_pages.is_below_another(page) for page in pages]),
        "pictures": [(name, MEDIA_TYPES[Path(name).suffix]) for name in pictures],
        "identifier": uuid.uuid5(uuid.NAMESPACE_DNS, facts["title"]).urn,
    }
    files = {
        "META-INF/container.xml": (TEMPLATES / "container.xml").read_bytes(),
        "EPUB/package.opf": template("package.opf").render(facts).encode(),
        "EPUB/nav.xhtml": template("nav.xhtml").render(facts).encode(),
        "EPUB/index.xhtml": template("title.xhtml").render(facts).encode(),
        "EPUB/book.css": (TEMPLATES / "book.css").read_bytes() + code_colours(),
        "EPUB/images/cover.png": cover(facts["title"], facts["authors"]),
    }
    for chapter in chapters:
        page = template("page.xhtml").render(chapter)
        files[f"EPUB/{chapter['name']}.xhtml"] = page.encode()
    for name, path in pictures.items():
        files[f"EPUB/images/{name}"] = strict(path.read_bytes())
    return files


def nested(chapters: list[dict], are_below: list[bool]) -> list[dict]:
    """Return the chapters for the contents, with what is part of another chapter below it."""
    top = []
    for chapter, is_below in zip(chapters, are_below, strict=True):
        (top[-1]["below"] if is_below else top).append(chapter)
    return top


def article(book: Path, page: Path, pages: list[Path]) -> Tag:
    """Return the text of a page, with addresses that are right in the e-book."""
    text = built_pages.text_of(book, page)
    for formula in text.select(".katex"):
        formula.replace_with(mathml(formula))
    for writer in text.select(".gluonbook-writer"):
        put_into_words(writer)
    # Sphinx puts a list of what a function returns into a paragraph, which XHTML forbids.
    for paragraph in text.select("p:has(> ul)"):
        paragraph.unwrap()
    built_pages.lead_links(text, page, pages, address)
    return text


def address(page: Path, anchor: str) -> str:
    """Return the address of a place in the e-book."""
    return f"{built_pages.name_of(page)}.xhtml" + (f"#{anchor}" if anchor else "")


def mathml(formula: Tag) -> Tag:
    """Return the MathML of a formula, with its TeX for e-book readers that cannot show it."""
    math = formula.math
    math["alttext"] = built_pages.words(math.annotation)
    math.annotation.decompose()
    # MathML has no such attribute; KaTeX places the number of an equation with it.
    for cell in math.select("mtd[width]"):
        cell["style"] = f"width: {cell['width']}"
        del cell["width"]
    return math


def put_into_words(writer: Tag) -> None:
    """Reduce the figure in which a model generates text to words: few e-book readers can draw it."""
    for drawn in writer.select("[aria-hidden='true']"):
        drawn.decompose()
    for bar in writer.select("button"):
        bar.unwrap()
    for spoken in writer.select(".spoken"):
        spoken.append(" ")


def move_pictures(book: Path, texts: dict[Path, Tag]) -> dict[str, Path]:
    """Point the pages to their pictures in the e-book, and return the pictures by name."""
    pictures = {}
    for page, text in texts.items():
        for picture in text.select("img"):
            path = book / os.path.normpath(page.parent / picture["src"])
            pictures[path.name] = path
            picture["src"] = f"images/{path.name}"
    return pictures


def strict(picture: bytes) -> bytes:
    """Return a picture; a drawing as strict SVG."""
    return EMPTY_PATH.sub(rb'<path d="M0 0" \1/>', DOCTYPE.sub(b"", picture))


def xhtml(text: Tag) -> str:
    """Return the text of a page as XML."""
    return text.decode_contents(formatter="minimal")


def code_colours() -> bytes:
    """Return the rules that colour code."""
    return HtmlFormatter(style=CODE_STYLE).get_style_defs(".highlight").encode()


def cover(title: str, authors: str) -> bytes:
    """Return the picture on the cover: the title, above a network that is unrolled downwards."""
    width, height = COVER
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    serif = font_manager.FontProperties(family="DejaVu Serif", weight="bold", size=90)
    axes.text(110, 1680, "\n".join(title.split()), color=INK, va="top", fontproperties=serif)
    axes.text(110, 120, authors, color=ACCENT, size=36, family="DejaVu Serif")
    centres = range(300, 1001, 140)
    axes.plot((width / 2, width / 2), (centres[0], centres[-1]), color=STATE, linewidth=8)
    for centre in centres:
        axes.plot((width / 2 - 260, width / 2 + 260), (centre, centre), color=STATE, linewidth=8)
        axes.add_patch(Circle((width / 2, centre), 44, color=ACCENT, zorder=3))
    picture = io.BytesIO()
    figure.savefig(picture, metadata={"Software": None})
    return picture.getvalue()


if __name__ == "__main__":
    main()
