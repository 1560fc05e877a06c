"""Processes that tests start, none of which is waited for without a limit."""

import subprocess

from tests import LIMIT


def finished(command, **options):
    """Run a command to its end, and return it with what it has printed."""
    printed = {"capture_output": True, "text": True}
    return subprocess.run(command, check=False, timeout=LIMIT, **printed | options)


class Process(subprocess.Popen):
    """A process that is killed if it takes longer than `LIMIT`, or if its ``with`` block fails."""

    def __exit__(self, exception, *rest):
        if exception:
            self.kill()
        super().__exit__(exception, *rest)

    def communicate(self, input=None, timeout=LIMIT):
        return self._or_kill(super().communicate, input, timeout)

    def wait(self, timeout=LIMIT):
        return self._or_kill(super().wait, timeout)

    def _or_kill(self, wait, *arguments):
        try:
            return wait(*arguments)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
