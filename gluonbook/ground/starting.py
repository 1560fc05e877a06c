"""End the command ``gluonbook`` without a traceback on Ctrl-C while it is still importing packages."""

import os
import signal
import sys

INTERRUPTED = 130  # the exit code that a shell expects of a program that was interrupted


def begin():
    """Let Ctrl-C raise a KeyboardInterrupt again, after everything has been imported."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# Python has not found the module yet that it runs as `python -m gluonbook`.
is_module = sys.argv[0] == "-m" and "gluonbook" in sys.orig_argv
is_command = is_module or os.path.basename(sys.argv[0]) == "gluonbook"
if is_command and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
