"""A package, so that pytest finds the plugin under its full name, ``tests.nbval_tolerance``."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
