"""Each number that the training on the recall task is told counts."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon, init
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import recall

CPU = mx.cpu()


@pytest.mark.parametrize(
    ("train", "draws", "batch_size"),
    [(gb.train_recall, "recall_batch", 16), (gb.train_pairs, "pairs_batch", 32)],
)
def test_sizes_and_device_are_those_asked_for(train, draws, batch_size, monkeypatch):
    drawn, draw = [], getattr(recall, draws)
    monkeypatch.setattr(recall, draws, lambda *sizes: drawn.append(sizes) or draw(*sizes))
    layer = rnn.RNN(4)
    train(layer, 3, mx.cpu(1), lr=0.5, num_batches=4)
    assert drawn == [(*row, mx.cpu(1)) for row in [(batch_size, 3)] * 4 + [(500, 3)]]
    assert {p.data().context for p in layer.collect_params().values()} == {mx.cpu(1)}


@pytest.mark.parametrize(("train", "num_batches"), [(gb.train_recall, 200), (gb.train_pairs, 300)])
def test_by_default_rate_and_number_of_mini_batches_are_those_promised(
    train, num_batches, monkeypatch
):
    monkeypatch.setattr(recall, "train_to_answer", lambda *args: args[-3:])
    assert train(rnn.RNN(4), 3) == (0.01, num_batches, 1)


def test_every_gradient_is_clipped_to_a_length_of_one(monkeypatch):
    clip, clipped = recall.grad_clipping, []

    def clip_and_note(params, theta):
        assert len(params) == 6
        clip(params, theta)
        clipped.append(np.sqrt(sum((p.grad.asnumpy() ** 2).sum() for p in params)))

    # A loss so steep that none is shorter before.
    steep = gluon.loss.SoftmaxCrossEntropyLoss(weight=1e4)
    monkeypatch.setattr(recall, "grad_clipping", clip_and_note)
    monkeypatch.setattr(recall.gloss, "SoftmaxCrossEntropyLoss", lambda: steep)
    gb.train_recall(rnn.RNN(4), 3, CPU, num_batches=3)
    np.testing.assert_allclose(clipped, [1, 1, 1], rtol=1e-4)


def test_the_seed_decides_parameters_and_rows():
    def trained(**seed):
        layer = rnn.RNN(4)
        accuracy = gb.train_recall(layer, 2, CPU, num_batches=2, **seed)
        return [accuracy, *(p.data().asnumpy().tolist() for p in layer.collect_params().values())]

    assert trained(seed=7) == trained(seed=7) != trained(seed=8)
    assert trained(seed=1) == trained()


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


@pytest.mark.parametrize("num_pairs", [-3, 0, 27])
def test_a_row_has_one_to_26_pairs(num_pairs):
    with pytest.raises(ValueError, match="num_pairs must be"):
        gb.pairs_batch(2, num_pairs, CPU)
    assert gb.pairs_batch(2, 26, CPU)[0].shape == (2, 53)


@pytest.mark.parametrize("how", [{"distance": 0}, {"distance": 3, "num_batches": -5}])
def test_recall_without_fillers_or_training_is_rejected(how):
    with pytest.raises(ValueError, match="must be 1 or more"):
        gb.train_recall(rnn.RNN(4), ctx=CPU, **how)


def test_attention_learns_the_pairs_and_the_recall_task():
    assert gb.train_pairs(gb.AttentionHead(32), 4, CPU, lr=0.03, num_batches=150) > 0.9
    assert gb.train_recall(gb.AttentionHead(16), 30, CPU, num_batches=100) > 0.9


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


def test_what_is_near_is_recalled_after_training():
    assert gb.train_recall(rnn.GRU(16), 2, CPU) > 0.9
    assert gb.train_recall(rnn.GRU(16), 2, CPU, lr=1e-9, num_batches=20) < 0.6


def test_a_layers_own_initialiser_is_kept():
    layer = rnn.LSTM(4, i2h_bias_initializer=init.LSTMBias(5.0))
    gb.train_recall(layer, 1, CPU, lr=1e-9, num_batches=1)
    np.testing.assert_allclose(layer.l0_i2h_bias.data().asnumpy()[4:8], 5, atol=1e-6)
