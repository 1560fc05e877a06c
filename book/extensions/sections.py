"""A Sphinx extension that shows, below the title of a section, how long it takes to read, and links to run it."""

import html

from docutils import nodes
from sphinx.application import Sphinx

from book import places
from book.chapter import SOLUTIONS
from book.extensions.folds import Fold

WORDS_A_MINUTE = 200  # for a text to work through; novels are read faster


def words_in(part: nodes.Element) -> int:
    """Count the words in the paragraphs of a part of a page."""
    return sum(len(paragraph.astext().split()) for paragraph in part.findall(nodes.paragraph))


def measure(app: Sphinx, doctree: nodes.document) -> None:
    """Store the reading time of a page, without its code and its notes."""
    num_words = words_in(doctree) - sum(words_in(fold) for fold in doctree.findall(Fold))
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


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.add_config_value("repository", "", "html", str)
    app.connect("doctree-read", measure)
    app.connect("html-page-context", add_byline)
