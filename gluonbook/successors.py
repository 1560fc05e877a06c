"""What came after: attention, a small transformer, and a recurrence that is computed as a scan."""

import math
from typing import Any

from mxnet import Context, init, nd
from mxnet.gluon import nn
from mxnet.ndarray import NDArray

# A score that is so low that the softmax makes a weight of zero of it.
OUT_OF_SIGHT = -1e9


def attend(Q: NDArray, K: NDArray, V: NDArray, bias: NDArray) -> tuple[NDArray, NDArray]:
    r"""Look up values by how well their keys fit a query.

    .. math::
        A = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{h}} + B\right), \qquad Y = A V

    Parameters
    ----------
    Q, K : mxnet.ndarray.NDArray
        A query and a key for each place, of shape ``(batch_size, num_steps, num_hiddens)``.
    V : mxnet.ndarray.NDArray
        A value for each place, of shape ``(batch_size, num_steps, num_values)``.
    bias : mxnet.ndarray.NDArray
        Added to the scores, of shape ``(num_steps, num_steps)``: row t, column s is for a look
        from place t to place s.

    Returns
    -------
    found : mxnet.ndarray.NDArray
        For each place the mean of all values, by its weights: ``(batch_size, num_steps, num_values)``.
    weights : mxnet.ndarray.NDArray
        Each row adds up to 1, of shape ``(batch_size, num_steps, num_steps)``.

    References
    ----------
    Bahdanau, D., Cho, K. and Bengio, Y. (2015). Neural machine translation by jointly learning
    to align and translate. ICLR.

    Vaswani, A. and others (2017). Attention is all you need. NIPS, section 3.2.1.
    """
    scores = nd.batch_dot(Q / math.sqrt(Q.shape[2]), K, transpose_b=True) + bias.expand_dims(0)
    weights = nd.softmax(scores)
    return nd.batch_dot(weights, V), weights


def by_distance(values: NDArray, num_steps: int) -> NDArray:
    """Lay out one number for each distance as a bias for `attend`, causal and with a window.

    Parameters
    ----------
    values : mxnet.ndarray.NDArray
        The number for a look at the place itself, for one place back and so on: ``(window,)``.
    num_steps : int
        Places in the text.

    Returns
    -------
    mxnet.ndarray.NDArray
        Of shape ``(num_steps, num_steps)``. What comes later than a place, or ``window`` places
        or more before it, is out of sight.

    Examples
    --------
    >>> gb.by_distance(nd.array([5, 7]), 3).asnumpy().tolist()
    [[5.0, -1000000000.0, -1000000000.0], [7.0, 5.0, -1000000000.0], [-1000000000.0, 7.0, 5.0]]
    """
    place = nd.arange(num_steps, ctx=values.context)
    back = place.expand_dims(1) - place.expand_dims(0)
    in_sight = (back >= 0) * (back < len(values))
    return nd.where(
        in_sight, values.take(back), nd.full(back.shape, OUT_OF_SIGHT, ctx=back.context)
    )


def at_each_place(units: int, **kwargs: Any) -> nn.Dense:
    """Return a dense layer for each place of a text, whose weights begin as Xavier's."""
    return nn.Dense(units, flatten=False, weight_initializer=init.Xavier(), **kwargs)


