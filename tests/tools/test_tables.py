"""tools/tables.py: figures go where they are read, and only there."""

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
    for folder in ("benchmarks", "chapter_rnn/measured", "_build/bench"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "benchmarks" / "README.md").write_text(PAGE.format("old\n"))
    for name in ("training", "costs", "workers"):
        (tmp_path / "_build" / "bench" / f"{name}.json").write_text(json.dumps(BENCH))
    return tmp_path


def test_tables_and_figures_take_the_place_of_the_old_ones(root):
    for _ in range(2):
        tables.main(root)
        assert (root / "benchmarks" / "README.md").read_text() == PAGE.format(TABLE)
    copied = {path.name: path for path in (root / "chapter_rnn" / "measured").iterdir()}
    assert copied.keys() == {"costs.json", "workers.json"}
    assert json.loads(copied["costs.json"].read_text()) == BENCH


@pytest.mark.parametrize("missing", ["training", "workers"])
def test_what_was_not_measured_is_asked_for_and_nothing_changes(root, missing):
    (root / "_build" / "bench" / f"{missing}.json").unlink()
    with pytest.raises(SystemExit, match=rf"{missing}\.json is not there. `make bench` makes it"):
        tables.main(root)
    assert (root / "benchmarks" / "README.md").read_text() == PAGE.format("old\n")
    assert not list((root / "chapter_rnn" / "measured").iterdir())
