"""Moved to `gluonbook.fetch`."""

from gluonbook.fetch import find_novel

__all__ = ["find_novel"]
