"""What makes no sense is refused before anything is done, with a message that says what to do."""

import gluonbook as gb  # isort: skip  # before mxnet
import inspect
import math
import re

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn

from gluonbook.support import checks

VOCABULARY = list("abc")

GOOD = {
    "num_hiddens": 4,
    "vocab_size": 3,
    "ctx": mx.cpu(),
    "corpus_indices": [0, 1, 2] * 8,
    "idx_to_char": VOCABULARY,
    "char_to_idx": {char: idx for idx, char in enumerate(VOCABULARY)},
    "num_epochs": 1,
    "num_steps": 3,
    "lr": 1.0,
    "clipping_theta": 1.0,
    "batch_size": 2,
    "pred_period": 1,
    "pred_len": 1,
    "prefixes": ["a"],
}

SIZES = [
    "num_epochs",
    "num_steps",
    "batch_size",
    "pred_period",
    "pred_len",
    "num_hiddens",
    "vocab_size",
]
NO_RATES = [-1, float("inf"), float("nan")]

BAD = [
    *(({size: 0}, ValueError, f"{size} must be 1 or more, not 0") for size in SIZES),
    *(({size: -2}, ValueError, f"{size} must be 1 or more, not -2") for size in SIZES),
    *(({size: 2.0}, TypeError, f"{size} must be a whole number, not 2.0") for size in SIZES),
    ({"num_epochs": "2"}, TypeError, "num_epochs must be a whole number, not '2'"),
    ({"corpus_indices": []}, ValueError, "0 characters is too short"),
    ({"corpus_indices": [0] * 6}, ValueError, "batch_size * num_steps = 2 * 3 characters"),
    ({"corpus_indices": [0] * 6}, ValueError, "must have 7 or more"),
    ({"vocab_size": 2}, ValueError, "has the index 2, but vocab_size is 2"),
    ({"prefixes": ["a", ""]}, ValueError, "the prefix is empty"),
    ({"prefixes": ["a", "cab?!"]}, ValueError, "not in the vocabulary: '!', '?'"),
    ({"prefixes": ["a", "cab?!"]}, ValueError, "The vocabulary is: 'abc'"),
    ({"prefixes": "abc"}, TypeError, "must be a list of strings, such as ['abc'], not a string"),
    ({"clipping_theta": 0}, ValueError, "the clipping threshold must be above zero, not 0"),
    *(({"lr": lr}, ValueError, f"lr must be a number, 0 or more, not {lr}") for lr in NO_RATES),
    ({"clipping_theta": -0.5}, ValueError, "the clipping threshold must be above zero, not -0.5"),
    ({"clipping_theta": math.nan}, ValueError, "above zero, not nan; float('inf') turns"),
    ({"ctx": [mx.cpu(0), mx.cpu(1)]}, ValueError, "not on several: cpu(0), cpu(1)"),
]

bad = pytest.mark.parametrize(
    ("change", "error", "message"), BAD, ids=[f"{bad[0]} {i}" for i, bad in enumerate(BAD)]
)


@bad
def test_a_gluon_model_is_not_touched(change, error, message, capsys):
    model = gb.RNNModel(rnn.RNN(4), 3)
    model.initialize()
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    before = [param.data().asnumpy() for param in model.collect_params().values()]
    with pytest.raises(error, match=re.escape(message)):
        gb.train_and_predict_rnn_gluon(model, **(GOOD | change))
    for old, param in zip(before, model.collect_params().values(), strict=True):
        np.testing.assert_array_equal(old, param.data().asnumpy())
    assert capsys.readouterr().out == ""


def train_scratch(**changes):
    drawn = []

    def get_params():
        drawn.append(True)
        return gb.get_params(3, 4, mx.cpu())

    arguments = GOOD | {"is_random_iter": False} | changes
    try:
        gb.train_and_predict_rnn(gb.rnn_forward, get_params, gb.init_rnn_state, **arguments)
    finally:
        train_scratch.drawn = bool(drawn)


@bad
def test_no_parameters_are_drawn_from_scratch(change, error, message, capsys):
    with pytest.raises(error, match=re.escape(message)):
        train_scratch(**change)
    assert not train_scratch.drawn
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"corpus_indices": [0, 1, 2, 0, 1, 2, 0]},  # the shortest
        {"corpus_indices": np.array([0, 1, 2] * 8)},
        {"num_epochs": np.int64(1), "pred_period": np.int32(1)},
        {"prefixes": ("a", "cab")},
        {"prefixes": []},
        {"clipping_theta": math.inf},
        {"lr": 1},
        {"callbacks": []},
    ],
    ids=repr,
)
def test_what_makes_sense_is_accepted(change):
    train_scratch(**change)
    gb.train_and_predict_rnn_gluon(gb.RNNModel(rnn.RNN(4), 3), **(GOOD | change))


@pytest.mark.parametrize("train", [gb.train_and_predict_rnn_gluon, gb.train_and_predict_rnn])
def test_a_missing_argument_is_named(train):
    with pytest.raises(TypeError, match="missing a required argument: 'vocab_size'"):
        train(*[None] * list(inspect.signature(train).parameters).index("vocab_size"))


@pytest.mark.parametrize("train", [gb.train_and_predict_rnn_gluon, gb.train_and_predict_rnn])
def test_the_checks_do_not_hide_what_a_function_is(train):
    assert train.__name__.startswith("train_and_predict_rnn")
    assert "Parameters" in train.__doc__


def test_a_prefix_may_have_every_character_of_the_vocabulary():
    checks.check_prefix("cabbage", dict.fromkeys("abcdefg", 0))


def test_an_unknown_character_is_named_once():
    with pytest.raises(ValueError, match=r"not in the vocabulary: '1', 'Z'\. The vocabulary"):
        checks.check_prefix("Z1Z1a", {"b": 1, "a": 0})


def test_one_device_is_one_however_often_it_is_named():
    checks.check_one_device([mx.cpu(0), mx.cpu(0), mx.cpu()])
    with pytest.raises(ValueError, match=r"on several: cpu\(0\), gpu\(0\)"):
        checks.check_one_device([mx.gpu(0), mx.cpu(0), mx.gpu(0)])


def test_the_greatest_index_is_one_below_the_size_of_the_vocabulary():
    checks.check_vocabulary([2, 0, 1], 3)
    with pytest.raises(ValueError, match="has the index 3, but vocab_size is 3"):
        checks.check_vocabulary([0, 3, 1], 3)
