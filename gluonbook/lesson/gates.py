"""One step of a GRU and of an LSTM, from scratch."""

from collections import namedtuple

from mxnet import nd

GRUParams = namedtuple("GRUParams", "W_xr W_hr b_r W_xz W_hz b_z W_xh W_hh b_h")
LSTMParams = namedtuple("LSTMParams", "W_xi W_hi b_i W_xf W_hf b_f W_xo W_ho b_o W_xc W_hc b_c")


def gru_step(X, H, params):
    r"""Return the state of a GRU after one step, from the input at this step and the state before it.

    .. math:: R = \sigma(X W_{xr} + H W_{hr} + b_r), \qquad Z = \sigma(X W_{xz} + H W_{hz} + b_z)
    .. math:: H \leftarrow Z \odot H + (1 - Z) \odot \tanh(X W_{xh} + (R \odot H) W_{hh} + b_h)

    `X` has the shape ``(batch_size, num_inputs)`` and `H` the shape ``(batch_size, num_hiddens)``.
    `params` are `GRUParams`, or a sequence in the same order.
    """
    W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, W_hh, b_h = params
    R = nd.sigmoid(nd.dot(X, W_xr) + nd.dot(H, W_hr) + b_r)
    Z = nd.sigmoid(nd.dot(X, W_xz) + nd.dot(H, W_hz) + b_z)
    H_tilde = nd.tanh(nd.dot(X, W_xh) + nd.dot(R * H, W_hh) + b_h)
    return Z * H + (1 - Z) * H_tilde


def lstm_step(X, H, C, params):
    r"""Return the hidden state and the memory cell of an LSTM after one step.

    .. math:: C \leftarrow F \odot C + I \odot \tanh(X W_{xc} + H W_{hc} + b_c), \quad
        H \leftarrow O \odot \tanh(C)

    The gates `I`, `F` and `O` are computed from `X` and `H` as those of `gru_step` are, and the shapes
    are the same. `params` are `LSTMParams`, or a sequence in the same order.
    """
    W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c = params
    I = nd.sigmoid(nd.dot(X, W_xi) + nd.dot(H, W_hi) + b_i)
    F = nd.sigmoid(nd.dot(X, W_xf) + nd.dot(H, W_hf) + b_f)
    O = nd.sigmoid(nd.dot(X, W_xo) + nd.dot(H, W_ho) + b_o)
    C_tilde = nd.tanh(nd.dot(X, W_xc) + nd.dot(H, W_hc) + b_c)
    C = F * C + I * C_tilde
    return O * nd.tanh(C), C
