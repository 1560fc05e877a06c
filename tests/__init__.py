"""A package, so that its modules and the folders in it can have the same names as others."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Seconds after which a test gives up what should have come long ago: a machine with much else to
# do may take minutes to start a process.
LIMIT = 600
