"""What is measured beside the chapter, each script by itself: ``python -m benchmarks.training``."""

import gluonbook  # noqa: F401  # before any of them imports mxnet
