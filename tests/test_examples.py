"""The examples in the package's docstrings are so."""

import doctest
import importlib
import pkgutil

import mxnet as mx
import numpy as np
import pytest

import gluonbook as gb

MODULES = [
    module.name
    for module in pkgutil.walk_packages(gb.__path__, "gluonbook.")
    if not module.name.endswith("__main__")
]
NAMES = {"gb": gb, "mx": mx, "nd": mx.nd, "np": np}
FINDER = doctest.DocTestFinder(exclude_empty=True)
EXAMPLES = {
    found.name: found
    for name in MODULES
    for found in FINDER.find(importlib.import_module(name), extraglobs=NAMES)
    if found.examples
}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_an_example_does_what_it_says(example):
    said = []
    doctest.DocTestRunner(verbose=False).run(example, out=said.append)
    assert not said, "".join(said)
