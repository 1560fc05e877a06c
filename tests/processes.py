"""Processes that tests start, none of which is waited for without a limit."""

import subprocess

from tests import LIMIT


def finished(command, **options):
    """Run a command to its end, and return it with what it has printed."""
    printed = {"capture_output": True, "text": True}
    return subprocess.run(command, check=False, timeout=LIMIT, **printed | options)
