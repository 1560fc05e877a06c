"""Long experiments, whose stored runs the sections plot: ``make studies``."""

import gluonbook  # noqa: F401  # before any of them imports mxnet
