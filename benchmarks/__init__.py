"""Benchmarks, each of them a script: ``python -m benchmarks.training``."""

import gluonbook  # noqa: F401  # before a script imports mxnet
