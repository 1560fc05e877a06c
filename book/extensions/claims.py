"""A Sphinx extension that lists the claims of the ledger on their page, and gives each cell an anchor.

The ledger is the file ``claims.toml`` of the chapter. A link such as ``gru.ipynb#cell-id=lag`` on any page
leads to the cell.
"""

import json
import tomllib
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx

from book.chapter import CHAPTER, ROOT, SECTIONS, title_of

LEDGER = CHAPTER / "claims.toml"
CLAIM = """
> {claim}

- **Measured** in [this cell]({section}.ipynb#cell-id={cell}): {figure}.
- **What came closest to overturning it:** {control}{longer}
- **Try it yourself:** open [this control](solutions/{section}.ipynb#cell-id={overturn}), or run `make check NOTEBOOKS=solutions/{section}`.
"""
LONGER = "\n- **In longer trials, which no cell repeats:** "
FALLEN = """
1. <del>{claim}</del> ([*{title}*]({section}.ipynb))

   **It fell to {control}.** {overturned}
"""


def add_claims(app: Sphinx, page: str, content: list[str]) -> None:
    """Add to the page of the ledger the claims of those sections that the book has."""
    if app.env.doc2path(page, base=False) == LEDGER.with_suffix(".md"):
        ledger = tomllib.loads((ROOT / LEDGER).read_text(encoding="utf-8"))
        titles = {
            name: title_of(app.srcdir / CHAPTER / f"{name}.ipynb")
            for name in SECTIONS
            if CHAPTER / f"{name}.ipynb" not in app.config.left_out
        }
        content[0] += "".join(listed(ledger, titles))


def listed(ledger: dict, titles: dict[str, str]) -> Iterator[str]:
    """Yield the text of both lists, for the sections that have a title."""
    yield "\n## What it claims\n"
    for section, title in titles.items():
        claims = [claim for claim in ledger.get("claim", []) if claim["section"] == section]
        yield f"\n### {title}\n" if claims else ""
        for claim in claims:
            longer = LONGER + claim["trials"] if "trials" in claim else ""
            yield CLAIM.format(**claim, longer=longer)
    yield "\n## What fell\n"
    for fallen in ledger["fallen"]:
        if title := titles.get(fallen["section"]):
            yield FALLEN.format(**fallen, title=title.partition(":")[0])


def name_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give each code cell of a notebook an anchor that MyST's links know."""
    path = app.env.doc2path(app.env.docname)
    if path.suffix != ".ipynb":
        return
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    known = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for shown in doctree.findall(nodes.container):
        if shown.get("nb_element") == "cell_code":
            name = f"cell-id={cells[shown['cell_index']]['id']}"
            shown["ids"].append(name)
            known[name] = (None, name, "")


def setup(app: Sphinx) -> None:
    """Connect the functions above to the build."""
    app.connect(
        "source-read", add_claims, priority=300
    )  # before links to missing pages are changed
    app.connect("doctree-read", name_cells)
