"""A Sphinx extension for reading times, links to notebooks, and the map of the chapter.

Below its title, a section shows how long it takes to read, and links to its notebook. The landing page
shows a map of the chapter.
"""

import html

from docutils import nodes
from sphinx.application import Sphinx

from book import places
from book.chapter import INDEX, SOLUTIONS

WORDS_A_MINUTE = 200  # for a text to work through; novels are read faster


def measure(app: Sphinx, doctree: nodes.document) -> None:
    """Store the reading time of a page, without its code."""
    paragraphs = doctree.findall(nodes.paragraph)
    num_words = sum(len(paragraph.astext().split()) for paragraph in paragraphs)
    minutes = max(1, round(num_words / WORDS_A_MINUTE))
    app.env.metadata[app.env.docname]["reading_time"] = f"{minutes} minutes to read"


def add_byline(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Put the reading time of a section and the links to run its notebook below the title."""
    if not context.get("sourcename", "").endswith(".ipynb"):
        return
    time = "" if page.startswith(SOLUTIONS.as_posix()) else context["meta"]["reading_time"]
    notebook = context["pathto"](f"_sources/{context['sourcename']}", 1)
    links = [f'<a class="download-notebook" href="{notebook}" download>Notebook</a>']
    for name, address in places.run_links(app.config.repository, f"{page}.ipynb").items():
        links.append(f'<a href="{html.escape(address)}">{name}</a>')
    byline = f'<p class="byline">{" · ".join(filter(None, [time, *links]))}</p>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{byline}", 1)


def list_sections(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Fill a page's container `chapter-map` with a map of the sections."""
    pages = app.env.toctree_includes.get(INDEX.with_suffix("").as_posix(), [])
    sections = [name for name in pages if app.env.doc2path(name).suffix == ".ipynb"]
    for place in doctree.findall(nodes.container):
        if "chapter-map" in place["classes"]:
            stations = [station(app, page, name) for name in sections]
            drawn = "\n".join(['<ol role="list">', *stations, "</ol>"])
            place.children = [nodes.raw("", drawn, format="html")]


def station(app: Sphinx, page: str, section: str) -> str:
    """Return the entry of a section in the map on `page`."""
    address = app.builder.get_relative_uri(page, section)
    title = html.escape(app.env.titles[section].astext().partition(":")[0])
    time = app.env.metadata[section]["reading_time"]
    return f'<li><a href="{address}">{title}</a><span>{time}</span></li>'


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.add_config_value("repository", "", "html", str)
    app.connect("doctree-read", measure)
    app.connect("doctree-resolved", list_sections)
    app.connect("html-page-context", add_byline)
