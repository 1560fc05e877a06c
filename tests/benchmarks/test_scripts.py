"""The scripts of `make bench` put their tables into the page."""

import runpy

import pytest

import gluonbook as gb
from benchmarks import common, frameworks


@pytest.mark.parametrize(
    ("script", "row"),
    [
        ("training", ["LSTM, gluonbook", *["1.5000", "1.000 to 2.000", "1.00"] * 2]),
        ("generation", ["ONNX Runtime", *["2,000"] * 5]),
    ],
)
def test_a_benchmark_replaces_its_table_on_the_page(script, row, monkeypatch, tmp_path):
    monkeypatch.setattr(frameworks, "peers", lambda: [])
    results = {"train": [(7.0, 9.0), (6.0, 1.0), (5.0, 2.0)], "write": ([1, 2], 1.5)}
    monkeypatch.setattr(frameworks, "run", lambda name, cores, weights, task, *_: results[task])
    monkeypatch.setattr(gb, "load_text", lambda: gb.Text("time traveller " * 99))
    monkeypatch.setattr(common, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", [f"{script}.py"])
    page = tmp_path / "benchmarks" / "README.md"
    page.parent.mkdir()
    page.write_text(f"# A\n\n<!-- table: {script} -->\nold\n<!-- end -->\n\nB\n")
    runpy.run_module(f"benchmarks.{script}", run_name="__main__")
    text = page.read_text()
    assert text.startswith(f"# A\n\n<!-- table: {script} -->\n") and "old" not in text
    assert text.endswith(".\n<!-- end -->\n\nB\n")
    table = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    assert row in [[cell.strip() for cell in line] for line in table]
    assert {len(row)} == {len(line) for line in table}
    assert "Measured on 20" in text and "OMP_NUM_THREADS" in text and "mxnet 1.9.1" in text
