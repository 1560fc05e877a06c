"""Train many times side by side: one setting from several seeds, or many settings.

A run is a setting and a seed. Each run has a process of its own, which begins afresh and has
one thread, so that runs share the processors without waiting for each other, and none of them
depends on what ran before. Finished runs go into a file, and are not done again.
"""

from gluonbook.many.runs import Run, load_runs, select_runs
from gluonbook.many.training import RunsFailedError, train_many

__all__ = ["Run", "RunsFailedError", "load_runs", "select_runs", "train_many"]
