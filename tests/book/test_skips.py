"""Where there is no browser, what needs one is skipped; in CI it fails."""

import subprocess
import sys

from tests import LIMIT, ROOT


def test_in_ci_a_missing_browser_is_a_failure(tmp_path):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n0", "-k", "copied"]
    done = subprocess.run(
        [*command, "tests/browser/test_reading.py"],
        cwd=ROOT,
        # No program is found.
        env={"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "CI": "true"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 1
    assert "no Chromium here" in done.stdout and "skipped" not in done.stdout
