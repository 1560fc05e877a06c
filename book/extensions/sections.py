"""A Sphinx extension for reading times, links to notebooks, and the map of the chapter.

Below its title, a section shows how long it takes to read and to run, and links to its notebook. The
landing page shows a map of the chapter.
"""

import html
import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx

from book import places
from book.chapter import INDEX

NO_PROSE = (nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.comment)
WORDS_A_MINUTE = 200  # for a text to work through; novels are read faster
RUNNING_TIME = re.compile(r"\bruns in (about )?([^.]*?)(?: on [^.]*)?\.")


def measure(app: Sphinx, doctree: nodes.document) -> None:
    """Store the reading time of a page without its code, and the running time that its text states."""
    prose = " ".join(words_in(doctree))
    metadata = app.env.metadata[app.env.docname]
    metadata["reading_minutes"] = max(1, round(len(prose.split()) / WORDS_A_MINUTE))
    if runs := RUNNING_TIME.search(prose):
        metadata["running_time"] = " ".join(runs[2].split())


def words_in(node: nodes.Node) -> Iterator[str]:
    """Yield the pieces of text in a node that are prose."""
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield child.astext()
        elif not isinstance(child, NO_PROSE):
            yield from words_in(child)


def add_byline(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Put the times of a notebook's page and the links to run the notebook below its title."""
    if not context.get("sourcename", "").endswith(".ipynb"):
        return
    metadata, facts = context["meta"], []
    if "running_time" in metadata:
        facts.append(f"{metadata['reading_minutes']} minutes to read")
        facts.append(f"{metadata['running_time']} to run")
    notebook = context["pathto"](f"_sources/{context['sourcename']}", 1)
    links = [f'<a class="download-notebook" href="{notebook}" download>Notebook</a>']
    for name, address in places.run_links(app.config.repository, f"{page}.ipynb").items():
        links.append(f'<a href="{html.escape(address)}">{name}</a>')
    parts = [f"<span>{html.escape(fact)}</span>" for fact in facts] + links
    byline = f'<p class="byline">{" ".join(parts)}</p>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{byline}", 1)


def list_sections(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Fill a page's container `chapter-map` with a map of the sections, `section-times` with a table."""
    pages = app.env.toctree_includes.get(INDEX.with_suffix("").as_posix(), [])
    sections = [name for name in pages if app.env.doc2path(name).suffix == ".ipynb"]
    for place in doctree.findall(nodes.container):
        if "chapter-map" in place["classes"]:
            stations = [station(app, page, name) for name in sections]
            drawn = "\n".join(['<ol role="list">', *stations, "</ol>"])
            place.children = [nodes.raw("", drawn, format="html")]
        elif "section-times" in place["classes"]:
            rows = "".join(times(app, page, name) for name in sections)
            head = "<thead><tr><th>section</th><th>to read</th><th>to run</th></tr></thead>"
            table = f'<table class="table">{head}<tbody>{rows}</tbody></table>'
            place.children = [nodes.raw("", table, format="html")]


def times(app: Sphinx, page: str, section: str) -> str:
    """Return the row of a section in the table of times."""
    address = app.builder.get_relative_uri(page, section)
    title, metadata = html.escape(app.env.titles[section].astext()), app.env.metadata[section]
    return (
        f'<tr><td><a href="{address}">{title}</a></td>'
        f"<td>{metadata['reading_minutes']} minutes</td>"
        f"<td>{metadata.get('running_time', '')}</td></tr>"
    )


def station(app: Sphinx, page: str, section: str) -> str:
    """Return the entry of a section in the map on `page`."""
    address = app.builder.get_relative_uri(page, section)
    title = html.escape(app.env.titles[section].astext().partition(":")[0])
    minutes = app.env.metadata[section]["reading_minutes"]
    return f'<li><a href="{address}">{title}</a><span>{minutes} minutes to read</span></li>'


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.add_config_value("repository", "", "html", str)
    app.connect("doctree-read", measure)
    app.connect("doctree-resolved", list_sections)
    app.connect("html-page-context", add_byline)
