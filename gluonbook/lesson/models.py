"""The recurrent model, from scratch and with Gluon."""

import math

import mxnet as mx
from mxnet import nd
from mxnet.gluon import nn


def try_gpu():
    """Return the device to compute on: ``mx.gpu(0)`` if it works, otherwise ``mx.cpu()``.

    A GPU that is too new for MXNet accepts arrays but fails at the first computation, so this
    function computes something on the GPU and waits for the result.
    """
    try:
        # Without this check, MXNet's CPU build prints an error message.
        if mx.context.num_gpus() == 0:
            return mx.cpu()
        (nd.ones((1,), ctx=mx.gpu(0)) + 1).wait_to_read()
    except mx.MXNetError:
        return mx.cpu()
    return mx.gpu(0)


class RNNModel(nn.HybridBlock):
    """A character-level language model: one-hot input, recurrent layer, output layer.

    ``model(X, state)`` takes indices of shape ``(batch_size, num_steps)``. It returns the logits
    for the character after each index, of shape ``(num_steps * batch_size, vocab_size)``, and the new
    state. The logits of all examples at the first time step come before those at the second. The recurrent
    layer has time as its first axis (``layout="TNC"``, Gluon's default).
    """

    def __init__(self, rnn_layer, vocab_size, **kwargs):
        super().__init__(**kwargs)
        self.vocab_size = vocab_size
        self.rnn = rnn_layer
        self.dense = nn.Dense(vocab_size)

    def hybrid_forward(self, F, inputs, state):
        """Compute the logits and the new state from arrays (if ``F`` is `mxnet.nd`) or symbols."""
        X = F.one_hot(F.transpose(inputs), self.vocab_size)  # (num_steps, batch_size, vocab_size)
        Y, state = self.rnn(X, state)  # (num_steps, batch_size, num_hiddens)
        # -3 joins the first two axes, 0 keeps the third.
        return self.dense(Y.reshape((-3, 0))), state

    def begin_state(self, *args, **kwargs):
        """Return a state of zeros for the given `batch_size` and `ctx`."""
        return self.rnn.begin_state(*args, **kwargs)


def to_onehot(X, size):
    """Turn indices into one-hot vectors: a matrix of shape ``(batch_size, size)`` per time step.

    The indices have the shape ``(batch_size, num_steps)``, or ``(batch_size,)`` for one time step.
    """
    return list(nd.one_hot(X.reshape((X.shape[0], -1)).T, size))


def get_params(vocab_size, num_hiddens, ctx):
    """Draw initial parameters for a recurrent layer and an output layer.

    The weights come from a normal distribution with standard deviation 0.01, and the biases are
    zero. Each array has a gradient attached.

    The function returns a list: ``W_xh`` of shape ``(vocab_size, num_hiddens)``, ``W_hh``
    ``(num_hiddens, num_hiddens)``, ``b_h`` ``(num_hiddens,)``, ``W_hq`` ``(num_hiddens, vocab_size)``
    and ``b_q`` ``(vocab_size,)``.
    """

    def weights(*shape):
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


def init_rnn_state(batch_size, num_hiddens, ctx):
    """Return a hidden state of zeros, of shape ``(batch_size, num_hiddens)``, in a tuple.

    The function returns a tuple because the states of other models have several parts.
    """
    return (nd.zeros((batch_size, num_hiddens), ctx=ctx),)


def rnn_forward(inputs, state, params):
    r"""Apply a recurrent layer and an output layer to a sequence of time steps.

    .. math::
        H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h), \qquad O_t = H_t W_{hq} + b_q

    The inputs, the state and the parameters are as `to_onehot`, `init_rnn_state` and `get_params`
    return them. The function returns a list of the logits of each time step, of shape
    ``(batch_size, vocab_size)``, and the state after the last time step. See Elman (1990).
    """
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:
        H = nd.tanh(nd.dot(X, W_xh) + nd.dot(H, W_hh) + b_h)
        outputs.append(nd.dot(H, W_hq) + b_q)
    return outputs, (H,)


class ScratchModel:
    """A model written as functions, which is called, trained and measured like a Gluon model.

    The functions `rnn` and `get_params` take and return what `rnn_forward` and `get_params` of this module
    do.
    """

    def __init__(self, num_hiddens, vocab_size, rnn=rnn_forward, get_params=get_params):
        self.num_hiddens, self.vocab_size = num_hiddens, vocab_size
        self.rnn, self.get_params = rnn, get_params

    def initialize(self, ctx):
        """Draw initial parameters."""
        self.params = self.get_params(self.vocab_size, self.num_hiddens, ctx)

    def begin_state(self, batch_size, ctx):
        """Return a hidden state of zeros."""
        return init_rnn_state(batch_size, self.num_hiddens, ctx)

    def __call__(self, X, state):
        """Return the logits, of shape ``(num_steps * batch_size, vocab_size)``, and the new state."""
        outputs, state = self.rnn(to_onehot(X, self.vocab_size), state, self.params)
        return nd.concat(*outputs, dim=0), state


def params_of(model, ctx=None):
    """Return the trainable arrays; of a model on several devices, those on device `ctx`."""
    if not isinstance(model, nn.Block):
        return model.params
    return [param.data(ctx) for param in trained_params(model)]


def trained_params(model):
    """Return the trainable parameters of a Gluon model."""
    return [param for param in model.collect_params().values() if param.grad_req != "null"]


def num_params(model):
    """Count the parameters of a model."""
    if not isinstance(model, nn.Block):
        return sum(param.size for param in model.params)
    params = model.collect_params().values()
    if any(0 in param.shape for param in params):
        # Gluon infers the missing shapes from an input; a single character is enough.
        model.infer_shape(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    return sum(math.prod(param.shape) for param in params)


class DeepRNN(nn.HybridBlock):
    """A stack of recurrent layers with dropout between them.

    This class replaces ``rnn.GRU(..., num_layers=M)`` in `RNNModel`, because MXNet's fused layers
    ignore their ``dropout`` argument on a CPU. The `layers`, from bottom to top, are single RNN or GRU
    layers, and `dropout` is the probability that an activation between two layers is set to zero during
    training. There is no dropout from one time step to the next. The state is a list with one array for
    each layer, of shape ``(1, batch_size, num_hiddens)``. See Zaremba et al. (2014).
    """

    def __init__(self, layers, dropout, **kwargs):
        super().__init__(**kwargs)
        self.layers = nn.HybridSequential()
        self.layers.add(*layers)
        self.dropout = nn.Dropout(dropout)

    def begin_state(self, *args, **kwargs):
        """Return a state of zeros for every layer."""
        return [s for layer in self.layers for s in layer.begin_state(*args, **kwargs)]

    def hybrid_forward(self, F, X, state):
        """Compute the output of the top layer, and the new state of every layer."""
        new_state = []
        for number, (layer, s) in enumerate(zip(self.layers, state, strict=True)):
            if number > 0:
                X = self.dropout(X)  # on the way up only
            X, s = layer(X, [s])  # a Gluon layer takes and returns a list with one array
            new_state += s
        return X, new_state
