"""Two models, with Gluon and from scratch, against NumPy and against each other."""

from unittest.mock import MagicMock

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.lesson import models

VOCAB_SIZE, NUM_HIDDENS, BATCH_SIZE, NUM_STEPS = 7, 5, 3, 4
DRAW = np.random.default_rng(0)
X = DRAW.integers(VOCAB_SIZE, size=(BATCH_SIZE, NUM_STEPS))
H = DRAW.normal(size=(BATCH_SIZE, NUM_HIDDENS))
WEIGHTS = [DRAW.normal(size=shape) for shape in ((7, 5), (5, 5), (5,), (5, 7), (7,))]


def one_hot(indices):
    return np.eye(VOCAB_SIZE)[indices]


def numpy_rnn(X, H, W_xh, W_hh, b_h, W_hq, b_q):
    """Read indices of shape (batch_size, num_steps), time step by time step."""
    logits = []
    for column in X.T:
        H = np.tanh(one_hot(column) @ W_xh + H @ W_hh + b_h)
        logits.append(H @ W_hq + b_q)
    return np.concatenate(logits), H


def gluon_model():
    """Make a Gluon model with the weights of the model from scratch."""
    W_xh, W_hh, b_h, W_hq, b_q = map(nd.array, WEIGHTS)
    model = gb.RNNModel(rnn.RNN(NUM_HIDDENS, activation="tanh"), VOCAB_SIZE)
    model.initialize()
    # The shapes of the parameters are known once the model has read something.
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    model.rnn.l0_i2h_weight.set_data(W_xh.T)
    model.rnn.l0_h2h_weight.set_data(W_hh.T)
    model.rnn.l0_i2h_bias.set_data(b_h)
    model.rnn.l0_h2h_bias.set_data(nd.zeros_like(b_h))
    model.dense.weight.set_data(W_hq.T)
    model.dense.bias.set_data(b_q)
    return model


@pytest.mark.parametrize("hybridize", [False, True])
def test_the_gluon_model_computes_what_numpy_computes(hybridize):
    model = gluon_model()
    if hybridize:
        model.hybridize()
    logits, (state,) = model(nd.array(X), [nd.array(H[np.newaxis])])
    expected_logits, expected_H = numpy_rnn(X, H, *WEIGHTS)
    np.testing.assert_allclose(logits.asnumpy(), expected_logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state.asnumpy(), expected_H[np.newaxis], rtol=1e-4, atol=1e-5)


def test_the_model_from_scratch_computes_what_numpy_computes():
    inputs = gb.to_onehot(nd.array(X), VOCAB_SIZE)
    outputs, (state,) = gb.rnn_forward(inputs, (nd.array(H),), [nd.array(w) for w in WEIGHTS])
    assert len(outputs) == NUM_STEPS
    assert outputs[0].shape == (BATCH_SIZE, VOCAB_SIZE)
    expected_logits, expected_H = numpy_rnn(X, H, *WEIGHTS)
    logits = nd.concat(*outputs, dim=0).asnumpy()
    np.testing.assert_allclose(logits, expected_logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state.asnumpy(), expected_H, rtol=1e-4, atol=1e-5)


def fail(*args, **kwargs):
    raise mx.MXNetError("no kernel image is available for execution on the device")


@pytest.mark.parametrize(
    ("num_gpus", "wait_to_read", "found"),
    [
        (lambda: 0, lambda: pytest.fail("a GPU that is not there was tried"), mx.cpu()),
        (lambda: 1, fail, mx.cpu()),  # it fails to compute
        (fail, lambda: None, mx.cpu()),  # a driver that cannot count its GPUs
        (lambda: 1, lambda: None, mx.gpu(0)),
    ],
)
def test_a_gpu_is_used_if_it_computes(num_gpus, wait_to_read, found, monkeypatch):
    on_the_gpu = MagicMock()
    on_the_gpu.__add__.return_value.wait_to_read = wait_to_read
    monkeypatch.setattr(mx.context, "num_gpus", num_gpus)
    monkeypatch.setattr(models.nd, "ones", lambda *args, ctx: on_the_gpu)
    assert gb.try_gpu() == found
