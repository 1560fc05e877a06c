"""Where there is no browser, one line says what is skipped; in CI nothing is."""

import subprocess
import sys

import pytest

from tests import ROOT


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_is_skipped_without_a_browser_is_said_in_one_line(tmp_path, workers):
    done = without_programs(tmp_path, "-n", workers)
    (line,) = [line for line in done.stdout.splitlines() if "Chromium" in line]
    assert line == (
        "skipped, 2 tests: no Chromium here, so the pages are not opened: apt-get install chromium"
    )
    assert done.returncode == 0


def test_in_ci_a_missing_browser_is_a_failure(tmp_path):
    done = without_programs(tmp_path, "-n0", CI="true")
    assert done.returncode == 1
    assert "no Chromium here" in done.stdout and "skipped" not in done.stdout


def without_programs(folder, *arguments, **environment):
    """Run two tests that need a browser where no program is found."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "copied"]
    command += [*arguments, "tests/browser/test_reading.py"]
    environment = {"PATH": str(folder), **environment}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
