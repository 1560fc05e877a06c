"""Print the book: ``python -m book.making.pdf HTML FOLDER``.

HTML is the folder of the built pages, and FOLDER the one to write to: a PDF with the chapter,
one with the solutions and one with the package, since hardly anyone prints all three. The
pages of each are joined into one document, which Chromium prints.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pikepdf
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page, sync_playwright

from book.making import built_pages
from book.making.chromium import ARGUMENTS, find_chromium

SHORT = 14  # lines of code that are kept on one page
PACKAGE = Path("gluonbook.html")


@dataclass(frozen=True)
class Part:
    """A PDF: its file name, its subtitle, and which pages of the book are in it."""

    name: str
    subtitle: str
    holds: Callable[[Path], bool]


PARTS = (
    Part(
        "recurrent-neural-networks.pdf",
        built_pages.title_page()["subtitle"],
        lambda page: page != PACKAGE and page.parent != built_pages.SOLUTIONS,
    ),
    Part(
        "recurrent-neural-networks-solutions.pdf",
        "Solutions to the exercises",
        lambda page: page.parent == built_pages.SOLUTIONS,
    ),
    Part(
        "recurrent-neural-networks-package.pdf",
        "The gluonbook package",
        lambda page: page == PACKAGE,
    ),
)


class NoBrowserError(Exception):
    """There is no browser that could print."""


def main() -> None:
    """Print the book in the folder named on the command line."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m book.making.pdf HTML FOLDER (such as _build/html _build/pdf)")
    gc.disable()  # as in html.py
    try:
        make_pdfs(Path(sys.argv[1]), Path(sys.argv[2]))
    except NoBrowserError as error:
        sys.exit(f"pdf: {error}")


def make_pdfs(book: Path, folder: Path) -> None:
    """Print the book in the folder `book` to files in another one.

    The document that was printed, an HTML file, stays beside each.
    """
    if find_chromium() is None:
        raise NoBrowserError(
            "Chromium prints the book, and is not installed here: sudo apt-get install chromium"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for part in PARTS:
            print_part(browser, book, part, folder / part.name)
        browser.close()


def print_part(browser: Browser, book: Path, part: Part, pdf: Path) -> None:
    """Print one part of the book."""
    document = assemble(book, part, pdf.parent)
    tab = browser.new_page()
    open_document(tab, document, pdf)
    tab.pdf(path=pdf, prefer_css_page_size=True)
    # The contents say on which page a section is, which is known once the book is printed.
    number_contents(document, pages_of_names(pdf))
    open_document(tab, document, pdf)
    # Now with an outline and the tags that screen readers need.
    tab.pdf(path=pdf, prefer_css_page_size=True, tagged=True, outline=True)
    tab.close()
    finish(pdf, document)


def open_document(tab: Page, document: BeautifulSoup, pdf: Path) -> None:
    """Write the document that is printed beside the PDF, and open it."""
    printed = pdf.with_suffix(".html")
    printed.write_text(str(document), encoding="utf-8")
    tab.goto(printed.resolve().as_uri())


def assemble(book: Path, part: Part, folder: Path) -> BeautifulSoup:
    """Return one document for `folder` with all pages of a part, in reading order."""
    pages = list(filter(part.holds, built_pages.reading_order(book)))
    facts = built_pages.title_page() | {"subtitle": part.subtitle}
    skeleton = Template(
        (built_pages.ROOT / "book" / "paper.html").read_text(encoding="utf-8")
    ).substitute(facts, static=os.path.relpath(book / "_static", folder))
    document = BeautifulSoup(skeleton, "html.parser")
    for page in pages:
        document.main.append(article(book, page, pages, folder))
    document.find(id="contents").append(contents(document))
    document.style.string = running_heads(document)
    return document


def article(book: Path, page: Path, pages: list[Path], folder: Path) -> Tag:
    """Return the text of a page, with addresses that are right in the whole document."""
    text = built_pages.text_of(book, page)
    for formula in text.select(".katex"):
        speak_tex(formula)
    for figure in text.select("figure"):
        figure.name = "div"  # a figure would need one text for all; these have their words inside
    for code in text.select("pre"):
        if code.get_text().count("\n") <= SHORT:
            code["class"] = "short"
    for element in text.select("[id]"):
        element["id"] = anchor(page, element["id"])
    built_pages.lead_links(text, page, pages, lambda target, name: "#" + anchor(target, name))
    for picture in text.select("[src]"):
        picture["src"] = os.path.relpath(book / page.parent / picture["src"], folder)
    text["id"] = anchor(page)
    text["class"] = "page"
    if built_pages.is_below_another(page):
        lower_headings(text)
    return text


def speak_tex(formula: Tag) -> None:
    """Have a formula read out as it was written.

    KaTeX hides its letters from screen readers and adds MathML for them, which Chromium does
    not print.
    """
    formula["role"] = "img"
    formula["aria-label"] = built_pages.words(formula.select_one(".katex-mathml annotation"))
    formula.select_one(".katex-mathml").decompose()
    del formula.select_one(".katex-html")["aria-hidden"]


def anchor(page: Path, name: str = "") -> str:
    """Return an id that no other page of the document has."""
    return f"{built_pages.name_of(page)}--{name}" if name else built_pages.name_of(page)


def lower_headings(text: Tag) -> None:
    """Put the headings of a page below those of the page before it."""
    for heading in text.select("h1, h2, h3, h4, h5"):
        heading.name = f"h{int(heading.name[1]) + 1}"


def contents(document: BeautifulSoup) -> Tag:
    """Return the table of contents: the title of each page, and its sections."""
    listing = document.new_tag("ol")
    for text in document.select("article.page"):
        for heading in text.select("h1, h2"):
            section = heading.parent["id"]
            entry = document.new_tag("li", attrs={"class": f"level-{heading.name[1]}"})
            link = document.new_tag("a", href=f"#{section}")
            name = document.new_tag("span", attrs={"class": "name"})
            name.string = heading.get_text()
            link.append(name)
            link.append(document.new_tag("span", attrs={"class": "number"}))
            entry.append(link)
            listing.append(entry)
    return listing


def pages_of_names(printed: Path) -> dict[str, int]:
    """Return the number of the page that each address inside a PDF leads to."""
    with pikepdf.open(printed) as pdf:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages, start=1)}
        return {
            name.removeprefix("/"): numbers[place[0].objgen]
            for name, place in pdf.Root.Dests.items()
        }


