"""Put the figures of the last `make bench` where they are read.

A table in benchmarks/README.md is between two comments, which name its script. That page begins
with the most important ratios, each of which is in one of the tables. The section on scaling reads
the files that are copied into its folder.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IN_THE_CHAPTER = ["costs", "workers"]
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
PLACE_OF_RATIOS = re.compile(r"(<!-- ratios[^>]*-->\n).*?(<!-- end -->)", re.DOTALL)


def table(bench: dict) -> str:
    """Return a table in Markdown, and below it what it was measured on."""
    header = [bench["header"][0] or "way", *bench["header"][1:]]
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *bench["rows"]]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{bench['title']}:\n\n{rows}\n\nMeasured on {bench['date']}: {bench['machine']}.\n"


def fill(text: str, measured: Path) -> str:
    """Put every table between the comments that name it."""

    def filled(place: re.Match) -> str:
        path = measured / f"{place[2]}.json"
        return place[1] + table(json.loads(path.read_text(encoding="utf-8"))) + place[3]

    return PLACE.sub(filled, text)


def ratios(measured: Path) -> str:
    """Return how fast training and generation are, compared with the classic loop and the peers."""

    def rows(name: str) -> dict[str, list[str]]:
        bench = json.loads((measured / f"{name}.json").read_text(encoding="utf-8"))
        return {row[0]: row for row in [bench["header"], *bench["rows"]]}

    training, writing = rows("training"), rows("generation")
    # On one core and on all: seconds, spread, and times as fast as the classic loop.
    cores, on_one, on_all = training[""][4], 3, 6
    ours, generated = training["gluonbook, hybridized"], writing["generate, 300 characters"]
    rnn, lstm = (generated[writing[""].index(layer)].split()[0] for layer in ("RNN", "LSTM"))
    lines = [
        f"- **Training**: {ours[on_one]} times as fast as the loop as it was usually written, on "
        f"one core; {ours[on_all]} times on {cores}.",
        f"- **Writing**: with `gb.generate` {rnn} times as fast as in that loop for an RNN, {lstm} "
        "times for an LSTM.",
    ]
    if {"PyTorch, eager", "JAX, compiled"} <= training.keys():
        pytorch, jax = training["PyTorch, eager"], training["JAX, compiled"]
        lines.append(
            f"- **Beside others**: PyTorch trains {pytorch[on_one]} times as fast as that loop, and "
            f"JAX {jax[on_one]} times, on one core; {pytorch[on_all]} and {jax[on_all]} times on "
            f"{cores}."
        )
    return "".join(f"{line}\n" for line in lines)


def main(root: Path = ROOT) -> None:
    """Fill tables and ratios, and copy the figures into the chapter: all of it or nothing."""
    measured, page = root / "_build" / "bench", root / "benchmarks" / "README.md"
    try:
        text = fill(page.read_text(encoding="utf-8"), measured)
        text = PLACE_OF_RATIOS.sub(lambda place: place[1] + ratios(measured) + place[2], text)
        figures = {
            f"{name}.json": (measured / f"{name}.json").read_bytes() for name in IN_THE_CHAPTER
        }
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not there. `make bench` makes it, in some minutes")
    page.write_text(text, encoding="utf-8")
    for name, content in figures.items():
        (root / "chapter_rnn" / "measured" / name).write_bytes(content)


if __name__ == "__main__":
    main()
