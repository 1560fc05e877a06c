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
PAGE = """# A

<!-- table: training -->
old
<!-- end -->

B
"""
FILLED = """# A

<!-- table: training -->
Seconds:

|  | seconds |
| --- | ---: |
| one way | 1.0 |
| another | 0.5 |

Measured on 2026-01-02: a fast one.
<!-- end -->

B
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "README.md").write_text(PAGE)
    (tmp_path / "chapter_rnn" / "measured").mkdir(parents=True)
    measured = tmp_path / "_build" / "bench"
    measured.mkdir(parents=True)
    for name in ("training", "costs", "workers"):
        (measured / f"{name}.json").write_text(json.dumps(BENCH))
    return tmp_path


def test_tables_and_figures_take_the_place_of_the_old_ones(root):
    for _ in range(2):
        tables.main(root)
        assert (root / "benchmarks" / "README.md").read_text() == FILLED
    copied = {path.name for path in (root / "chapter_rnn" / "measured").iterdir()}
    assert copied == {"costs.json", "workers.json"}
    assert json.loads((root / "chapter_rnn/measured/costs.json").read_text()) == BENCH


@pytest.mark.parametrize("missing", ["training", "costs", "workers"])
def test_what_was_not_measured_is_asked_for_and_nothing_changes(root, missing):
    (root / "_build" / "bench" / f"{missing}.json").unlink()
    with pytest.raises(SystemExit, match=rf"{missing}\.json is not there. `make bench` makes it"):
        tables.main(root)
    assert (root / "benchmarks" / "README.md").read_text() == PAGE
    assert not list((root / "chapter_rnn" / "measured").iterdir())
