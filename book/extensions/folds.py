"""A Sphinx extension for notes, which are folded until a reader opens them.

In a notebook, a note is a cell of text inside ``<details><summary>Title</summary>`` and ``</details>``, which
JupyterLab folds, too. Browsers open a note when a reader follows a link into it, or searches for its words.
"""

import html
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

NOTE = re.compile(
    r"<details><summary>([^<\n]+)</summary>\n\n((?:(?!</?details).)+)\n\n</details>", re.DOTALL
)
FENCE = "`" * 10  # longer than those inside


class Fold(nodes.General, nodes.Element):
    """A part that can be opened, below its `summary`."""


class Note(SphinxDirective):
    """A note; the arguments are the id of its cell and its title."""

    required_arguments, has_content, final_argument_whitespace = 2, True, True

    def run(self) -> list[nodes.Node]:
        """Return the folded content."""
        cell_id, title = self.arguments
        fold = Fold(ids=[f"cell-id={cell_id}"], summary=title)
        self.state.nested_parse(self.content, self.content_offset, fold)
        return [fold]


def with_directive(cell: dict, page: str) -> list[str]:
    """Return the source of a cell of text, with a note in the form that Sphinx reads."""
    source = "".join(cell["source"])
    if "<details" not in source:
        return cell["source"]
    if not (note := NOTE.fullmatch(source.strip())):
        raise ExtensionError(
            f"{page}, cell {cell['id']}: a note is a cell of its own, which begins with "
            "<details><summary>Title</summary> and ends with </details>, with blank lines between"
        )
    title = html.unescape(note[1])
    return [f"{FENCE}{{fold}} {cell['id']} {title}\n", note[2], f"\n{FENCE}\n"]


def open_fold(writer: nodes.NodeVisitor, fold: Fold) -> None:
    """Write what stands before the content, whose id opens the fold when a link leads there."""
    summary = html.escape(fold["summary"])
    writer.body.append(f'<details class="note"><summary>{summary}</summary>\n')
    writer.body.append(writer.starttag({"ids": fold["ids"]}, "div"))


def close_fold(writer: nodes.NodeVisitor, fold: Fold) -> None:
    """Write what stands after the content."""
    writer.body.append("</div></details>\n")


def setup(app: Sphinx) -> None:
    """Add the directive and the HTML of folds."""
    app.add_node(Fold, html=(open_fold, close_fold))
    app.add_directive("fold", Note)
