"""Put the tables of the last `make bench` into benchmarks/README.md.

There, each table is between two comments, the first of which names its script.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(root: Path = ROOT) -> None:
    """Update all tables, or none if the figures of a table are missing."""
    page = root / "benchmarks" / "README.md"

    def filled(place: re.Match) -> str:
        table = root / "_build" / "bench" / f"{place[2]}.md"
        return place[1] + table.read_text(encoding="utf-8") + place[3]

    try:
        text = PLACE.sub(filled, page.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} does not exist. `make bench` creates it in some minutes")
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
