"""Each number that the training on the recall task is told counts."""

import gluonbook as gb  # isort: skip  # before mxnet
import inspect

import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon
from mxnet.gluon import rnn

from gluonbook import recall

CPU = mx.cpu()


@pytest.fixture
def seen(monkeypatch):
    """Note what a training does: its rows, its clipping, its optimiser."""
    notes = {"rows": [], "clipped": [], "optimizer": []}
    draw, clip, trainer = recall.recall_batch, recall.grad_clipping, gluon.Trainer

    def draw_and_note(batch_size, distance, ctx):
        notes["rows"].append((batch_size, distance))
        return draw(batch_size, distance, ctx)

    def clip_and_note(params, theta, ctx):
        clip(params, theta, ctx)
        length = np.sqrt(sum((p.grad.asnumpy() ** 2).sum() for p in params))
        notes["clipped"].append((len(params), theta, float(length)))

    def make_and_note(params, name, options):
        notes["optimizer"].append((name, options["learning_rate"]))
        return trainer(params, name, options)

    monkeypatch.setattr(recall, "recall_batch", draw_and_note)
    monkeypatch.setattr(recall, "grad_clipping", clip_and_note)
    monkeypatch.setattr(gluon, "Trainer", make_and_note)
    return notes


def test_the_sizes_are_those_asked_for(seen):
    gb.train_recall(rnn.RNN(4), 3, CPU, lr=0.5, num_batches=4, batch_size=6)
    assert seen["rows"] == [(6, 3)] * 4 + [(500, 3)]
    assert seen["optimizer"] == [("adam", 0.5)]


def test_the_sizes_are_those_promised_where_none_are_asked_for(seen, monkeypatch):
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(gb.train_recall).parameters.items()
        if parameter.default is not parameter.empty
    }
    assert defaults == {"lr": 0.01, "num_batches": 200, "batch_size": 16, "seed": 1}


def test_every_gradient_is_clipped_to_a_length_of_one(seen, monkeypatch):
    # A loss so steep that none is shorter before.
    steep = gluon.loss.SoftmaxCrossEntropyLoss(weight=1e4)
    monkeypatch.setattr(recall.gloss, "SoftmaxCrossEntropyLoss", lambda: steep)
    gb.train_recall(rnn.RNN(4), 3, CPU, num_batches=3)
    assert [(number, theta) for number, theta, _ in seen["clipped"]] == [(6, 1)] * 3
    np.testing.assert_allclose([length for *_, length in seen["clipped"]], 1, rtol=1e-4)


def test_everything_is_on_the_device_asked_for():
    layer = rnn.RNN(4)
    gb.train_recall(layer, 3, mx.cpu(1), num_batches=1)
    assert {p.data().context for p in layer.collect_params().values()} == {mx.cpu(1)}


def test_the_seed_decides_parameters_and_rows():
    def parameters(seed):
        layer = rnn.RNN(4)
        mx.random.seed(99)  # what was drawn before does not matter
        accuracy = gb.train_recall(layer, 2, CPU, num_batches=2, seed=seed)
        return [accuracy, *(p.data().asnumpy() for p in layer.collect_params().values())]

    def same(some, others):
        return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))

    mx.random.seed(5)
    first = parameters(7)
    mx.random.seed(6)
    assert same(parameters(7), first)
    assert not same(parameters(8), first)
    assert same(parameters(1), [gb.train_recall(layer := rnn.RNN(4), 2, CPU, num_batches=2)]
                + [p.data().asnumpy() for p in layer.collect_params().values()])  # fmt: skip
