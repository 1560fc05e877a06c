"""Comparing a cell's outputs with the stored ones: what must be the same, and what may differ."""

import difflib
import re

RTOL_TAG = "nbval-rtol"
MODEL_WRITES_TAG = "model-writes"
WRITTEN = re.compile(r"^ - .*$", re.MULTILINE)  # how a line begins that a model wrote
DRAWN_IN_HTML = re.compile(r"<(?:img|svg|figure)\b")

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


# --- numbers ----------------------------------------------------------------------


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
    if len(asked) > 1:
        raise ValueError(f"the tags {asked} ask for two tolerances: keep one")
    name, _, value = asked[0].partition("=")
    try:
        rtol = float(value)
    except ValueError:
        rtol = 0.0
    if name != RTOL_TAG or not 0 < rtol < 1:
        raise ValueError(
            f"the tag {asked[0]!r} is no tolerance: write a number between 0 and 1, "
            f"such as '{RTOL_TAG}=0.05' for 5 %"
        )
    return rtol


def are_whole(stored, new):
    """Tell whether two numbers with a point are whole ones at the end of a sentence.

    Beside 49.9, on the other hand, "50." is how NumPy writes 50.0.
    """
    return stored.endswith(".") and new.endswith(".")


def is_close(stored, new, rtol):
    """Tell whether a decimal number differs from the stored one by at most `rtol` of that."""
    if are_whole(stored, new):
        return stored == new
    return abs(float(new) - float(stored)) <= rtol * abs(float(stored))


def distance(stored, new):
    """Say how far a number is from the stored one."""
    if are_whole(stored, new):
        return "whole numbers are exact"
    gap = float(new) - float(stored)
    if float(stored) == 0:
        return f"off by {gap:+.4g}, and a share of zero is zero"
    return f"off by {gap:+.4g}, which is {abs(gap / float(stored)):.2%}"


def settle_line(stored, new, rtol):
    """Write each number in `new` that is close to its stored partner as it is stored.

    Numbers are partners only if the text between them is the same in both lines.

    Returns
    -------
    line : str
        The line `new`, which equals `stored` if all numbers are close.
    complaints : list of str
        One for each number that is not.
    """
    if not rtol or DECIMAL.sub("#", stored) != DECIMAL.sub("#", new):
        return new, []
    partners = DECIMAL.finditer(stored)
    complaints = []

    def settled(match):
        before, now = next(partners).group(), match.group()
        if is_close(before.strip(), now.strip(), rtol):
            return before
        away = distance(before, now)
        complaints.append(f"stored {before.strip()}, now {now.strip()}: {away}")
        return now

    return DECIMAL.sub(settled, new), complaints


def settle(stored, new, rtol):
    """Settle a text line by line; a text with another number of lines stays as it is.

    Returns
    -------
    text : str
        The text `new`, which equals `stored` if all numbers are close and the rest is the same.
    complaints : list of str
        One for each number that is not close, with the line that it stands in.
    """
    stored_lines, new_lines = stored.split("\n"), new.split("\n")
    if len(stored_lines) != len(new_lines):
        return new, []
    settled, complaints = [], []
    for number, (before, now) in enumerate(zip(stored_lines, new_lines, strict=True), start=1):
        line, off = settle_line(before, now, rtol)
        settled.append(line)
        complaints += [f"line {number}: {complaint}" for complaint in off]
    return "\n".join(settled), complaints


# --- outputs ----------------------------------------------------------------------


def parts(outputs):
    """Return what is compared of a cell's outputs: each part under a name that says where it is.

    The drawing in a figure is not. Its alternative text is, which is the output's plain text.
    """
    found = {}
    for number, output in enumerate(outputs, start=1):
        kind = output.output_type
        if kind == "stream":
            found[f"output {number}, {output.name}"] = output.text
        elif kind == "error":
            found[f"output {number}, error"] = f"{output.ename}: {output.evalue}"
        else:
            where = f"output {number}, {kind.replace('_', ' ')}"
            for mime, content in output.data.items():
                found[f"{where}, {mime}"] = without_drawing(mime, content)
            for mime, content in output.metadata.items():
                found[f"{where}, metadata of {mime}"] = str(content)
    return found


def without_drawing(mime, content):
    """Return what has to stay the same of one form in which an output is stored."""
    drawn = DRAWN_IN_HTML.search(content) if mime == "text/html" else None
    if mime == "image/svg+xml" or drawn:
        return f"a figure {drawn[0] if drawn else ''}"
    return str(content)


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
    rtol = parse_rtol(tags)
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
            settled, complaints = settle(*texts, rtol)
            if settled != texts[0]:
                lines = [text.split("\n") for text in (texts[0], settled)]
                yield from difflib.unified_diff(*lines, f"stored {where}", "now", lineterm="", n=1)
            for complaint in complaints:
                yield f"{complaint}, the tolerance is {rtol:.2%}"
