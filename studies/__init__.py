"""Long experiments, run by ``make studies``; the sections plot the stored runs."""

import gluonbook  # noqa: F401  # before a study imports mxnet
