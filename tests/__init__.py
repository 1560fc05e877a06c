"""A package, so that pytest finds the plugin under its full name, ``tests.nbval_tolerance``."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Seconds after which a test gives up what should have come long ago: a machine with much else to
# do may take minutes to start a process.
LIMIT = 600
