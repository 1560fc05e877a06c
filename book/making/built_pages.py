"""What the PDF takes from the built pages: their order, their text, their links.

It is made of the pages that `make html` has built. Sphinx can make one page of a book,
too, but there two sections both called *Summary* have one address, and links from section
to section lead nowhere.
"""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

from book import places

ROOT = Path(__file__).resolve().parents[2]
LANDING_PAGE = Path("index.html")
SOLUTIONS = Path("chapter_rnn/solutions")

# What a reader clicks, and what serves only a screen. The figure in which a model writes stays
# as its still picture, whose bars are buttons on a screen.
NOT_FOR_PAPER = (
    ".byline, .headerlink, .viewcode-link, button:not(.bars button), details.hide > summary, form, "
    "script, style, template, .gluonbook-writer :is(.no-script, .hint, .message)"
)


def title_page() -> dict[str, str]:
    """Return the content of the title page, from ``CITATION.cff``."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    title, _, subtitle = citation["title"].partition(": ")
    return {
        "title": title,
        "subtitle": subtitle[0].upper() + subtitle[1:],
        "authors": ", ".join(author["name"] for author in citation["authors"]),
        "version": str(citation["version"]),
        "date": f"{citation['date-released']:%-d %B %Y}",
        "modified": f"{citation['date-released']:%Y-%m-%dT00:00:00Z}",
        "abstract": citation["abstract"].strip(),
    }


def reading_order(book: Path) -> list[Path]:
    """Return the book's pages in the order of their *Next* links, without the landing page.

    A title page takes the place of the landing page.
    """
    pages = [LANDING_PAGE]
    while link := parse_head(book / pages[-1]).find("link", rel="next"):
        pages.append(Path(os.path.normpath(pages[-1].parent / link["href"])))
    return pages[1:]


def parse(page: Path) -> BeautifulSoup:
    """Parse an HTML file."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def parse_head(page: Path) -> BeautifulSoup:
    """Parse the head of an HTML file, which takes a hundredth of the time."""
    head, _, _ = page.read_text(encoding="utf-8").partition("</head>")
    return BeautifulSoup(head, "html.parser")


def text_of(book: Path, page: Path) -> Tag:
    """Return the text of a page, with nothing in it that needs a screen."""
    whole = parse(book / page)
    text = whole.article
    for figure in text.select(".gluonbook-frames"):
        figure.replace_with(*still_picture(whole, figure, page))
    for element in text.select(NOT_FOR_PAPER):
        element.decompose()
    for folded in text.select("details.hide"):
        folded.unwrap()
    for details in text.select("details"):
        details["open"] = ""
    return text


def still_picture(document: BeautifulSoup, figure: Tag, page: Path) -> tuple[Tag, Tag]:
    """Return what replaces a figure with a slider on paper: a value, and the picture for it."""
    name, value = (words(figure.select_one(part)) for part in ("label", ".value"))
    setting = document.new_tag("p")
    setting.string = f"{name}: {value}. In the web pages, a slider moves it."
    still = os.path.relpath(Path("_static", f"frames-{figure['data-name']}.svg"), page.parent)
    return setting, document.new_tag("img", src=still, alt=figure.svg["aria-label"])


def name_of(page: Path) -> str:
    """Return the name of a page in a book without folders."""
    return page.with_suffix("").as_posix().replace("/", "-")


def is_below_another(page: Path) -> bool:
    """Tell whether a page is part of the appendix with the solutions."""
    return page.parent == SOLUTIONS and page.stem != "index"


def lead_links(
    text: Tag, page: Path, pages: list[Path], address: Callable[[Path, str], str]
) -> None:
    """Make each link to one of the `pages` lead to its `address`, given by page and anchor.

    A link to any other page leads to the published book, if there is one. A link to a file that
    is not a page, such as a notebook, becomes plain text.
    """
    site = places.site(places.repository(ROOT))
    for link in text.select("a[href]"):
        if urlsplit(link["href"]).scheme:
            continue
        path, anchor = urldefrag(unquote(link["href"]))
        target = Path(os.path.normpath(page.parent / path)) if path else page
        if target in [LANDING_PAGE, *pages]:
            link["href"] = address(target, anchor)
        elif site and target.suffix == ".html":
            link["href"] = f"{site}{target.as_posix()}" + (f"#{anchor}" if anchor else "")
        else:
            link.unwrap()


def words(element: Tag) -> str:
    """Return the text of an element, on one line."""
    return " ".join(element.get_text().split())
