"""Processes that tests start, none of which is waited for without a limit."""

import contextlib
import subprocess

from tests import LIMIT


def finished(command, **options):
    """Run a command to its end, and return it with what it has printed."""
    printed = {"capture_output": True, "text": True}
    return subprocess.run(command, check=False, timeout=LIMIT, **printed | options)


@contextlib.contextmanager
def running(command, **options):
    """Start a command whose output the ``with`` block can read, and which does not outlive the block."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, **options) as process:
        try:
            yield process
        finally:
            process.kill()
