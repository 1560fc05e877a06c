"""tools/tables.py: tables go where they are read, and only there."""

import json

import pytest

from tools import tables

ROWS = [["one way", "1.0"], ["another", "0.5"]]
BENCH = {"title": "Seconds", "machine": "a fast one", "date": "2026-01-02"}
TABLE = """Seconds:

|  | seconds |
| --- | ---: |
| one way | 1.0 |
| another | 0.5 |

Measured on 2026-01-02: a fast one.
"""
PAGE = "# A\n\n<!-- table: training -->\n{}<!-- end -->\n\nB\n"


def test_a_table_takes_the_place_of_the_old_one_if_it_was_measured(tmp_path):
    page, measured = tmp_path / "benchmarks/README.md", tmp_path / "_build/bench/training.json"
    for path in (page, measured):
        path.parent.mkdir(parents=True)
    page.write_text(PAGE.format("old\n"))
    with pytest.raises(SystemExit, match=r"training\.json does not exist. `make bench` creates it"):
        tables.main(tmp_path)
    assert page.read_text() == PAGE.format("old\n")
    measured.write_text(json.dumps(BENCH | {"header": ["", "seconds"], "rows": ROWS}))
    for _ in range(2):
        tables.main(tmp_path)
        assert page.read_text() == PAGE.format(TABLE)
