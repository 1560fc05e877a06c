"""Print the book: ``python -m book.making.pdf HTML PDF``.

The pages in the folder HTML are joined into one document next to the PDF, and Chromium prints it
like any other page. Sphinx can join pages, too, but then all sections called *Summary* have the
same address. If ``SECTIONS`` is set in the environment, only sections and solutions are printed;
``TITLE`` and ``AUTHOR`` are those of a hand-out.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template
from urllib.parse import unquote, urldefrag, urlsplit

import pikepdf
import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser

from book.chapter import ROOT, SOLUTIONS
from book.making.chromium import BrowserMissingError, open_chromium

LOADING = 600_000  # milliseconds: loading takes long on a busy machine

LANDING_PAGE = Path("index.html")  # a title page takes its place
HEADINGS = "h1, h2, h3, h4, h5, h6"
NEXT = re.compile(r'<link rel="next" [^>]*href="([^"]+)"')


def main() -> None:
    """Print the book to the file named on the command line."""
    try:
        with open_chromium() as browser:
            print_book(browser, Path(sys.argv[1]), Path(sys.argv[2]))
    except BrowserMissingError as error:
        sys.exit(f"pdf: {error}")


def print_book(browser: Browser, book: Path, pdf: Path) -> None:
    """Print the pages in the folder `book`, with an outline and with tags for screen readers."""
    pdf.parent.mkdir(parents=True, exist_ok=True)
    joined, part = pdf.with_suffix(".html"), pdf.with_suffix(".part")
    document = join(book, pdf.parent)
    joined.write_text(str(document), encoding="utf-8")
    page = browser.new_page()
    page.goto(joined.resolve().as_uri(), timeout=LOADING)
    page.pdf(path=part, prefer_css_page_size=True, tagged=True, outline=True)
    page.close()
    finish(part, document)
    part.replace(pdf)


def join(book: Path, folder: Path) -> BeautifulSoup:
    """Return one document for `folder`, with the text of all pages and the styles of each."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    template = Template((ROOT / "book" / "paper.html").read_text(encoding="utf-8"))
    pages = reading_order(book)
    if os.environ.get("SECTIONS"):
        pages = [page for page in pages if (ROOT / page).with_suffix(".ipynb").exists()]
    title, authors = citation["title"], ", ".join(each["name"] for each in citation["authors"])
    own_title, own_author = os.environ.get("TITLE"), os.environ.get("AUTHOR")
    skeleton = template.substitute(
        title=own_title or title,
        authors=own_author or authors,
        source=f"From “{title}” by {authors}. " if own_title or own_author else "",
        version=citation["version"],
        date=f"{citation['date-released']:%-d %B %Y}",
    )
    document = BeautifulSoup(skeleton, "html.parser")
    for style in parse(book / LANDING_PAGE).select("link[rel=stylesheet]"):
        style["href"] = os.path.relpath(
            book / urldefrag(style["href"])[0].partition("?")[0], folder
        )
        document.style.insert_before(style)
    for page in pages:
        document.article.append(text_of(book, page, folder, pages))
    return document


def reading_order(book: Path) -> list[Path]:
    """Return the book's pages in the order of their *Next* links, without the landing page."""
    pages = [LANDING_PAGE]
    while link := NEXT.search((book / pages[-1]).read_text(encoding="utf-8")):
        pages.append(Path(os.path.normpath(pages[-1].parent / link[1])))
    return pages[1:]


def parse(page: Path) -> BeautifulSoup:
    """Parse an HTML file."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def text_of(book: Path, page: Path, folder: Path, pages: list[Path]) -> Tag:
    """Return the text of a page, with addresses that work in the document of `pages`."""
    text = parse(book / page).article
    text.name, text["id"], text["class"] = "div", anchor(page), "page"
    for element in text.select(".byline, .headerlink, .viewcode-link, template"):
        element.decompose()
    for details in text.select("details"):
        details["open"] = ""
    for picture in text.select("[src]"):
        picture["src"] = os.path.relpath(book / page.parent / picture["src"], folder)
        picture["loading"] = "eager"
    for figure in text.select("figure"):
        figure["role"] = "group"  # as an "img" it would need one alt text for all of its content
    for formula in text.select(".katex"):
        speak_tex(formula)
    for element in text.select("[id]:not(svg *)"):
        if element is not text:
            element["id"] = anchor(page, element["id"])
    for link in text.select("a[href]"):
        redirect(link, page, pages)
    if page.parent == SOLUTIONS and page.stem != "index":  # one page of the outline, with parts
        for heading in text.select("h1, h2, h3, h4, h5"):
            heading.name = f"h{int(heading.name[1]) + 1}"
    return text


def speak_tex(formula: Tag) -> None:
    """Make screen readers read out the TeX source of a formula, since Chromium prints no MathML."""
    formula["role"] = "img"
    formula["aria-label"] = " ".join(formula.select_one("annotation").get_text().split())
    formula.select_one(".katex-mathml").decompose()
    del formula.select_one(".katex-html")["aria-hidden"]


def redirect(link: Tag, page: Path, pages: list[Path]) -> None:
    """Make a link lead to its target in the document, or make it plain text if it has none there."""
    if urlsplit(link["href"]).scheme:
        return
    path, name = urldefrag(unquote(link["href"]))
    target = Path(os.path.normpath(page.parent / path)) if path else page
    if target in pages:
        link["href"] = f"#{anchor(target, name)}"
    else:
        link.unwrap()


def anchor(page: Path, name: str = "") -> str:
    """Return an id that no other page of the document has."""
    whole = page.with_suffix("").as_posix().replace("/", "-")
    return f"{whole}--{name}" if name else whole


def finish(pdf: Path, document: BeautifulSoup) -> None:
    """Correct the outline, and compress the file to half of its size."""
    # In Chromium's outline there is no space between the two lines of a long heading, and a heading
    # that was moved to the next page is duplicated.
    with pikepdf.open(pdf, allow_overwriting_input=True) as printed:
        with printed.open_outline() as outline:
            for item, heading in zip(entries(outline.root), document.select(HEADINGS), strict=True):
                item.title = " ".join(heading.get_text().split())
        printed.save(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def entries(items: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    """Yield the entries of an outline from top to bottom."""
    for item in items:
        yield item
        yield from entries(item.children)


if __name__ == "__main__":
    main()
