"""The scripts of `make bench` store their tables where `make tables` looks for them."""

import contextlib
import itertools
import runpy

import pytest

import gluonbook as gb
from benchmarks import common, frameworks


@pytest.mark.parametrize(
    ("script", "row"),
    [
        ("training", ["LSTM, gluonbook", *["1.5000", "1.000 to 2.000", "1.00"] * 2]),
        ("generation", ["ONNX Runtime", *["3,000"] * 5]),
    ],
)
def test_a_benchmark_stores_its_table(script, row, monkeypatch, tmp_path):
    monkeypatch.setattr(frameworks, "peers", lambda: [])
    monkeypatch.setattr(frameworks, "train", lambda *task: [1.0, 2.0])
    monkeypatch.setattr(frameworks, "writer", lambda *task: contextlib.nullcontext(lambda: None))
    monkeypatch.setattr("time.perf_counter", itertools.count().__next__)
    monkeypatch.setattr(gb, "load_text", lambda: gb.Text("time traveller " * 99))
    monkeypatch.setattr(common, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", [f"{script}.py"])
    runpy.run_module(f"benchmarks.{script}", run_name="__main__")
    text = (tmp_path / "_build" / "bench" / f"{script}.md").read_text()
    table = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    assert row in [[cell.strip() for cell in line] for line in table]
    assert {len(row)} == {len(line) for line in table}
    assert "Measured on 20" in text and "OMP_NUM_THREADS" in text and "mxnet 1.9.1" in text
