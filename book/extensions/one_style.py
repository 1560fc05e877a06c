"""One style sheet for all pages, with the rules that a page of the book can use.

A browser shows nothing before the last style sheet has arrived. Sphinx, its extensions and the
theme bring a dozen, half a megabyte, mostly for parts that this book does not have.
`conf.py` loads this as an extension; the sheets that it names are joined, too.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import tinycss2
from sphinx.application import Sphinx
from tinycss2.ast import Node

ONE_STYLE = "_static/styles.css"
# Sphinx knows the sheets of its extensions. The theme's template names these before them.
THEME = ["_static/basic.css", "_static/styles/pydata-sphinx-theme.css"]

ADDRESS = re.compile(r"""url\((?!["']?data:)["']?([^"')]*)["']?\)""")
SCRIPT = re.compile(r'<script[^>]* src="[^"?]*(_static/[^"?]*)')
WORD = re.compile(r"[\w-]+")


def write_one_style(app: Sphinx, error: Exception | None) -> None:
    """Join the style sheets of the built book, in the order in which they apply."""
    if error or app.builder.format != "html":
        return
    book = Path(app.outdir)
    known = sorted(app.builder.globalcontext["css_files"], key=lambda sheet: sheet.priority)
    words = words_of_pages(book)
    parts = []
    for name in [*THEME, *(sheet.filename for sheet in known)]:
        rules = tinycss2.parse_stylesheet(moved_sheet(book, name), True, True)
        parts.append(f"/* {name} */\n" + "\n".join(used_rules(rules, words)))
    (book / ONE_STYLE).write_text("\n".join(parts) + "\n", encoding="utf-8")


def words_of_pages(book: Path) -> set[str]:
    """Return every word of the pages and of their scripts.

    A class or an id that is not among them is on no element, and no script puts it on one.
    """
    paths = [path for path in book.rglob("*.html") if path.parent.name != "_static"]
    pages = [path.read_text(encoding="utf-8") for path in paths]
    names = {name for page in pages for name in SCRIPT.findall(page)}
    scripts = [(book / name).read_text(encoding="utf-8") for name in names]
    return {word for text in pages + scripts for word in WORD.findall(text)}


def moved_sheet(book: Path, name: str) -> str:
    """Return a style sheet whose addresses are right in the folder of `ONE_STYLE`."""
    folder = Path(name).parent.relative_to(Path(ONE_STYLE).parent)
    sheet = (book / name).read_text(encoding="utf-8")
    return ADDRESS.sub(lambda address: f'url("{(folder / address[1]).as_posix()}")', sheet)


def used_rules(rules: Iterable[Node], words: set[str]) -> Iterator[str]:
    """Yield those of a sheet's rules that may apply to something in pages with these words.

    Raises
    ------
    ValueError
        If something cannot be read, or is an unexpected kind of rule.
    """
    for rule in rules:
        if rule.type == "qualified-rule":
            if any(words.issuperset(named) for named in names_of_selectors(rule.prelude)):
                yield f"{short(rule.prelude)}{{{short(rule.content)}}}"
        elif rule.type != "at-rule":
            raise ValueError(f"a style sheet cannot be read: {rule.serialize()}")
        elif rule.lower_at_keyword in ("container", "media", "supports"):
            inner = used_rules(tinycss2.parse_rule_list(rule.content, True, True), words)
            if text := "\n".join(inner):
                yield f"@{rule.at_keyword} {short(rule.prelude)}{{{text}}}"
        elif rule.lower_at_keyword in ("font-face", "keyframes", "page"):
            yield f"@{rule.at_keyword} {short(rule.prelude)}{{{short(rule.content)}}}"
        elif rule.lower_at_keyword != "charset":
            raise ValueError(f"unexpected kind of rule in a style sheet: {rule.serialize()}")


def names_of_selectors(prelude: Iterable[Node]) -> list[set[str]]:
    """Return the words that name classes and ids in each selector of a rule.

    What is in parentheses, as in ``:not(.name)``, may be missing on the page.
    """
    selectors, before = [set()], None
    for token in prelude:
        if token == ",":
            selectors.append(set())
        elif token.type == "hash" or (token.type == "ident" and before == "."):
            selectors[-1].update(WORD.findall(token.value))
        before = token
    return selectors


def short(tokens: Iterable[Node]) -> str:
    """Return a part of a style sheet as text without comments and line breaks."""
    kept = (token for token in tokens if token.type != "comment")
    return "".join(
        " " if token.type == "whitespace" else token.serialize() for token in kept
    ).strip()


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to the build, after the theme has set the colours of code."""
    app.connect("build-finished", write_one_style, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