class CausalAttention(nn.HybridBlock):
    """Let each place of a text look at itself and at those before it, with several heads.

    Each head has queries, keys and values of its own, and a number for each distance that it
    adds to its scores.

    Parameters
    ----------
    size : int
        Numbers at each place.
    num_heads : int
        Heads, which share the numbers out among them. They must divide `size`.
    window : int
        Places in sight, the place itself included.

    References
    ----------
    Vaswani, A. and others (2017). Attention is all you need. NIPS, section 3.2.

    Raffel, C. and others (2020). Exploring the limits of transfer learning with a unified
    text-to-text transformer. JMLR, 21(140), section 2.1, for the number for each distance.
    """

    def __init__(self, size: int, num_heads: int, window: int):
        super().__init__()
        self.num_heads = num_heads
        self.queries_keys_values = at_each_place(3 * size, use_bias=False)
        self.distances = self.params.get("distances", shape=(num_heads, window), init=init.Zero())
        self.output = at_each_place(size, use_bias=False)

    def forward(self, X: NDArray) -> NDArray:
        """Map ``(batch_size, num_steps, size)`` to the same shape."""
        # (batch_size, num_steps, size / num_heads) for each head, first all queries, and so on.
        split = nd.split(self.queries_keys_values(X), 3 * self.num_heads, axis=2)
        found = []
        for head, values in enumerate(self.distances.data(X.context)):
            Q, K, V = split[head :: self.num_heads]
            found.append(attend(Q, K, V, by_distance(values, X.shape[1]))[0])
        return self.output(nd.concat(*found, dim=2))


class TransformerBlock(nn.HybridBlock):
    """Let the places look at one another, then work on what each has found; add both to what was.

    Parameters
    ----------
    size, num_heads, window : int
        As for `CausalAttention`.

    References
    ----------
    Vaswani, A. and others (2017). Attention is all you need. NIPS, section 3.1. The layers are
    normalised before and not after each part, which Xiong, R. and others (2020) examine: On layer
    normalization in the transformer architecture. ICML.
    """

    def __init__(self, size: int, num_heads: int, window: int):
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(), nn.LayerNorm()
        self.attention = CausalAttention(size, num_heads, window)
        self.hidden, self.output = at_each_place(4 * size, activation="relu"), at_each_place(size)

    def forward(self, X: NDArray) -> NDArray:
        """Map ``(batch_size, num_steps, size)`` to the same shape."""
        X = X + self.attention(self.norm_1(X))
        return X + self.output(self.hidden(self.norm_2(X)))


class TransformerModel(nn.HybridBlock):
    """A causal transformer as a character-level language model.

    Called as an `RNNModel` is. Its state is not a summary of what it has read: it is the last
    characters themselves, as many as the blocks can see before the present ones.

    Parameters
    ----------
    vocab_size : int
        Characters in the vocabulary.
    size : int
        Numbers at each place.
    num_heads : int
        Heads of each block. They must divide `size`.
    window : int
        Places that a block sees, the place itself included.
    num_blocks : int
        Blocks, one above the other. Each sees `window` - 1 characters further back.

    References
    ----------
    Vaswani, A. and others (2017). Attention is all you need. NIPS.

    Examples
    --------
    >>> model = gb.TransformerModel(vocab_size=43)
    >>> model.initialize()
    >>> logits, state = model(nd.zeros((2, 35)), model.begin_state(batch_size=2))
    >>> logits.shape, state[0].shape
    ((70, 43), (2, 18))
    """

    def __init__(
        self,
        vocab_size: int,
        size: int = 18,
        num_heads: int = 3,
        window: int = 10,
        num_blocks: int = 2,
    ):
        super().__init__()
        self.num_before = num_blocks * (window - 1)
        self.embedding = nn.Embedding(vocab_size, size, weight_initializer=init.Normal(1))
        self.blocks = nn.HybridSequential()
        self.blocks.add(*[TransformerBlock(size, num_heads, window) for _ in range(num_blocks)])
        self.norm = nn.LayerNorm()
        self.dense = nn.Dense(vocab_size)

    def forward(self, X: NDArray, state: list[NDArray]) -> tuple[NDArray, list[NDArray]]:
        """Return logits and the new state, as `RNNModel` does."""
        (before,) = state  # (batch_size, num_before)
        in_sight = nd.concat(before, X, dim=1)
        H = self.norm(self.blocks(self.embedding(in_sight)))[:, -X.shape[1] :]
        # Time step by time step, as the logits of an RNNModel come.
        logits = self.dense(H.transpose((1, 0, 2)).reshape((-3, 0)))
        return logits, [in_sight[:, -self.num_before :]]

    def begin_state(self, batch_size: int, ctx: Context | None = None) -> list[NDArray]:
        """Return characters to stand before the first: zeros, the vocabulary's first."""
        return [nd.zeros((batch_size, self.num_before), ctx=ctx)]


