"""The figure in which a model writes, made from the description of the model in the output of a cell.

`gluonbook/figures/writer.py` makes the output. A page gets nothing else of it, so that no output brings a
program into the book.
"""

import html
import json
from pathlib import Path
from string import Template

from bs4 import BeautifulSoup

from book.chapter import ROOT

FIGURE = Template((ROOT / "gluonbook/figures/writer.html").read_text(encoding="utf-8"))


def model_in(output: str) -> dict | None:
    """Return the description of the model in the HTML of an output, or None if there is none."""
    found = BeautifulSoup(output, "html.parser").find("script", {"data-model": True})
    return json.loads(found.string) if found else None


def figure_of(model: dict) -> str:
    """Return the HTML of the figure, as it is before its program runs."""
    return FIGURE.substitute({name: html.escape(str(value)) for name, value in model.items()})


def write_model(model: dict, static: Path) -> None:
    """Write the script that makes the model known, by its name, to the program of the figure."""
    static.mkdir(exist_ok=True)
    script = f'(globalThis.gluonbookModels ??= {{}})["{model["name"]}"] = {json.dumps(model)};'
    (static / f"model-{model['name']}.js").write_text(script, encoding="utf-8")
