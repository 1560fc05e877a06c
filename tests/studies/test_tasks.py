"""studies/memory.py, reach.py and successors.py: the layers, the texts and the sizes of the models."""

import numpy as np
import pytest
from mxnet import nd

from studies import common, memory, reach, successors


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_forget_gate_of_the_coupled_lstm_is_one_minus_its_input_gate():
    layer = memory.CoupledLSTM(3, num_inputs=2)
    layer.initialize()
    for param in layer.tied:
        param.set_data(nd.random.normal(shape=param.shape))
    X = nd.random.normal(shape=(4, 1, 2))
    states, (H, C) = layer(X, layer.begin_state(batch_size=1))
    W_x, W_h, b_x, b_h = (param.data().asnumpy() for param in layer.tied)
    h = c = np.zeros(3)
    for x in X.asnumpy()[:, 0]:
        into, new, show = np.split(W_x @ x + b_x + W_h @ h + b_h, 3)
        c = (1 - sigmoid(into)) * c + sigmoid(into) * np.tanh(new)
        h = sigmoid(show) * np.tanh(c)
    for found, expected in ((states[-1], h), (H, h), (C, c)):
        np.testing.assert_allclose(found.asnumpy().ravel(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["ReLU, identity", "GRU, bias 3"])
def test_a_layer_that_starts_with_given_values_can_be_made_again_and_again(name):
    for _ in range(3):
        layer = memory.LAYERS[name]()
        layer.initialize()
        layer(nd.zeros((1, 1, 8)), layer.begin_state(batch_size=1))


@pytest.mark.parametrize("match", [True, False])
def test_ten_characters_are_enclosed_in_matching_brackets_or_in_any(match):
    text = np.arange(1_009) % 43
    found = reach.bracketed(text, 43, np.random.default_rng(1), match).reshape((100, 12))
    np.testing.assert_array_equal(found[:, 1:-1].ravel(), text[:1_000])
    opening, closing = found[:, 0] - 43, found[:, -1] - 47
    assert set(opening) == set(closing) == {0, 1, 2, 3}
    assert (opening == closing).all() == match


def test_the_successors_have_as_many_parameters_as_the_lstm_and_can_be_trained(monkeypatch):
    text = np.arange(2_000) % 54  # Austen's novels have as many different characters
    held_out = text[:200].reshape((2, 100))
    monkeypatch.setattr(common, "blocks", lambda name: (range(54), text, held_out, held_out))
    runs = [
        successors.run({"model": model, "units": units, "rate": 0.02, "updates": 2}, seed=1)
        for model, units in successors.SIZES["small"].items()
    ]
    sizes = [run["num_params"] for run in runs]
    assert max(sizes) < 1.02 * min(sizes)
    assert max(run["validation"] for run in runs) < 48
