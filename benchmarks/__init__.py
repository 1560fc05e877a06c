"""The benchmark: ``python -m benchmarks.frameworks``."""

import gluonbook  # noqa: F401  # before a script imports mxnet
