"""Compare the outputs of a cell with the stored ones: what must be equal, and what may differ."""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from nbformat import NotebookNode

from checks import figures

Outputs = Sequence[NotebookNode]

WIDGET = "application/vnd.jupyter.widget-view+json"  # the names of widgets are random
RTOL_TAG = re.compile(r"nbval-rtol=(\d*\.?\d+)")
# Processors round differently, so that plotted numbers may always differ by so much.
PLOTTED_RTOL = 0.002
# What differs in every run: a process's number in the path of a warning, an address in memory, and times
# that IPython and tqdm measure.
NEVER_COMPARED = {
    r"\bipykernel_\d+/\d+\.py": "CELL",
    r"\bat 0x[0-9a-fA-F]+": "at ADDRESS",
    r"^(CPU times: |Wall time: ).*": r"\1TIME",
    r"^The slowest run took .*\n": "",  # %timeit says so in some runs
    r"^.* ± .* per loop \(mean ± .*\)$": "TIME per loop",
    r"\[\d+:\d\d<.*\]$": "TIME",
}
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


def parse_rtol(tags: Sequence[str]) -> float:
    """Return the relative tolerance in the tags of a cell, such as ``nbval-rtol=0.05``, or 0.0."""
    found = [match for tag in tags if (match := RTOL_TAG.fullmatch(tag))]
    return float(found[0][1]) if found else 0.0


def is_close(stored: str, new: str, rtol: float) -> bool:
    """Tell whether a decimal number is within a relative tolerance of the stored one."""
    if stored.endswith(".") and new.endswith("."):
        # Two whole numbers at the end of a sentence. Next to 49.9, "50." is how NumPy writes 50.0.
        return stored == new
    return abs(float(new) - float(stored)) <= rtol * abs(float(stored))


def settle(stored: str, new: str, rtol: float) -> str:
    """Return the text `new`, with the stored number in place of each number that is close to it.

    Numbers are compared only if the text between them is the same.
    """
    if not rtol or DECIMAL.sub("#", stored) != DECIMAL.sub("#", new):
        return new
    partners = DECIMAL.finditer(stored)

    def settled(match: re.Match) -> str:
        before, now = next(partners)[0], match[0]
        return before if is_close(before.strip(), now.strip(), rtol) else now

    return DECIMAL.sub(settled, new)


def parts(outputs: Outputs) -> dict[str, str]:
    """Return the texts in the outputs that are compared, by a name that says where they are.

    Of a figure, these are its alt text and the texts that are drawn in it.
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
                text = str(content)
                if mime.startswith("image/"):
                    text = output.metadata.get(mime, {}).get("alt", "a picture")
                if mime != WIDGET:
                    found[f"output {number}, {kind}, {mime}"] = text
        if drawn := figures.read(output)[1]:
            found[f"output {number}, texts in the figure"] = drawn
    return found


def plotted_differences(stored: Outputs, new: Outputs, rtol: float) -> Iterator[str]:
    """Yield lines that describe how plotted numbers differ from the stored ones."""
    before, now = (
        {
            f"output {number}, {name}": values
            for number, output in enumerate(outputs, start=1)
            for name, values in figures.read(output)[0].items()
        }
        for outputs in (stored, new)
    )
    for where in before | now:
        old, found = (side.get(where, np.array([])) for side in (before, now))
        if len(old) != len(found):
            yield f"{where}: {len(old)} numbers are stored, now there are {len(found)}"
            continue
        largest = np.abs(old[np.isfinite(old)]).max(initial=0)
        # Where an axis ends follows from all that is drawn.
        least = largest * (max(rtol, PLOTTED_RTOL) if ", limits of " in where else NEARLY_ZERO)
        close = np.isclose(found, old, max(rtol, PLOTTED_RTOL), least, equal_nan=True)
        wrong = np.flatnonzero(~close)
        for place in wrong[:3]:
            yield f"{where}: number {place + 1} is now {found[place]:g}; the stored one is {old[place]:g}"
        if len(wrong) > 3:
            yield f"{where}: {len(wrong) - 3} other numbers differ, too"


def uncompared_figures(outputs: Outputs) -> Iterator[str]:
    """Yield where there is a picture of which no number or text is compared."""
    for number, output in enumerate(outputs, start=1):
        is_picture = any(mime.startswith("image/") for mime in output.get("data", {}))
        numbers, texts = figures.read(output)
        if is_picture and not (numbers or texts):
            yield (
                f"output {number} is a picture of which only the alt text is compared; show it with "
                "checks.figures.show"
            )


def differences(
    stored: Outputs,
    new: Outputs,
    tags: Sequence[str],
    sanitize: Callable[[str], str],
    varying: dict[str, str],
) -> Iterator[str]:
    """Yield lines that describe the differences between the outputs of a cell, each stream in one piece.

    The tags of the cell say what may differ; `sanitize` replaces in a text what may differ in any cell,
    and `varying` has patterns of what may differ in a cell with a tag.
    """
    patterns = NEVER_COMPARED | {varying[tag]: "VARIES" for tag in tags if tag in varying}

    def compared(text: str) -> str:
        for pattern, replacement in patterns.items():
            text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
        return sanitize(text)

    before, now = parts(stored), parts(new)
    for where in before | now:
        if where not in now:
            yield f"{where}: it is missing. The stored output is\n{before[where]}"
        elif where not in before:
            yield f"{where}: nothing is stored. The output is now\n{now[where]}"
        else:
            texts = compared(before[where]), compared(now[where])
            lines = texts[0].split("\n"), settle(*texts, parse_rtol(tags)).split("\n")
            yield from difflib.unified_diff(*lines, f"stored {where}", "now", lineterm="", n=1)
    yield from plotted_differences(stored, new, parse_rtol(tags))
