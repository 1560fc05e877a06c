"""Put the figures of the last `make bench` where they are read.

A table in benchmarks/README.md is between two comments, which name its script. The section on
scaling reads the files that are copied into its folder.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IN_THE_CHAPTER = ["costs", "workers"]
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(bench: dict) -> str:
    """Return a table in Markdown, and below it what it was measured on."""
    lines = [bench["header"], ["---"] + ["---:"] * (len(bench["header"]) - 1), *bench["rows"]]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{bench['title']}:\n\n{rows}\n\nMeasured on {bench['date']}: {bench['machine']}.\n"


def fill(text: str, measured: Path) -> str:
    """Put every table between the comments that name it."""

    def filled(place: re.Match) -> str:
        path = measured / f"{place[2]}.json"
        return place[1] + table(json.loads(path.read_text(encoding="utf-8"))) + place[3]

    return PLACE.sub(filled, text)


def main(root: Path = ROOT) -> None:
    """Fill the tables, and copy the figures into the chapter: all of it or nothing."""
    measured, page = root / "_build" / "bench", root / "benchmarks" / "README.md"
    try:
        text = fill(page.read_text(encoding="utf-8"), measured)
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
