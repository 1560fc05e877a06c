"""Make ``python -m gluonbook`` behave like other programs in a shell.

Importing this module, before anything that takes seconds to import, lets Ctrl-C end the
program at once and without a traceback while it is still importing.
"""

import contextlib
import os
import shlex
import signal
import sys
from pathlib import Path

COMMAND = "gluonbook"
"""The command that comes with the installed package."""

# A module run with `-m` is called just that while Python imports its package.
STARTS_NOW = Path((sys.argv or [""])[0]).name in ("-m", COMMAND)
if STARTS_NOW and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def begin() -> None:
    """Begin with the program itself: from here on Ctrl-C is an exception again.

    A character that a terminal or a file cannot represent becomes a question mark, not an error.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Python has none where a shell or a daemon has closed it.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")


def typed(*words: str | os.PathLike[str]) -> str:
    """Return a command of this package as it would be typed here, ready to paste.

    Parameters
    ----------
    *words : str or path-like
        What follows the name of the program.
    """
    if Path(sys.argv[0]).name == COMMAND:
        program = [sys.argv[0] if os.sep in sys.argv[0] else COMMAND]
    else:
        python = Path(sys.executable or "python")
        with contextlib.suppress(ValueError):
            python = python.relative_to(Path.cwd())
        program = [python, "-m", "gluonbook"]
    return shlex.join(map(os.fspath, [*program, *words]))
