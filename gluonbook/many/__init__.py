"""Train many models side by side: one setting with several seeds, or many settings.

A run is a setting and a seed. Each run has a new process with one thread, so that runs share
the processors without waiting for each other and none depends on what ran before. Finished
runs are stored in a file and are not repeated.
"""

from gluonbook.many.runs import Run, load_runs, select_runs
from gluonbook.many.training import RunsFailedError, train_many

__all__ = ["Run", "RunsFailedError", "load_runs", "select_runs", "train_many"]
