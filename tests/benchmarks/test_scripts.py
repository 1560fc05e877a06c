"""The scripts of `make bench` put their tables into the page."""

import runpy

import pytest

import gluonbook as gb
from benchmarks import common, frameworks


@pytest.fixture
def page(monkeypatch, tmp_path):
    """The page, in a folder of its own."""
    monkeypatch.setattr(common, "ROOT", tmp_path)
    (tmp_path / "benchmarks").mkdir()
    return tmp_path / "benchmarks" / "README.md"


@pytest.mark.parametrize(
    ("script", "row"),
    [
        ("training", ["LSTM, gluonbook", *["1.5000", "1.000 to 2.000", "1.00"] * 2]),
        ("generation", ["NumPy", "2,000", "-", "-", "2,000", "-"]),
    ],
)
def test_a_benchmark_replaces_its_table_on_the_page(script, row, monkeypatch, page):
    monkeypatch.setattr(frameworks, "peers", lambda: [])
    results = {"train": [(7.0, 9.0), (6.0, 1.0), (5.0, 2.0)], "write": ([1, 2], 1.5)}
    monkeypatch.setattr(frameworks, "run", lambda name, cores, weights, task, *_: results[task])
    monkeypatch.setattr(gb, "load_text", lambda: gb.Text("time traveller " * 99))
    monkeypatch.setattr("sys.argv", [f"{script}.py"])
    page.write_text(f"# A\n\n<!-- table: {script} -->\nold\n<!-- end -->\n\nB\n")
    runpy.run_module(f"benchmarks.{script}", run_name="__main__")
    text = page.read_text()
    assert text.startswith(f"# A\n\n<!-- table: {script} -->\n") and "old" not in text
    assert text.endswith(".\n<!-- end -->\n\nB\n")
    table = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    assert row in [[cell.strip() for cell in line] for line in table]
    assert {len(row)} == {len(line) for line in table}
    assert "Measured on 20" in text and "OMP_NUM_THREADS" in text and "mxnet 1.9.1" in text


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ("# A\n\nB <!-- end -->\n", "<!-- table: training -->"),
        ("<!-- table: training -->\nold\n\nB\n", "<!-- end -->"),
        ("<!-- table: training -->\nold\n<!-- table: b -->\n<!-- end -->\n", "<!-- end -->"),
    ],
)
def test_a_page_without_a_place_for_the_table_is_left_unchanged(
    content, missing, monkeypatch, page, capsys
):
    monkeypatch.setattr("sys.argv", ["training.py"])
    page.write_text(content)
    with pytest.raises(SystemExit, match=f"README.md lacks the line {missing}"):
        common.save("Seconds", ["", "one core"], [["RNN", "0.07"]])
    assert page.read_text() == content
    assert "| RNN |     0.07 |" in capsys.readouterr().out
