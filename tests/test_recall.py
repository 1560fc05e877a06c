"""Each number that the training on the recall task is told counts."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon, init
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import recall

CPU = mx.cpu()


@pytest.fixture
def seen(monkeypatch):
    """Note what a training does: its clipping, its optimiser."""
    notes = {"clipped": [], "optimizer": []}
    clip, trainer = recall.grad_clipping, gluon.Trainer

    def clip_and_note(params, theta, ctx):
        clip(params, theta, ctx)
        length = np.sqrt(sum((p.grad.asnumpy() ** 2).sum() for p in params))
        notes["clipped"].append((len(params), theta, float(length)))

    def make_and_note(params, name, options):
        notes["optimizer"].append((name, options["learning_rate"]))
        return trainer(params, name, options)

    monkeypatch.setattr(recall, "grad_clipping", clip_and_note)
    monkeypatch.setattr(gluon, "Trainer", make_and_note)
    return notes


@pytest.mark.parametrize(
    ("train", "draws", "how", "rows", "rate"),
    [
        (gb.train_recall, "recall_batch", {"lr": 0.5, "num_batches": 4}, [(16, 3)] * 4, 0.5),
        (gb.train_recall, "recall_batch", {}, [(16, 3)] * 200, 0.01),
        (gb.train_pairs, "pairs_batch", {"lr": 0.5, "num_batches": 4}, [(32, 3)] * 4, 0.5),
    ],
)
def test_the_sizes_are_those_promised_or_asked_for(
    train, draws, how, rows, rate, seen, monkeypatch
):
    drawn, draw = [], getattr(recall, draws)
    monkeypatch.setattr(
        recall, draws, lambda num, size, ctx: drawn.append((num, size, ctx)) or draw(num, size, ctx)
    )
    train(rnn.RNN(4), 3, mx.cpu(1), **how)
    assert drawn == [(*row, mx.cpu(1)) for row in [*rows, (500, 3)]]
    assert seen["optimizer"] == [("adam", rate)]


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


def test_every_letter_of_a_row_has_one_digit_and_the_last_asks_for_one_of_them():
    mx.random.seed(1)
    X, answer = (array.asnumpy().astype(int) for array in gb.pairs_batch(300, 20, CPU))
    asked = []
    for row, wanted in zip(X, answer, strict=True):
        text = "".join(recall.PAIR_SYMBOLS[index] for index in row)
        letters, digits, last = text[:-1:2], text[1::2], text[-1]
        assert letters.isalpha() and digits.isdigit()
        assert len(set(letters)) == 20
        assert digits[letters.index(last)] == recall.PAIR_SYMBOLS[wanted]
        asked.append(letters.index(last))
    assert set(asked) == set(range(20)), "every pair is asked for"
    assert set(X[:, :-1:2].ravel()) == set(range(26)), "every letter comes"
    assert set(X[:, 1::2].ravel()) == set(range(26, 36)), "every digit comes"


def test_one_look_learns_to_look_a_letter_up_and_to_recall():
    assert gb.train_pairs(gb.OneLook(32), 4, CPU, lr=0.03, num_batches=150) > 0.9
    assert gb.train_recall(gb.OneLook(16), 30, CPU, num_batches=100) > 0.9


def test_a_row_to_recall_is_one_character_and_fillers():
    mx.random.seed(3)
    X, first = gb.recall_batch(200, 6, CPU)
    assert X.shape == (200, 7)
    assert first.shape == (200,)
    X = X.asnumpy()
    np.testing.assert_array_equal(X[:, 0], first.asnumpy())
    assert set(X[:, 0]) == {0, 1, 2, 3}
    assert set(X[:, 1:].ravel()) == {4, 5, 6, 7}
    assert len(recall.RECALL_SYMBOLS) == len(set(recall.RECALL_SYMBOLS)) == 8


def test_what_is_near_is_recalled():
    assert gb.train_recall(rnn.GRU(16), 2, CPU) > 0.9


def test_without_training_the_answer_is_a_guess():
    assert gb.train_recall(rnn.GRU(16), 2, CPU, lr=1e-9) < 0.6


def test_a_layers_own_initialiser_is_kept():
    layer = rnn.LSTM(4, i2h_bias_initializer=init.LSTMBias(5.0))
    gb.train_recall(layer, 1, CPU, lr=1e-9, num_batches=1)
    np.testing.assert_allclose(layer.l0_i2h_bias.data().asnumpy()[4:8], 5, atol=1e-6)
