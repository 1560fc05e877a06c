"""What a model has learned, how large it is and what it copies, measured as it says."""

import math

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb

DEVICE = mx.cpu(1)  # not the one that MXNet takes if none is named
TEXT = gb.Text("the quick brown fox jumps over the lazy dog. " * 4)
CORPUS, SIZE = TEXT.train.tolist(), TEXT.size


@pytest.fixture
def trained():
    mx.random.seed(0)
    model = gb.RNNModel(rnn.LSTM(16), SIZE)
    train(model, num_epochs=5)
    return model


def train(model, num_epochs, callbacks=()):
    how = {"num_steps": 7, "lr": 5.0, "clipping_theta": 0.1, "batch_size": 4, "ctx": DEVICE}
    gb.train(model, TEXT, num_epochs=num_epochs, callbacks=callbacks, **how)


def test_letters_cost_a_network_and_a_table_what_their_perplexity_says(trained):
    string = TEXT.decode(CORPUS[3:63])
    table = gb.kneser_ney(gb.count_followers(string, 3), 4, 0.7, TEXT.chars)
    for model, expected in (
        (trained, gb.evaluate_perplexity(trained, CORPUS[3:63], DEVICE, num_steps=7)),
        (table, gb.perplexity_on(table, string)),
    ):
        costs = gb.letter_costs(model, TEXT, string, DEVICE)
        assert costs.shape == (59,)
        assert 2 ** costs.mean() == pytest.approx(expected, rel=1e-5)
        rows = gb.next_char_probabilities(model, TEXT, string, DEVICE)
        assert rows.shape == (60, SIZE)
        np.testing.assert_allclose(rows.sum(axis=1), 1)
        np.testing.assert_allclose(-np.log2(rows[4, TEXT.index[string[5]]]), costs[4])
    asked = []

    def impossible(context):
        asked.append(context)
        return dict.fromkeys(TEXT.chars, 0)

    string = TEXT.decode(CORPUS) * 6
    assert gb.letter_costs(impossible, TEXT, string).tolist() == [math.inf] * (len(string) - 1)
    assert asked == [string[max(t - 1000, 0) : t] for t in range(1, len(string) + 1)]


def test_a_curve_measures_every_few_epochs_and_the_parameters_of_the_best_are_kept():
    model, held_out = gb.RNNModel(rnn.RNN(8), SIZE), CORPUS[5:40]
    curve = gb.HeldOutCurve(model, held_out, DEVICE, period=2)
    keep = gb.KeepBest(model, held_out, DEVICE, period=1)
    seen, measured, weights = [], [], []

    def measure_and_spoil(epoch):
        """Worsen the model after its third epoch, after it was measured."""
        seen.append(epoch)
        measured.append(gb.evaluate_perplexity(model, held_out, DEVICE))
        weights.append(model.dense.weight.data().asnumpy())
        if epoch.number == 3:
            model.dense.bias.set_data(nd.arange(SIZE))

    train(model, 5, [curve, keep, measure_and_spoil])
    assert [epoch.number for epoch in curve] == [2, 4]
    assert [epoch.seconds for epoch in curve] == [seen[1].seconds, seen[3].seconds]
    assert [epoch.perplexity for epoch in curve] == [measured[1], measured[3]]
    assert [epoch.perplexity for epoch in keep] == measured
    assert keep.best.perplexity == min(measured)
    assert keep.best.number < 5
    keep.restore()
    np.testing.assert_array_equal(
        model.dense.weight.data().asnumpy(), weights[keep.best.number - 1]
    )
    assert gb.evaluate_perplexity(model, held_out, DEVICE) == keep.best.perplexity


def test_a_training_that_begins_anew_begins_the_curve_anew(trained):
    curve = gb.HeldOutCurve(trained, CORPUS[:9], DEVICE, period=2)
    for numbers in ([1, 2, 3, 4], [1, 2, 3, 4, 5, 6], [7, 8], [1, 2], [2]):
        for number in numbers:
            curve(gb.Epoch(number, 9.0, 0.1))
        assert [epoch.number for epoch in curve] == list(range(2, numbers[-1] + 1, 2))


def test_a_network_that_starts_anew_before_the_last_letters_loses_what_it_loses_step_by_step(
    trained,
):
    held_out, lengths = np.array(CORPUS[:150]), [0, 1, 2, 7, 11]
    losses = gb.loss_by_context(trained, TEXT, lengths, held_out, ctx=DEVICE)
    assert losses.shape == (5, 139)
    assert np.isnan(losses[0]).all()
    for row, length in zip(losses[1:], lengths[1:], strict=True):
        for position in (11, 60, 149):
            seen = TEXT.decode(held_out[position - length : position + 1])
            expected = gb.letter_costs(trained, TEXT, seen, DEVICE)[-1]
            assert row[position - 11] == pytest.approx(expected, rel=1e-4)
