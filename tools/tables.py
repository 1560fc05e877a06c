"""Put the tables of the last `make bench` into benchmarks/README.md.

There, each table is between two comments, which name its script.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
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
    """Fill all tables, or none if one of them was not measured."""
    measured, page = root / "_build" / "bench", root / "benchmarks" / "README.md"
    try:
        text = fill(page.read_text(encoding="utf-8"), measured)
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not there. `make bench` makes it, in some minutes")
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
