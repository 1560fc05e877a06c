"""tools/tables.py: tables go where they are read, and only there."""

import json

import pytest

from tools import tables

BENCH = {
    "title": "Seconds",
    "machine": "a fast one",
    "date": "2026-01-02",
    "header": ["", "seconds"],
    "rows": [["one way", "1.0"], ["another", "0.5"]],
}
TABLE = """Seconds:

|  | seconds |
| --- | ---: |
| one way | 1.0 |
| another | 0.5 |

Measured on 2026-01-02: a fast one.
"""
PAGE = "# A\n\n<!-- table: training -->\n{}<!-- end -->\n\nB\n"


@pytest.fixture
def root(tmp_path):
    for folder in ("benchmarks", "_build/bench"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "benchmarks" / "README.md").write_text(PAGE.format("old\n"))
    (tmp_path / "_build" / "bench" / "training.json").write_text(json.dumps(BENCH))
    return tmp_path


def test_a_table_takes_the_place_of_the_old_one(root):
    for _ in range(2):
        tables.main(root)
        assert (root / "benchmarks" / "README.md").read_text() == PAGE.format(TABLE)


def test_what_was_not_measured_is_asked_for_and_nothing_changes(root):
    (root / "_build" / "bench" / "training.json").unlink()
    with pytest.raises(SystemExit, match=r"training\.json is not there. `make bench` makes it"):
        tables.main(root)
    assert (root / "benchmarks" / "README.md").read_text() == PAGE.format("old\n")
