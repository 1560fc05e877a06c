"""Make a program in a shell behave as others do there.

Importing this module, before anything that takes seconds to import, lets Ctrl-C end
``python -m gluonbook`` at once while it still imports, without a traceback.
"""

import contextlib
import os
import shlex
import signal
import sys
from pathlib import Path

COMMAND = "gluonbook"
"""The command that an installed package has."""

# What is run by `-m` has no other name while Python imports its package.
STARTS_NOW = Path((sys.argv or [""])[0]).name in ("-m", COMMAND)
if STARTS_NOW and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def begin() -> None:
    """Begin with the program itself: from here on Ctrl-C is an exception again.

    What a terminal, or a file, cannot show becomes a question mark rather than an error.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")


def typed(*words: str | os.PathLike[str]) -> str:
    """Return a command of this package as one would type it here, to be pasted.

    Parameters
    ----------
    *words : str or path-like
        What stands after the name of the program.
    """
    if Path(sys.argv[0]).name == COMMAND:
        program = [sys.argv[0] if os.sep in sys.argv[0] else COMMAND]
    else:
        python = Path(sys.executable or "python")
        with contextlib.suppress(ValueError):
            python = python.relative_to(Path.cwd())
        program = [python, "-m", "gluonbook"]
    return shlex.join(map(os.fspath, [*program, *words]))
