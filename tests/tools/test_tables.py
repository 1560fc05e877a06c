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
PAGE = "# A\n\n<!-- table: training -->\nold\n<!-- end -->\n\nB\n"
FILLED = """# A

<!-- table: training -->
Seconds:

| way | seconds |
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


def test_a_table_takes_the_place_of_the_old_one(root):
    tables.main(root)
    assert (root / "benchmarks" / "README.md").read_text() == FILLED
    tables.main(root)
    assert (root / "benchmarks" / "README.md").read_text() == FILLED


def test_the_section_on_scaling_gets_its_figures(root):
    tables.main(root)
    copied = {path.name for path in (root / "chapter_rnn" / "measured").iterdir()}
    assert copied == {"costs.json", "workers.json"}
    assert json.loads((root / "chapter_rnn/measured/costs.json").read_text()) == BENCH


@pytest.mark.parametrize("missing", ["training", "workers"])
def test_what_was_not_measured_is_asked_for_and_nothing_changes(root, missing):
    (root / "_build" / "bench" / f"{missing}.json").unlink()
    with pytest.raises(SystemExit, match=rf"{missing}\.json is not there. `make bench` measures"):
        tables.main(root)
    assert (root / "benchmarks" / "README.md").read_text() == PAGE
    assert not list((root / "chapter_rnn" / "measured").iterdir())
