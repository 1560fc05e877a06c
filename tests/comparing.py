"""Comparing a cell's outputs with the stored ones: what must be the same, and what may differ."""

import difflib
import html
import re

RTOL_TAG = "nbval-rtol"
MODEL_WRITES_TAG = "model-writes"
WRITTEN = re.compile(r"^ - .*$", re.MULTILINE)  # how a line begins that a model wrote
DRAWN = re.compile(r"<(?:img|svg|figure)\b")
# The attributes in which a figure has texts for readers who do not see it.
SPOKEN = re.compile(r'\b(?:alt|aria-\w+|data-frames)="([^"]*)"')

DECIMAL = re.compile(
    r"""
    [ ]*                              # blanks align columns and vary with the digits
    (?<![\w.])                        # not the end of a word or of 1.2.3
    [-+]?
    (?: (?:\d+\.\d*|\.\d+) (?:e[-+]?\d+)?
      | \d+ e[-+]?\d+ )
    (?! \w | \.\w )                   # not the beginning of one
    [ ]*
    """,
    re.VERBOSE | re.IGNORECASE,
)


def parse_rtol(tags):
    """Return the relative tolerance that a cell's tags ask for; 0.0 if they ask for none.

    Raises
    ------
    ValueError
        If the tag is malformed, or there are two.
    """
    asked = [tag for tag in tags if tag.startswith(RTOL_TAG)]
    if not asked:
        return 0.0
    name, _, value = asked[0].partition("=")
    try:
        rtol = float(value)
    except ValueError:
        rtol = 0.0
    if len(asked) > 1 or name != RTOL_TAG or not 0 < rtol < 1:
        raise ValueError(
            f"the tags {asked} are no tolerance: write one number between 0 and 1, "
            f"such as '{RTOL_TAG}=0.05' for 5 %"
        )
    return rtol


def distance(stored, new, rtol):
    """Say how far a decimal number is from the stored one; nothing if by at most `rtol` of that."""
    if stored.endswith(".") and new.endswith("."):
        # Two counts at the end of a sentence. Beside 49.9, "50." is how NumPy writes 50.0.
        return "" if stored == new else "whole numbers are exact"
    gap, allowed = float(new) - float(stored), rtol * abs(float(stored))
    return "" if abs(gap) <= allowed else f"off by {gap:+.4g}, where {allowed:.4g} is allowed"


def settle(stored, new, rtol):
    """Write each number in `new` that is close to its stored partner as it is stored.

    Numbers are partners only if the text between all of them is the same.

    Returns
    -------
    text : str
        The text `new`, which equals `stored` if all numbers are close.
    complaints : list of str
        One for each number that is not.
    """
    if not rtol or DECIMAL.sub("#", stored) != DECIMAL.sub("#", new):
        return new, []
    partners = DECIMAL.finditer(stored)
    complaints = []

    def settled(match):
        before, now = next(partners)[0], match[0]
        away = distance(before.strip(), now.strip(), rtol)
        if not away:
            return before
        complaints.append(f"stored {before.strip()}, now {now.strip()}: {away}")
        return now

    return DECIMAL.sub(settled, new), complaints


def parts(outputs):
    """Return what is compared of a cell's outputs: each part under a name that says where it is.

    Of a figure these are the texts for readers who do not see it, and not the drawing.
    """
    found = {}
    for number, output in enumerate(outputs, start=1):
        kind = output.output_type.replace("_", " ")
        if kind == "stream":
            found[f"output {number}, {output.name}"] = output.text
        elif kind == "error":
            found[f"output {number}, error"] = f"{output.ename}: {output.evalue}"
        else:
            for mime, content in output.data.items():
                drawn = DRAWN.search(str(content)) if mime == "text/html" else None
                spoken = map(html.unescape, SPOKEN.findall(str(content)))
                text = "\n".join([f"a figure {drawn[0]}", *spoken]) if drawn else str(content)
                found[f"output {number}, {kind}, {mime}"] = text
    return found


def differences(stored, new, tags, sanitize):
    """Yield what is different in a cell's outputs, in lines to be read.

    Parameters
    ----------
    stored, new : list of NotebookNode
        The outputs, each stream in one piece.
    tags : list of str
        The tags of the cell: they say what may differ.
    sanitize : callable
        Takes a text, and replaces what may differ in any cell.
    """
    before, now = parts(stored), parts(new)
    for where in before | now:
        if where not in now:
            yield f"{where}: it is gone. Stored is\n{before[where]}"
        elif where not in before:
            yield f"{where}: nothing is stored, now it is\n{now[where]}"
        else:
            texts = sanitize(before[where]), sanitize(now[where])
            if MODEL_WRITES_TAG in tags:
                texts = [WRITTEN.sub(" - GENERATED", text) for text in texts]
            settled, complaints = settle(*texts, parse_rtol(tags))
            if settled != texts[0]:
                lines = [text.split("\n") for text in (texts[0], settled)]
                yield from difflib.unified_diff(*lines, f"stored {where}", "now", lineterm="", n=1)
            yield from complaints
