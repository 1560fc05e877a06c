""".ci/weekly: the links of the book are checked."""

import sys

from tests import ROOT
from tests.processes import finished


def test_links_are_checked_on_the_page_where_a_network_learns(tmp_path):
    (tmp_path / "index.md").write_text(
        "# Page\n\n```{train-here}\n```\n[Nobody answers](http://127.0.0.1:9/)"
    )
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "linkcheck", "-c", ROOT / "book"]
    finished([*command, tmp_path, tmp_path / "links"], cwd=ROOT)
    assert "[broken] http://127.0.0.1:9/" in (tmp_path / "links" / "output.txt").read_text()
