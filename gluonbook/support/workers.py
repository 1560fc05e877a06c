"""Moved to `gluonbook.parallel`."""

from gluonbook.parallel import add_up, start_together

__all__ = ["add_up", "start_together"]
