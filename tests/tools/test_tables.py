"""tools/tables.py: each table of the benchmarks replaces the previous one on their page."""

import pytest

from tools import tables

PAGE = "# A\n\n<!-- table: training -->\n{}<!-- end -->\n\nB\n"


def test_a_measured_table_replaces_the_previous_one(tmp_path):
    page, measured = tmp_path / "benchmarks/README.md", tmp_path / "_build/bench/training.md"
    for path in (page, measured):
        path.parent.mkdir(parents=True)
    page.write_text(PAGE.format("old\n"))
    with pytest.raises(SystemExit, match=r"training\.md does not exist. `make bench` creates it"):
        tables.main(tmp_path)
    assert page.read_text() == PAGE.format("old\n")
    measured.write_text("Seconds:\n\n| | one core |\n")
    for _ in range(2):
        tables.main(tmp_path)
        assert page.read_text() == PAGE.format("Seconds:\n\n| | one core |\n")
