"""Put the tables of the last `make bench` into benchmarks/README.md.

There, each table is between two comments, the first of which names its script.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(bench: dict) -> str:
    """Return a table in Markdown, followed by the date and the machine of the measurement."""
    lines = [bench["header"], ["---"] + ["---:"] * (len(bench["header"]) - 1), *bench["rows"]]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{bench['title']}:\n\n{rows}\n\nMeasured on {bench['date']}: {bench['machine']}.\n"


def fill(text: str, measured: Path) -> str:
    """Put every table between its comments."""

    def filled(place: re.Match) -> str:
        path = measured / f"{place[2]}.json"
        return place[1] + table(json.loads(path.read_text(encoding="utf-8"))) + place[3]

    return PLACE.sub(filled, text)


def main(root: Path = ROOT) -> None:
    """Update all tables, or none if the figures of a table are missing."""
    measured, page = root / "_build" / "bench", root / "benchmarks" / "README.md"
    try:
        text = fill(page.read_text(encoding="utf-8"), measured)
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} does not exist. `make bench` creates it in some minutes")
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
