r"""A Sphinx extension that numbers equations by section, as in (7.2).

A notebook numbers its equations from 1, with ``\tag{2}``, because it does not know the number of its
section. Its text and its solutions refer to equations by these numbers, as in *equation (2)* or *equations
(1) and (2)*.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

from book.chapter import CHAPTER, SECTIONS, SOLUTIONS

TAG = re.compile(r"\\tag\{(\d+)\}")
# A number in parentheses need not be an equation: "either open (1) or shut (0)".
REFERENCE = re.compile(r"\b(?:Equation|equation)s?\s\(\d+\)(?:(?:,|\sand|\sto)\s\(\d+\))*")
NUMBER = re.compile(r"\((\d+)\)")


def number_equations(app: Sphinx, page: str, content: list[str]) -> None:
    """Put the number of the section in front of the number of each equation of a notebook."""
    folder, name = Path(page).parent, Path(page).name
    sections = [name for name in SECTIONS if CHAPTER / f"{name}.ipynb" not in app.config.left_out]
    if folder in (CHAPTER, SOLUTIONS) and name in sections:
        content[0] = numbered(content[0], sections.index(name) + 1)


def numbered(text: str, section: int) -> str:
    """Return a text with the equation numbers of a section of the book."""
    text = TAG.sub(rf"\\tag{{{section}.\1}}", text)
    return REFERENCE.sub(lambda found: NUMBER.sub(rf"({section}.\1)", found[0]), text)


def setup(app: Sphinx) -> None:
    """Connect the numbering to the build."""
    app.connect("source-read", number_equations)
