"""A Sphinx extension for interactive figures.

In ``train-here`` a network learns, ``letters`` shows a page of text, and in ``guess`` readers guess letters.
A notebook cannot contain these directives: JupyterLab would show them as code. Instead, a figure follows a
cell of text whose tag is the name of the directive. The scripts of a figure are loaded when it comes
into view.
"""

import itertools
import json
import math
import re
from pathlib import Path
from statistics import fmean

from docutils import nodes
from jinja2 import Template
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from book.chapter import CHAPTER, ROOT
from book.extensions import writer

MEASURED = ROOT / CHAPTER / "measured"
SHANNON = ROOT / "gluonbook" / "figures" / "shannon-1951.json"
LEAST = 1_000  # characters of a text to train on
MOST = 15_000  # two thirds of it are the 10,000 characters that the chapter trains on
MODELS = {  # whose curves a reader's dots join: their settings in the stored runs
    "Kneser-Ney, from 10,000 characters of the novel": {"kind": "Kneser-Ney", "text": "novel"},
    "Kneser-Ney, from 640,000 characters of Austen": {"kind": "Kneser-Ney", "text": "austen"},
    "a GRU, from the same text of Austen": {"kind": "GRU", "text": "austen", "dropout": 0},
}
SEEN = (0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64, 128)  # letters, by a network
MOST_SEEN = 128  # letters, at the right end of the axis
SEEN_FEW = "three letters seen"
NO_MODEL = {"name": "", "prefix": "", "written": "", "temperature": 0.5}


def stand_in() -> str:
    """Return the text of ours that stands in for the novel, which is not in the repository."""
    path = ROOT / "data" / "time_traveller_retold.txt"
    return path.read_text(encoding="utf-8").replace("\n", " ").lower()


def train_here(env: BuildEnvironment) -> dict:
    """Return the form, and a template of the writer."""
    return {
        "root": "../" * env.docname.count("/"),
        "least": LEAST,
        "most": MOST,
        "text": stand_in()[:MOST],
        "writer": writer.figure_of(NO_MODEL),
    }


def guess(env: BuildEnvironment) -> dict:
    """Return the curves of people and of models, which are drawn here, for paper as well, and letters to guess."""
    people = json.loads(SHANNON.read_text(encoding="utf-8"))
    unread = stand_in()[MOST:]  # another figure shows what comes before
    return {
        "across": across,
        "curves": curves_of_models(MEASURED / "curve.json"),
        "passage": re.sub("[^a-z]+", " ", unread),
        "people": [*zip(*people.values(), strict=True)],
        "points": points,
        "ticks": (0, 1, 2, 4, 8, 16, 32, 100),
    }


def curves_of_models(path: Path) -> dict[str, list[tuple[int, float]]]:
    """Return what a letter costs each model against the letters seen, as pairs of letters and bits."""
    runs, curves = json.loads(path.read_text(encoding="utf-8")), {}
    for name, setting in MODELS.items():
        run = next(run for run in runs if setting.items() <= run["setting"].items())
        seen = itertools.count() if setting["kind"] == "Kneser-Ney" else SEEN
        rows = zip(seen, run["result"]["losses"], strict=False)
        curves[name] = [(length, fmean(row)) for length, row in rows if None not in row]
    return curves


def across(seen: int) -> float:
    """Return where a number of letters is on the axis, in percent."""
    return round(100 * math.log(1 + seen, 1 + MOST_SEEN), 2)


def points(curve: list[tuple[int, float]]) -> str:
    """Return a curve as points of an SVG."""
    return " ".join(f"{across(seen)},{100 - 20 * bits:.2f}" for seen, bits in curve)


def letters(env: BuildEnvironment) -> dict:
    """Write what letters cost each model into a file that the figure loads."""
    static = env.app.outdir / "_static"
    static.mkdir(exist_ok=True)
    data = json.dumps(costs(MEASURED), separators=(",", ":"))
    program = f"globalThis.gluonbookLetters = {data};"
    (static / "letters-data.js").write_text(program, encoding="utf-8")
    return {}


def costs(measured: Path) -> dict:
    """Return the page, what its letters cost each model, with all letters seen or few, and the two to show."""
    (counted,), trained = (
        json.loads((measured / name).read_text(encoding="utf-8"))
        for name in ("curve-page.json", "curve.json")
    )
    found = {"Kneser-Ney": counted["result"]}
    networks = [run for run in trained if "letters" in run["result"]]
    for run in sorted(networks, key=lambda run: run["result"]["validation"]):
        found.setdefault(run["setting"]["kind"], run["result"]["letters"])  # with the best dropout
    few = {f"{name}, {SEEN_FEW}": each["bits after a few letters"] for name, each in found.items()}
    return {
        "string": counted["result"]["string"],
        "models": [
            *({"name": name, **each} for name, each in found.items()),
            *({"name": name, "bits": bits} for name, bits in few.items()),
        ],
        "shown": [f"Kneser-Ney, {SEEN_FEW}", "GRU"],
    }


FIGURES = {"guess": guess, "letters": letters, "train-here": train_here}


class Interactive(SphinxDirective):
    """A figure whose template, and the function that returns what the template needs, have its name."""

    def run(self) -> list[nodes.Node]:
        """Return the HTML of the figure."""
        # Not the templates of the builder: the one that checks links has none.
        path = ROOT / "book" / "_templates" / f"{self.name}.html"
        template = Template(path.read_text(encoding="utf-8"))
        return [nodes.raw("", template.render(FIGURES[self.name](self.env)), format="html")]


def setup(app: Sphinx) -> None:
    """Add the directives."""
    for name in FIGURES:
        app.add_directive(name, Interactive)