def number_contents(document: BeautifulSoup, pages: dict[str, int]) -> None:
    """Write the page number of each entry into the table of contents."""
    for link in document.select("#contents a"):
        link.select_one(".number").string = str(pages[link["href"].removeprefix("#")])


def running_heads(document: BeautifulSoup) -> str:
    """Return the rules that print the name of a page's section above it."""
    rules = []
    for number, text in enumerate(document.select("article.page")):
        heading = text.select_one("h1, h2").get_text().replace('"', '\\"')
        rules.append(f"#{text['id']} {{ page: p{number} }}")
        rules.append(f'@page p{number} {{ @top-center {{ content: "{heading}" }} }}')
    return "\n".join(rules)


def finish(printed: Path, document: BeautifulSoup) -> None:
    """Name the author, correct the outline and the tags, and pack the file to a third of its size.

    Where a heading takes two lines, Chromium's outline has no space between them. And it
    takes formulas for figures.
    """
    formulas = {formula["aria-label"] for formula in document.select(".katex")}
    with pikepdf.open(printed, allow_overwriting_input=True) as pdf:
        with pdf.open_metadata() as metadata:
            metadata["dc:title"] = (
                f"{document.title.string}: {document.select_one('.subtitle').string}"
            )
            metadata["dc:creator"] = [document.select_one('meta[name="author"]')["content"]]
        with pdf.open_outline() as outline:
            headings = document.select("h1, h2, h3, h4, h5, h6")
            for item, heading in zip(entries(outline.root), headings, strict=True):
                item.title = built_pages.words(heading)
        for element in pdf.objects:
            if is_figure(element) and str(element.get("/Alt")) in formulas:
                element.S = pikepdf.Name.Formula
        pdf.save(printed, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def is_figure(element: pikepdf.Object) -> bool:
    """Tell whether an object of a PDF is a tag that marks a figure."""
    return isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/Figure"


def entries(items: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    """Yield the entries of an outline from top to bottom."""
    for item in items:
        yield item
        yield from entries(item.children)


if __name__ == "__main__":
    main()
