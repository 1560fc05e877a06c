"""Each solution quotes its exercise word for word, apart from the stars."""

import json
import re

import pytest

from tests import ROOT

CHAPTER = ROOT / "chapter_rnn"
SECTIONS = sorted(path.stem for path in CHAPTER.glob("*.ipynb"))


def markdown(path):
    """Return the prose of a notebook, without the targets of links, which differ by folder."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return re.sub(r"\]\([^)]*\)", "]", prose)


def exercises(section):
    """Return the exercises by their numbers."""
    text = markdown(CHAPTER / f"{section}.ipynb").partition("\n## Exercises\n")[2]
    items = re.findall(r"^(\d+)\. ★+ (.*(?:\n(?:   .*)?$)*)", text, re.MULTILINE)
    return {int(number): " ".join(item.split()) for number, item in items}


def quotations(section):
    """Return what the solutions quote, by the numbers of the exercises."""
    text = markdown(CHAPTER / "solutions" / f"{section}.ipynb")
    parts = re.findall(r"^## Exercise (\d+)\n+((?:>.*\n?)+)", text, re.MULTILINE)
    return {
        int(number): " ".join(re.sub(r"^> ?(★+ )?", "", part, flags=re.MULTILINE).split())
        for number, part in parts
    }


@pytest.mark.parametrize("section", SECTIONS)
def test_the_solutions_quote_the_exercises(section):
    asked = exercises(section)
    assert asked
    assert quotations(section) == asked