def scan(A: NDArray, B: NDArray, H: NDArray) -> NDArray:
    r"""Compute a linear recurrence for all steps, in as many rounds as the steps can be doubled.

    .. math:: H_t = A_t \odot H_{t-1} + B_t

    Two steps in a row are one of the same kind, with the factor :math:`A_t A_{t-1}` and the
    summand :math:`A_t B_{t-1} + B_t`. Each round joins every step with the one that stands
    1, then 2, then 4 before it and so on, all at once.

    Parameters
    ----------
    A, B : mxnet.ndarray.NDArray
        Factors and summands, of shape ``(num_steps, batch_size, num_hiddens)``.
    H : mxnet.ndarray.NDArray
        The state before the first step, of shape ``(1, batch_size, num_hiddens)``.

    Returns
    -------
    mxnet.ndarray.NDArray
        The state after each step, of shape ``(num_steps, batch_size, num_hiddens)``.

    References
    ----------
    Hillis, W. D. and Steele, G. L. (1986). Data parallel algorithms. Communications of the ACM,
    29(12), 1170-1183.

    Martin, E. and Cundy, C. (2018). Parallelizing linear recurrent neural nets over sequence
    length. ICLR.
    """
    # The state before is one more step, which takes nothing over.
    A, B = nd.concat(nd.zeros_like(H), A, dim=0), nd.concat(H, B, dim=0)
    distance = 1
    while distance < len(B):
        later = A[distance:]
        B = nd.concat(B[:distance], later * B[:-distance] + B[distance:], dim=0)
        A = nd.concat(A[:distance], later * A[:-distance], dim=0)
        distance *= 2
    return B[1:]


class MinGRU(nn.HybridBlock):
    r"""A GRU whose gate and candidate see the input only, so that a scan computes its states.

    .. math::
        Z_t = \sigma(X_t W_{xz} + b_z), \qquad \tilde{H}_t = X_t W_{xh} + b_h, \qquad
        H_t = Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde{H}_t

    Called as Gluon's recurrent layers are, and takes their place in an `RNNModel`, which may
    not be hybridized then: how many rounds the scan has depends on the number of steps.

    Parameters
    ----------
    num_hiddens : int
        Hidden units of each layer.
    num_layers : int
        Layers, one above the other.

    References
    ----------
    Feng, L., Tung, F., Ahmed, M. O., Bengio, Y. and Hajimirsadeghi, H. (2024). Were RNNs all we
    needed? arXiv:2410.01201, section 3.1. There the gate is one minus ours.
    """

    def __init__(self, num_hiddens: int, num_layers: int = 1):
        super().__init__()
        self.num_hiddens = num_hiddens
        self.gates, self.candidates = nn.HybridSequential(), nn.HybridSequential()
        for _ in range(num_layers):
            self.gates.add(at_each_place(num_hiddens))
            self.candidates.add(at_each_place(num_hiddens))

    def forward(self, X: NDArray, state: list[NDArray]) -> tuple[NDArray, list[NDArray]]:
        """Map inputs of shape ``(num_steps, batch_size, num_inputs)`` to states, layer by layer."""
        new_state = []
        for gate, candidate, H in zip(self.gates, self.candidates, state, strict=True):
            Z = nd.sigmoid(gate(X))
            X = scan(Z, (1 - Z) * candidate(X), H)
            new_state.append(X[-1:])
        return X, new_state

    def begin_state(self, batch_size: int, ctx: Context | None = None) -> list[NDArray]:
        """Return a state of zeros for each layer."""
        shape = (1, batch_size, self.num_hiddens)
        return [nd.zeros(shape, ctx=ctx) for _ in self.gates]
