"""The rules that every notebook follows.

A rule takes a `Notebook` and yields complaints, which say where the problem is, what is wrong and what to
do. It executes nothing. The setting ``rules`` names a module that has more of them.
"""

import ast
import copy
import difflib
import importlib
import re
from collections.abc import Iterator

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from markdown_it import MarkdownIt

from checks.assertions import asserts_in, holds_always
from checks.comparing import RTOL_TAG, parse_rtol
from checks.figures import KEY
from checks.notebook import Notebook, cells, is_executed, sealed_figures, tags, tidy

TAGS = ("hide-input", "nbval-ignore-output", "raises-exception")
WITHOUT_ALT_TEXT = re.compile(r"""<img(?![^>]* alt=["'] *[^"' ])""")
LOOSE = 0.2  # a tolerance so wide that it compares little

Complaints = Iterator[str]


# --- what is stored ----------------------------------------------------------------


def executed_in_order(notebook: Notebook) -> Complaints:
    """Every code cell was executed, from top to bottom, in a new kernel."""
    executed = (found for found in cells(notebook, "code") if is_executed(found[1]))
    for expected, (where, cell) in enumerate(executed, start=1):
        if cell.execution_count != expected:
            yield (
                f"{where}: its execution count is {cell.execution_count}, not {expected}. "
                f"{notebook.to_store} executes all cells in order; delete an empty cell"
            )


def outputs_have_allowed_types(notebook: Notebook) -> Complaints:
    """An output has none but the types that the settings name, if they name any."""
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            allowed = {*notebook.settings.mime_types} or output.get("data", {}).keys()
            if others := output.get("data", {}).keys() - allowed:
                yield f"{where}: its output is of type {', '.join(sorted(others))}. Print text instead"


def figures_have_alt_text(notebook: Notebook) -> Complaints:
    """Each figure and each picture has an alt text."""
    for where, cell in cells(notebook, "markdown"):
        if WITHOUT_ALT_TEXT.search(MarkdownIt().render(cell.source)):
            yield f"{where}: a picture has no alt text; write it between the brackets"
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            about = output.get("metadata", {}).get("image/png", {})
            if "image/png" in output.get("data", {}) and not about.get("alt", "").strip():
                yield f"{where}: the figure has no alt text; use {notebook.settings.show}"


def figures_are_those_of_their_cells(notebook: Notebook) -> Complaints:
    """Each figure was stored with the code that its cell has now, and nobody has exchanged the picture."""
    for where, cell in cells(notebook, "code"):
        for figure, seal in sealed_figures(cell):
            if figure.metadata.get(KEY, {}).get("seal") != seal:
                yield (
                    f"{where}: the code or the figure has changed since they were stored together; "
                    f"{notebook.to_store} stores them again"
                )


def stored_as_refreshed(notebook: Notebook) -> Complaints:
    """The file is a valid notebook, and has no metadata of an editor or a run if it is to be tidy."""
    name, content = notebook.path.name, copy.deepcopy(notebook.content)
    # An author who wants tidy files wants their cells to have ids.
    minor = 5 if notebook.settings.tidy else content.nbformat_minor
    try:
        nbformat.validate(content, version=4, version_minor=minor)
    except (nbformat.ValidationError, Warning) as error:  # pytest raises warnings, too
        yield f"{name}: it is not a valid notebook of format 4.{minor}: {error}"
    tidy(content)
    if notebook.settings.tidy and content != notebook.content:
        yield f"{name}: its metadata are not those of a clean run; {notebook.to_store} corrects them"


# --- code, tags and assertions -----------------------------------------------------


def python_of(source: str) -> str:
    """Return the code of a cell, with its magics and shell lines as IPython runs them, if it is Python."""
    code = TransformerManager().transform_cell(source)
    try:
        ast.parse(code)
    except SyntaxError:  # a cell may show one
        return ""
    return code


def tags_are_known(notebook: Notebook) -> Complaints:
    """Each tag is in the list, if there is one, and no code has a comment that nbval would follow."""
    settings = notebook.settings
    known = [*TAGS, *settings.varying, *settings.tags, settings.input_tag]
    for where, cell in cells(notebook, "code", "markdown", "raw"):
        for tag in tags(cell):
            if tag in known or RTOL_TAG.fullmatch(tag):
                continue
            near = difflib.get_close_matches(tag, [*known, "nbval-rtol=0.05"], 1)
            ask = f"did you mean {near[0]!r}?" if near else f"the tags are {', '.join(known)}"
            if near or settings.tags:
                yield f"{where}: the tag {tag!r} is unknown; {ask}"
        if comment := re.search(r"#\s*((NBVAL|PYTEST_VALIDATE)_\w+)", cell.source):
            yield f"{where}: delete the comment {comment[1]}, and use a tag"


def uncompared_cells_assert(notebook: Notebook) -> Complaints:
    """A cell whose output is hardly compared has an assertion, in the cell or in its checks."""
    for where, cell in cells(notebook, "code"):
        compared = "nbval-ignore-output" not in tags(cell) and parse_rtol(tags(cell)) < LOOSE
        beside = asserts_in(notebook.blocks.get(cell.get("id"), ""))
        if not compared and not any((*asserts_in(python_of(cell.source)), *beside)):
            yield (
                f"{where}: its output is not compared, or only loosely. It therefore needs an assert, "
                f"or a block '# after {cell.get('id')}' in {notebook.assertions}"
            )


def assertions_name_cells(notebook: Notebook) -> Complaints:
    """Each block of assertions about a notebook names one of its code cells."""
    ids = {cell.get("id") for _, cell in cells(notebook, "code")}
    for cell_id in notebook.blocks.keys() - ids:
        yield f"{notebook.assertions}: {notebook.path.name} has no code cell {cell_id!r}"


def assertions_can_fail(notebook: Notebook) -> Complaints:
    """No assertion holds whatever the notebook computes, as ``True or x > 1`` does."""
    for block in notebook.blocks.values():
        for found in asserts_in(block):
            if holds_always(found.test):
                yield f"{notebook.assertions}, line {found.lineno}: this assertion cannot fail"


RULES = (
    executed_in_order,
    outputs_have_allowed_types,
    figures_have_alt_text,
    figures_are_those_of_their_cells,
    stored_as_refreshed,
    tags_are_known,
    uncompared_cells_assert,
    assertions_name_cells,
    assertions_can_fail,
)


def complaints(notebook: Notebook) -> list[str]:
    """Return all complaints about a notebook."""
    settings = notebook.settings
    more = importlib.import_module(settings.rules).RULES if settings.rules else ()
    rules = [rule for rule in (*RULES, *more) if rule.__name__ not in settings.without_rules]
    return [line for rule in rules for line in rule(notebook)]
