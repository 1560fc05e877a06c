"""A Sphinx extension with the directive ``letters``, a page of text whose letters tell what they cost.

As with ``train-here``, the directive follows a cell of text that is tagged ``letters``.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.chapter import CHAPTER, ROOT
from gluonbook.runs import load_runs

NAMES = "ruler-counts", "ruler"
MEASURED = ROOT / CHAPTER / "measured"
TEMPLATE = ROOT / "book/_templates/letters.html"


class Letters(SphinxDirective):
    """The figure, for which the stored costs become a file that it loads when it comes into view."""

    def run(self) -> list[nodes.Node]:
        """Return the HTML of the figure."""
        static = self.env.app.outdir / "_static"
        static.mkdir(exist_ok=True)
        for name in NAMES:
            self.env.note_dependency(str(MEASURED / f"{name}.json"))
        data = json.dumps(costs(MEASURED))
        program = f"globalThis.gluonbookLetters = {data};"
        (static / "letters-data.js").write_text(program, encoding="utf-8")
        return [nodes.raw("", TEMPLATE.read_text(encoding="utf-8"), format="html")]


def costs(measured: Path) -> dict:
    """Return the page, what its letters cost each model, and the best table and the best network."""
    tables, networks = (load_runs(measured / f"{name}.json") for name in NAMES)
    by_kind = {}  # the network of each kind at the better of its learning rates
    for run in sorted(networks, key=lambda run: -run.result.get("validation", 0)):
        if "letters" in run.result:
            by_kind[run.setting["kind"]] = run
    networks = list(by_kind.values())
    models = [{"name": run.setting["kind"], **run.result["letters"]} for run in tables + networks]
    best = [min(runs, key=lambda run: run.result["test"]) for runs in (networks, tables)]
    return {
        "string": tables[0].result["page"],
        "models": models,
        "shown": [run.setting["kind"] for run in best],
    }


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("letters", Letters)
