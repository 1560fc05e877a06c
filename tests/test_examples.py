"""The examples in the package's docstrings are so."""

import doctest
import importlib
import pkgutil

import mxnet as mx
import numpy as np

import gluonbook as gb

NAMES = {"gb": gb, "mx": mx, "nd": mx.nd, "np": np}


def test_the_examples_of_every_module_do_what_they_say():
    names = [module.name for module in pkgutil.walk_packages(gb.__path__, "gluonbook.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    results = [doctest.testmod(module, extraglobs=NAMES) for module in modules]
    assert not sum(failed for failed, _ in results)  # what failed has been printed
