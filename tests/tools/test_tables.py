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

<!-- ratios: old -->
old
<!-- end -->

<!-- table: costs -->
old
<!-- end -->

B
"""
FILLED = """# A

<!-- ratios: old -->
- **Training**: 2.01 times as fast as the loop as it was usually written, on one core; 2.02 times on 8 cores.
- **Writing**: with `gb.generate` 30.5 times as fast as in that loop for an RNN, 40.5 times for an LSTM.
- **Beside others**: PyTorch trains 1.91 times as fast as that loop, and JAX 3.01 times, on one core; 1.92 and 1.12 times on 8 cores.
<!-- end -->

<!-- table: costs -->
Seconds:

| way | seconds |
| --- | ---: |
| one way | 1.0 |
| another | 0.5 |

Measured on 2026-01-02: a fast one.
<!-- end -->

B
"""

LONG_HEADER = ["", "one core", "spread", "times", "8 cores", "spread", "times"]
TRAINING = BENCH | {
    "header": LONG_HEADER,
    "rows": [
        ["classic loop", "4", "", "1.00", "2", "", "1.00"],
        ["gluonbook, hybridized", "2", "", "2.01", "1", "", "2.02"],
        ["PyTorch, eager", "2", "", "1.91", "1", "", "1.92"],
        ["JAX, compiled", "2", "", "3.01", "1", "", "1.12"],
    ],
}
GENERATION = BENCH | {
    "header": ["", "RNN", "GRU", "LSTM"],
    "rows": [["generate, 300 characters", "30.5 (20.1-40.2)", "-", "40.5 (1.0-50.0)"]],
}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "README.md").write_text(PAGE)
    (tmp_path / "chapter_rnn" / "measured").mkdir(parents=True)
    measured = tmp_path / "_build" / "bench"
    measured.mkdir(parents=True)
    benches = {"training": TRAINING, "generation": GENERATION, "costs": BENCH, "workers": BENCH}
    for name, bench in benches.items():
        (measured / f"{name}.json").write_text(json.dumps(bench))
    return tmp_path


def test_a_table_takes_the_place_of_the_old_one(root):
    tables.main(root)
    assert (root / "benchmarks" / "README.md").read_text() == FILLED
    tables.main(root)
    assert (root / "benchmarks" / "README.md").read_text() == FILLED


def test_where_the_peers_were_left_out_the_ratios_are_ours_alone(root):
    alone = TRAINING | {"rows": TRAINING["rows"][:2]}
    (root / "_build" / "bench" / "training.json").write_text(json.dumps(alone))
    tables.main(root)
    beside_others = FILLED.splitlines(keepends=True)[5]
    assert "JAX" in beside_others
    assert (root / "benchmarks" / "README.md").read_text() == FILLED.replace(beside_others, "")


def test_the_section_on_scaling_gets_its_figures(root):
    tables.main(root)
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
