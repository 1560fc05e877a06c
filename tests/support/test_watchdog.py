"""A process that makes no progress ends itself."""

import os
import subprocess
import sys

import pytest

from tests import ROOT


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        # Waiting inside a call that knows no Python, as MXNet's calls do.
        ("start(0.2, 'too long'); ctypes.CDLL(None).sleep(60)", 1, "too long\n"),
        ("start(3600, 'no'); start(0.2, 'now'); time.sleep(60)", 1, "now\n"),
        ("pat(); time.sleep(0.5)", 0, ""),
        ("start(0.2, 'no'); rest(); time.sleep(0.8)", 0, ""),
        ("start(0.2, 'no'); rest(); time.sleep(0.8); pat(); time.sleep(60)", 1, "no\n"),
    ],
)
def test_a_process_without_progress_ends(program, code, said):
    # The module needs none of the others, and they would take seconds to load.
    load = "import ctypes, time; from watchdog import watchdog; "
    names = "start, pat, rest = watchdog.start, watchdog.pat, watchdog.rest; "
    done = subprocess.run(
        [sys.executable, "-c", load + names + program],
        env=os.environ | {"PYTHONPATH": str(ROOT / "gluonbook" / "support")},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert (done.returncode, done.stderr) == (code, said)
