"""The recurrent model, with Gluon and from scratch."""

from collections.abc import Sequence
from typing import Any

import mxnet as mx
from mxnet import Context, nd
from mxnet.gluon import nn
from mxnet.ndarray import NDArray


def try_gpu() -> Context:
    """Find the device to compute on: ``mx.gpu(0)`` if it works, else ``mx.cpu()``.

    A GPU that is newer than MXNet accepts arrays and fails at the first
    computation, so one is tried and waited for.
    """
    try:
        # Without this check, MXNet's CPU build writes an error message to stderr.
        if mx.context.num_gpus() == 0:
            return mx.cpu()
        (nd.ones((1,), ctx=mx.gpu(0)) + 1).wait_to_read()
    except mx.MXNetError:
        return mx.cpu()
    return mx.gpu(0)


class RNNModel(nn.HybridBlock):
    """A character-level language model: one-hot input, recurrent layer, output layer.

    ``model(X, state)`` takes indices of shape ``(batch_size, num_steps)``. It returns the logits of
    the character after each, of shape ``(num_steps * batch_size, vocab_size)``, with all examples
    of the first time step before those of the second, and the new state.

    Parameters
    ----------
    rnn_layer : mxnet.gluon.rnn.RNN, mxnet.gluon.rnn.GRU or mxnet.gluon.rnn.LSTM
        The recurrent layer, time-major (``layout="TNC"``, Gluon's default).
    vocab_size : int
        Characters in the vocabulary.
    **kwargs
        For `mxnet.gluon.HybridBlock`.

    Examples
    --------
    >>> model = gb.RNNModel(mx.gluon.rnn.RNN(16), vocab_size=43)
    >>> model.initialize()
    >>> logits, state = model(nd.zeros((2, 35)), model.begin_state(batch_size=2))
    >>> logits.shape, state[0].shape
    ((70, 43), (1, 2, 16))
    """

    def __init__(self, rnn_layer: nn.HybridBlock, vocab_size: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.vocab_size = vocab_size
        self.rnn = rnn_layer
        self.dense = nn.Dense(vocab_size)

    def hybrid_forward(self, F, inputs, state):
        """Compute logits and state, of arrays (``F`` is `mxnet.nd`) or symbols."""
        X = F.one_hot(F.transpose(inputs), self.vocab_size)  # (num_steps, batch_size, vocab_size)
        Y, state = self.rnn(X, state)  # (num_steps, batch_size, num_hiddens)
        # -3 joins the first two axes, 0 keeps the third.
        return self.dense(Y.reshape((-3, 0))), state

    def begin_state(self, *args: Any, **kwargs: Any) -> list[NDArray]:
        """Return a state of zeros, for a `batch_size` and a `ctx`."""
        return self.rnn.begin_state(*args, **kwargs)


def to_onehot(X: NDArray, size: int) -> list[NDArray]:
    """Turn indices into one-hot vectors, one matrix of shape ``(batch_size, size)`` per time step.

    The indices have the shape ``(batch_size, num_steps)``, or ``(batch_size,)`` for one time step.

    Examples
    --------
    >>> [x.asnumpy().tolist() for x in gb.to_onehot(nd.array([[0, 2]]), 3)]
    [[[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]]
    """
    return list(nd.one_hot(X.reshape((X.shape[0], -1)).T, size))


def get_params(vocab_size: int, num_hiddens: int, ctx: Context) -> list[NDArray]:
    """Draw the parameters of a recurrent layer and an output layer.

    They are ``W_xh`` of shape ``(vocab_size, num_hiddens)``, ``W_hh`` ``(num_hiddens, num_hiddens)``,
    ``b_h`` ``(num_hiddens,)``, ``W_hq`` ``(num_hiddens, vocab_size)`` and ``b_q`` ``(vocab_size,)``,
    each with a gradient attached. Weights come from a normal distribution with standard deviation
    0.01; biases are zero.
    """

    def weights(*shape: int) -> NDArray:
        return nd.random.normal(scale=0.01, shape=shape, ctx=ctx)

    params = [
        weights(vocab_size, num_hiddens),
        weights(num_hiddens, num_hiddens),
        nd.zeros(num_hiddens, ctx=ctx),
        weights(num_hiddens, vocab_size),
        nd.zeros(vocab_size, ctx=ctx),
    ]
    for param in params:
        param.attach_grad()
    return params


def init_rnn_state(batch_size: int, num_hiddens: int, ctx: Context) -> tuple[NDArray]:
    """Return a hidden state of zeros, of shape ``(batch_size, num_hiddens)``, in a tuple.

    The tuple leaves room for models whose state has several parts.
    """
    return (nd.zeros((batch_size, num_hiddens), ctx=ctx),)


def rnn_forward(inputs, state, params) -> tuple[list[NDArray], tuple[NDArray]]:
    r"""Run a recurrent layer and an output layer over some time steps.

    .. math::
        H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h), \qquad O_t = H_t W_{hq} + b_q

    Inputs, state and parameters are as `to_onehot`, `init_rnn_state` and `get_params` return them.
    What comes back is the logits, one matrix per time step, of shape ``(batch_size, vocab_size)``,
    and the hidden state after the last time step.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science, 14(2), 179-211.
    """
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:
        H = nd.tanh(nd.dot(X, W_xh) + nd.dot(H, W_hh) + b_h)
        outputs.append(nd.dot(H, W_hq) + b_q)
    return outputs, (H,)


class ScratchModel:
    """A model written as functions, which is called, trained and measured as a Gluon model is.

    Parameters
    ----------
    rnn : callable
        ``rnn(inputs, state, params)`` returns outputs and a state, as `rnn_forward` does.
    get_params : callable
        ``get_params(vocab_size, num_hiddens, ctx)`` draws the parameters, gradients attached.
    init_rnn_state : callable
        ``init_rnn_state(batch_size, num_hiddens, ctx)`` returns a first state.
    num_hiddens, vocab_size : int
        Hidden units, and characters in the vocabulary.
    """

    def __init__(self, rnn, get_params, init_rnn_state, num_hiddens, vocab_size):
        self.rnn, self.get_params, self.init_rnn_state = rnn, get_params, init_rnn_state
        self.num_hiddens, self.vocab_size = num_hiddens, vocab_size
        self.params: list[NDArray] = []

    def initialize(self, *args: Any, ctx: Context, **kwargs: Any) -> None:
        """Draw the parameters anew with `get_params`.

        The initialiser that a Gluon model would take is ignored.
        """
        self.params = self.get_params(self.vocab_size, self.num_hiddens, ctx)

    def begin_state(self, batch_size: int, ctx: Context) -> tuple[NDArray, ...]:
        """Return a first state."""
        return self.init_rnn_state(batch_size, self.num_hiddens, ctx)

    def __call__(self, X: NDArray, state: Sequence[NDArray]) -> tuple[NDArray, tuple[NDArray, ...]]:
        """Return the logits, of shape ``(num_steps * batch_size, vocab_size)``, and the new state."""
        outputs, state = self.rnn(to_onehot(X, self.vocab_size), state, self.params)
        return nd.concat(*outputs, dim=0), state


def params_of(model: nn.Block | ScratchModel, ctx: Context | None = None) -> list[NDArray]:
    """Return the arrays of a model that training changes; those of one device if it has several."""
    if not isinstance(model, nn.Block):
        return model.params
    params = model.collect_params().values()
    return [param.data(ctx) for param in params if param.grad_req != "null"]


class DeepRNN(nn.HybridBlock):
    """Recurrent layers one above the other, with dropout on the way up.

    It takes the place of ``rnn.GRU(..., num_layers=M)`` in `RNNModel`. MXNet's fused layers
    ignore their own argument ``dropout`` on a CPU. The state is a list with the array of each
    layer, of shape ``(1, batch_size, num_hiddens)``.

    Parameters
    ----------
    layers : list of mxnet.gluon.rnn.RNN or mxnet.gluon.rnn.GRU
        Layers of one level each, from the bottom up.
    dropout : float
        Probability with which a number between two layers is set to zero in training.
    **kwargs
        For `mxnet.gluon.HybridBlock`.

    References
    ----------
    Zaremba, W., Sutskever, I. and Vinyals, O. (2014). Recurrent neural network regularization.
    arXiv:1409.2329.
    """

    def __init__(self, layers: Sequence[nn.HybridBlock], dropout: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.layers = nn.HybridSequential()
        self.layers.add(*layers)
        self.dropout = nn.Dropout(dropout)

    def begin_state(self, *args: Any, **kwargs: Any) -> list[NDArray]:
        """Return a state of zeros, as the layers do."""
        return [s for layer in self.layers for s in layer.begin_state(*args, **kwargs)]

    def hybrid_forward(self, F, X, state):
        """Compute the output of the top layer, and the states of all."""
        new_state = []
        for number, (layer, s) in enumerate(zip(self.layers, state, strict=True)):
            if number > 0:
                X = self.dropout(X)  # on the way up only
            X, s = layer(X, [s])
            new_state += s
        return X, new_state
