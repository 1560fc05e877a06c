"""Reading times, links to notebooks, and the map of the chapter. `conf.py` loads it as an extension.

Below its title, a section says how long it takes to read and to run, and links to its notebook.
The directive ``chapter-map`` draws the way through the chapter.
"""

import html
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book import places
from book.chapter import INDEX

WORDS_A_MINUTE = 200  # for a text that one works through; novels go faster
RUNNING_TIME = re.compile(r"\bruns in (about )?([^.]*?)(?: on [^.]*)?\.")

STATION = 42  # from one station of the map to the next, in CSS pixels
MAP_WIDTH = 400


def measure(app: Sphinx, doctree: nodes.document) -> None:
    """Note how long a page takes to read, code apart, and how long its notebook says it runs."""
    texts = doctree.findall(nodes.Text)
    prose = " ".join(text for text in texts if not is_code_or_formula(text))
    metadata = app.env.metadata[app.env.docname]
    metadata["reading_minutes"] = max(1, round(len(prose.split()) / WORDS_A_MINUTE))
    if runs := RUNNING_TIME.search(prose):
        metadata["running_time"] = " ".join(runs[2].split())


def is_code_or_formula(text: nodes.Text) -> bool:
    """Tell whether a text is part of code, a formula or a comment, and not of the prose."""
    kinds = (nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.comment)
    parent = text.parent
    while parent and not isinstance(parent, kinds):
        parent = parent.parent
    return parent is not None


def add_byline(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Put below the title of a notebook's page how long it takes, and where to run it."""
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
    links.append('<button type="button" class="print pst-js-only">Print</button>')  # see book.js
    parts = [f"<span>{html.escape(fact)}</span>" for fact in facts] + links
    byline = f'<p class="byline">{" ".join(parts)}</p>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{byline}", 1)


class ChapterMap(SphinxDirective):
    """The way through the chapter: a line with one station for each section, a link each."""

    def run(self) -> list[nodes.Node]:
        """Leave a mark, to be drawn once every page's title is known."""
        return [chapter_map()]


class chapter_map(nodes.General, nodes.Element):  # noqa: N801
    """The place of the map in a page."""


def draw_maps(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Draw the map wherever a page has one."""
    for place in list(doctree.findall(chapter_map)):
        drawing = chapter_map_svg(app, page)
        place.replace_self(nodes.raw("", drawing, format="html"))


def chapter_map_svg(app: Sphinx, page: str) -> str:
    """Return the map as SVG, whose links start from `page`."""
    env = app.env
    sections = [name for name in env.toctree_includes[INDEX] if is_section(app, name)]
    height = STATION * len(sections)
    x, first, last = 20, STATION / 2, height - STATION / 2
    lines = [
        f'<svg class="chapter-map" viewBox="0 0 {MAP_WIDTH} {height}" role="group" '
        f'aria-label="Map of the chapter: {len(sections)} sections, one after the other">',
        f'<path class="way" d="M{x} {first}V{last}"/>',
    ]
    for number, name in enumerate(sections, start=1):
        y = STATION * (number - 0.5)
        title = env.titles[name].astext().partition(":")[0]
        minutes = env.metadata[name]["reading_minutes"]
        lines.append(
            f'<a href="{app.builder.get_relative_uri(page, name)}">'
            f'<rect x="0" y="{y - STATION / 2 + 2}" width="{MAP_WIDTH}" height="{STATION - 4}" rx="6"/>'
            f'<circle cx="{x}" cy="{y}" r="14"/>'
            f'<text class="number" x="{x}" y="{y + 5}">{number}</text>'
            f'<text class="title" x="{x + 28}" y="{y - 2}">{html.escape(title)}</text>'
            f'<text class="time" x="{x + 28}" y="{y + 16}">{minutes} minutes to read</text></a>'
        )
    return "\n".join([*lines, "</svg>"])


def is_section(app: Sphinx, name: str) -> bool:
    """Tell whether a page of the chapter is made from a notebook."""
    return app.env.doc2path(name).suffix == ".ipynb"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to the build."""
    app.add_config_value("repository", "", "html", str)
    app.add_directive("chapter-map", ChapterMap)
    app.add_node(chapter_map)
    app.connect("doctree-read", measure)
    app.connect("doctree-resolved", draw_maps)
    app.connect("html-page-context", add_byline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
