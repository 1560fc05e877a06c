""".ci/weekly: a failure is told, and the links of the book are checked."""

import os
import sys

from tests import ROOT
from tests.processes import finished

GH = """#!/bin/sh
case "$1 $2" in
"issue list") echo "Weekly: job (links) fails" ;;
"issue create") echo "$6" >>created ;;
"api --paginate") printf 'job (links)\\njob (wheels)\\ntest / test (3.11)\\n' ;;
esac
"""


def test_each_failing_job_has_an_issue_and_only_one(tmp_path):
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "weekly").symlink_to(ROOT / ".ci" / "weekly")
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    here = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "RUN": "https://x.org"}
    here |= {"GH_REPO": "someone/a-book", "GITHUB_RUN_ID": "1"}
    done = finished([tmp_path / ".ci" / "weekly", "tell"], env=here)
    assert done.returncode == 0, done.stderr
    told = (tmp_path / "created").read_text()
    assert told == "Weekly: job (wheels) fails\nWeekly: test / test (3.11) fails\n"


def test_links_are_checked_on_the_page_where_a_network_learns(tmp_path):
    (tmp_path / "index.md").write_text(
        "# Page\n\n```{train-here}\n```\n[Nobody answers](http://127.0.0.1:9/)"
    )
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "linkcheck", "-c", ROOT / "book"]
    finished([*command, tmp_path, tmp_path / "links"], cwd=ROOT)
    assert "[broken] http://127.0.0.1:9/" in (tmp_path / "links" / "output.txt").read_text()
