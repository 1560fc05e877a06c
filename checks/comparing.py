"""Compare the outputs of a cell with the stored ones: what must be equal, and what may differ."""

import difflib
import re

import numpy as np

RTOL_TAG = "nbval-rtol="
MODEL_WRITES_TAG = "model-writes"
WRITTEN = re.compile(r"^ - .*$", re.MULTILINE)  # a line that a model generated
# Processors round differently, so that plotted numbers may always differ by so much.
PLOTTED_RTOL = 0.002
NEARLY_ZERO = 1e-6  # a share of the largest plotted number, as that of rounding errors

DECIMAL = re.compile(
    r"""
    [ ]*                              # spaces align columns and vary with the digits
    (?<![\w.])                        # not at the end of a word or of 1.2.3
    [-+]?
    (?: (?:\d+\.\d*|\.\d+) (?:e[-+]?\d+)?
      | \d+ e[-+]?\d+ )
    (?! \w | \.\w )                   # not at the beginning of one
    [ ]*
    """,
    re.VERBOSE | re.IGNORECASE,
)


def parse_rtol(tags):
    """Return the relative tolerance in the tags of a cell, such as ``nbval-rtol=0.05``, or 0.0."""
    asked = [tag.removeprefix(RTOL_TAG) for tag in tags if tag.startswith(RTOL_TAG)]
    return float(asked[0]) if asked else 0.0


def is_close(stored, new, rtol):
    """Tell whether a decimal number is within a relative tolerance of the stored one."""
    if stored.endswith(".") and new.endswith("."):
        # Two whole numbers at the end of a sentence. Next to 49.9, "50." is how NumPy writes 50.0.
        return stored == new
    return abs(float(new) - float(stored)) <= rtol * abs(float(stored))


def settle(stored, new, rtol):
    """Return the text `new`, with the stored number in place of each number that is close to it.

    Numbers are compared only if the text between them is the same.
    """
    if not rtol or DECIMAL.sub("#", stored) != DECIMAL.sub("#", new):
        return new
    partners = DECIMAL.finditer(stored)

    def settled(match):
        before, now = next(partners)[0], match[0]
        return before if is_close(before.strip(), now.strip(), rtol) else now

    return DECIMAL.sub(settled, new)


def parts(outputs):
    """Return the parts of the outputs that are compared, by a name that says where they are.

    Of a figure, the alt text is compared, but not the picture; `plotted_numbers` has the rest.
    """
    found = {}
    for number, output in enumerate(outputs, start=1):
        kind = output.output_type.replace("_", " ")
        if kind == "stream":
            found[f"output {number}, {output.name}"] = output.text
        else:
            for mime, content in output.data.items():
                text = str(content)
                if mime == "image/png":
                    text = output.metadata.get(mime, {}).get("alt", "a picture")
                found[f"output {number}, {kind}, {mime}"] = text
    return found


def plotted_numbers(outputs):
    """Return the numbers in the figures by a name that says where they are.

    They are stored in the metadata of the output as ``{"book": {"plotted": ["line 1: 0.5 1.25"]}}``, under
    any name in place of *book*.
    """
    found = {}
    for number, output in enumerate(outputs, start=1):
        metadata = [each for each in output.get("metadata", {}).values() if isinstance(each, dict)]
        stored = [text for each in metadata for text in each.get("plotted", [])]
        for place, text in enumerate(stored, start=1):
            name, _, numbers = text.rpartition(": ")
            found[f"output {number}, row {place} of what is plotted, {name}"] = numbers.split()
    return found


def plotted_differences(stored, new, rtol):
    """Yield lines that describe how plotted numbers differ from the stored ones."""
    before, now = plotted_numbers(stored), plotted_numbers(new)
    for where in before | now:
        old, found = (np.array(side.get(where, []), dtype=float) for side in (before, now))
        if len(old) != len(found):
            yield f"{where}: {len(old)} numbers are stored, now there are {len(found)}"
            continue
        least = NEARLY_ZERO * np.abs(old[np.isfinite(old)]).max(initial=0)
        close = np.isclose(found, old, max(rtol, PLOTTED_RTOL), least, equal_nan=True)
        for place in np.flatnonzero(~close):
            yield f"{where}: number {place + 1} is now {found[place]:g}; the stored one is {old[place]:g}"


def differences(stored, new, tags, sanitize):
    """Yield lines that describe the differences between the outputs of a cell, each stream in one piece.

    The tags of the cell say what may differ; `sanitize` replaces in a text what may differ in any cell.
    """
    before, now = parts(stored), parts(new)
    for where in before | now:
        if where not in now:
            yield f"{where}: it is missing. The stored output is\n{before[where]}"
        elif where not in before:
            yield f"{where}: nothing is stored. The output is now\n{now[where]}"
        else:
            texts = sanitize(before[where]), sanitize(now[where])
            if MODEL_WRITES_TAG in tags:
                texts = [WRITTEN.sub(" - GENERATED", text) for text in texts]
            lines = texts[0].split("\n"), settle(*texts, parse_rtol(tags)).split("\n")
            yield from difflib.unified_diff(*lines, f"stored {where}", "now", lineterm="", n=1)
    yield from plotted_differences(stored, new, parse_rtol(tags))
