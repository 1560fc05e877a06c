"""A Sphinx extension for the tables of contents and for what else a setting cannot change in a page."""

import inspect
from pathlib import Path

from sphinx.application import Sphinx

from book import places
from book.chapter import CHAPTER, INDEX, PAGES, ROOT, SECTIONS, SOLUTIONS, title_of


def jupyter_slug(heading: str) -> str:
    """Return the anchor that Jupyter gives a heading, so that a link works in both places."""
    return heading.replace(" ", "-")


def name_repository(app: Sphinx, path: Path, page: str, content: list[str]) -> None:
    """Replace the repository that the README says to clone, and its image, with those of this book."""
    if app.config.repository:
        this_one = places.GITHUB + app.config.repository
        content[0] = content[0].replace(places.address(ROOT), this_one)
        content[0] = content[0].replace(
            f"ghcr.io/{places.PLACEHOLDER}", f"ghcr.io/{app.config.repository.lower()}"
        )


def add_contents(app: Sphinx, page: str, content: list[str]) -> None:
    """Add the book's tables of contents, in the order of the links on the chapter's page."""
    path, missing = app.env.doc2path(page, base=False), app.config.left_out
    sections = [name for name in SECTIONS if CHAPTER / f"{name}.ipynb" not in missing]
    if path == INDEX:
        content[0] += toctree(sections, ":hidden:", ":numbered:")
        solutions = [] if SOLUTIONS / "index.md" in missing else ["solutions/index"]
        content[0] += toctree(PAGES + solutions, ":hidden:")
    if path == SOLUTIONS / "index.md":
        titles = [title_of(app.srcdir / SOLUTIONS / f"{name}.ipynb") for name in sections]
        # The list of solutions need not repeat what all of its titles begin with.
        short = [title.removeprefix("Solutions: ") for title in titles]
        entries = [f"{title} <{name}>" for title, name in zip(short, sections, strict=True)]
        content[0] += toctree(entries, ":titlesonly:")


def toctree(entries: list[str], *options: str) -> str:
    """Return a table of contents in the form that Sphinx reads."""
    return "\n".join(["", "```{toctree}", *options, "", *entries, "```", ""])


def signature_without_mxnet(
    app: Sphinx, what: str, name: str, documented: object, options: dict, shown: str, result: str
) -> tuple[str, str] | None:
    """Return the signature of a class that inherits from what stands in for a class of MXNet."""
    if what != "class" or shown != "(*args, **kwargs)":
        return None
    _self, *parameters = inspect.signature(documented.__init__).parameters.values()
    return str(inspect.Signature(parameters)), result


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-signature", signature_without_mxnet)
    app.connect("source-read", add_contents)
    app.connect("include-read", name_repository)
