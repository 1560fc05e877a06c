"""What came after: attention, a recurrence that is computed as a scan, and the blocks around both."""

import math
from collections.abc import Sequence
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
    Q : mxnet.ndarray.NDArray
        A query for each position that looks, of shape ``(batch_size, num_looking, num_hiddens)``.
    K : mxnet.ndarray.NDArray
        A key for each position in sight, of shape ``(batch_size, num_in_sight, num_hiddens)``.
    V : mxnet.ndarray.NDArray
        A value for each position in sight, of shape ``(batch_size, num_in_sight, num_values)``.
    bias : mxnet.ndarray.NDArray
        Added to the scores: row t, column s is for a look from position t to position s. Of shape
        ``(1, num_looking, num_in_sight)``, the same for the whole batch, or with one for each.

    Returns
    -------
    found : mxnet.ndarray.NDArray
        For each position that looks the mean of all values, by its weights:
        ``(batch_size, num_looking, num_values)``.
    weights : mxnet.ndarray.NDArray
        Each row adds up to 1, of shape ``(batch_size, num_looking, num_in_sight)``.

    References
    ----------
    Bahdanau, D., Cho, K. and Bengio, Y. (2015). Neural machine translation by jointly learning
    to align and translate. ICLR.

    Vaswani, A. and others (2017). Attention is all you need. NIPS, section 3.2.1.
    """
    scores = nd.batch_dot(Q / math.sqrt(Q.shape[2]), K, transpose_b=True) + bias
    weights = nd.softmax(scores)
    return nd.batch_dot(weights, V), weights


def by_distance(values: NDArray, num_steps: int, num_before: int = 0) -> NDArray:
    """Lay out one number for each distance as a bias for `attend`, causal and with a window.

    Parameters
    ----------
    values : mxnet.ndarray.NDArray
        The number for a look at the position itself, for one position back and so on: ``(window,)``.
    num_steps : int
        Places that look.
    num_before : int
        Places in sight that stand before the first of them.

    Returns
    -------
    mxnet.ndarray.NDArray
        Of shape ``(1, num_steps, num_before + num_steps)``. What comes later than a position, or
        ``window`` positions or more before it, is out of sight.

    Examples
    --------
    >>> gb.by_distance(nd.array([5, 7]), 3)[0].asnumpy().tolist()
    [[5.0, -1000000000.0, -1000000000.0], [7.0, 5.0, -1000000000.0], [-1000000000.0, 7.0, 5.0]]
    """
    position = nd.arange(num_before + num_steps, ctx=values.context)
    back = position[num_before:].expand_dims(1) - position.expand_dims(0)
    in_sight = (back >= 0) * (back < len(values))
    hidden = nd.full(back.shape, OUT_OF_SIGHT, ctx=back.context)
    return nd.where(in_sight, values.take(back), hidden).expand_dims(0)


class OneLook(nn.HybridBlock):
    """One head of attention, which looks back once, from the last position of a row.

    A position is found by the character that stands there and by the one before it. A query and a
    key have `size` numbers. Called as Gluon's recurrent layers are, so that it can be trained as
    they are.
    """

    def __init__(self, size: int):
        super().__init__()
        self.query, self.key = nn.Dense(size, flatten=False), nn.Dense(size, flatten=False)

    def forward(self, X: NDArray, state: list[NDArray]) -> tuple[NDArray, list[NDArray]]:
        """Map ``(num_steps, batch_size, num_inputs)`` to what the last position finds."""
        before = nd.concat(nd.zeros_like(X[:1]), X[:-1], dim=0)
        Q, K = self.query(X[-1:]), self.key(nd.concat(before, X, dim=2))
        Q, K, V = (part.swapaxes(0, 1) for part in (Q, K, X))
        found, _ = attend(Q, K, V, nd.zeros((1, 1, len(X)), ctx=X.context))
        return found.swapaxes(0, 1), state

    def begin_state(self, batch_size: int, ctx: Context | None = None) -> list[NDArray]:
        """Return nothing: nothing is carried."""
        return []


def in_heads(X: NDArray, num_heads: int) -> NDArray:
    """Share out the numbers of each position among heads, as if each had a batch of its own.

    The shape ``(batch_size, num_steps, size)`` becomes
    ``(batch_size * num_heads, num_steps, size / num_heads)``.
    """
    apart = X.reshape((0, 0, num_heads, -1)).transpose((0, 2, 1, 3))
    return apart.reshape((-3, 0, 0))  # -3 joins the first two axes


def normalized(X: NDArray) -> NDArray:
    """Scale the numbers of each position, ``(batch_size, num_steps, size)``, to a mean square of 1.

    References
    ----------
    Zhang, B. and Sennrich, R. (2019). Root mean square layer normalization. NeurIPS. The factors
    that are learned there go into the dense layer that comes next.
    """
    at_length_1 = nd.L2Normalization(X.reshape((-3, 0)))
    return math.sqrt(X.shape[2]) * at_length_1.reshape(X.shape)


def positionwise(units: int, **kwargs: Any) -> nn.Dense:
    """Return a dense layer for each position of a text, whose weights begin as Xavier's."""
    return nn.Dense(units, flatten=False, weight_initializer=init.Xavier(), **kwargs)


class CausalAttention(nn.HybridBlock):
    """Let each position of a text look at itself and at those before it, with several heads.

    Each head has queries, keys and values of its own, and a number for each distance that it
    adds to its scores. The state is what the next position may still look at: keys and values of
    the last ``window - 1`` positions.

    Parameters
    ----------
    size : int
        Numbers at each position.
    num_heads : int
        Heads, which share the numbers out among them. They must divide `size`.
    window : int
        Positions in sight, the position itself included: 2 or more.

    References
    ----------
    Vaswani, A. and others (2017). Attention is all you need. NIPS, section 3.2.

    Raffel, C. and others (2020). Exploring the limits of transfer learning with a unified
    text-to-text transformer. JMLR, 21(140), section 2.1, for the number for each distance.

    Press, O., Smith, N. A. and Lewis, M. (2022). Train short, test long: attention with linear
    biases enables input length extrapolation. ICLR, for what these numbers begin with.

    Dai, Z. and others (2019). Transformer-XL: attentive language models beyond a fixed-length
    context. ACL, for what is kept from one part of a text to the next.
    """

    def __init__(self, size: int, num_heads: int, window: int):
        super().__init__()
        self.size, self.num_heads, self.num_before = size, num_heads, window - 1
        self.query, self.key, self.value, self.output = (
            positionwise(size, use_bias=False) for _ in range(4)
        )
        # The first head hardly sees beyond a few positions, and each further one four times as far.
        start = [[-back / 4**head for back in range(window)] for head in range(num_heads)]
        self.distances = self.params.get(
            "distances", shape=(num_heads, window), init=init.Constant(start)
        )

    def forward(self, X: NDArray, before: NDArray) -> tuple[NDArray, NDArray]:
        """Map ``(batch_size, num_steps, size)`` to the same shape, and bring the state up to date."""
        keys = nd.concat(before[0], self.key(X), dim=1)
        values = nd.concat(before[1], self.value(X), dim=1)
        Q, K, V = (in_heads(part, self.num_heads) for part in (self.query(X), keys, values))
        found, _ = attend(Q, K, V, self.biases(X))
        # -4 splits the first axis into texts and heads, -3 joins the last two: the heads side by
        # side again.
        found = found.reshape((-4, -1, self.num_heads, 0, 0)).transpose((0, 2, 1, 3))
        latest = nd.stack(keys[:, -self.num_before :], values[:, -self.num_before :])
        return self.output(found.reshape((0, 0, -3))), latest

    def biases(self, X: NDArray) -> NDArray:
        """Return a bias for each head of each text, in the order of `in_heads`."""
        batch_size, num_steps, _ = X.shape
        rows = self.distances.data(X.context)
        flat = nd.concat(*[by_distance(row, num_steps, self.num_before) for row in rows], dim=0)
        # A product with ones repeats it, and has a faster gradient than `tile`.
        repeated = nd.dot(nd.ones((batch_size, 1), ctx=X.context), flat.reshape((1, -1)))
        return repeated.reshape((-1, *flat.shape[1:]))

    def begin_state(self, batch_size: int, ctx: Context | None = None) -> NDArray:
        """Return keys and values of zeros, to stand before the first position."""
        return nd.zeros((2, batch_size, self.num_before, self.size), ctx=ctx)


def scan(a: NDArray, b: NDArray, h: NDArray) -> NDArray:
    r"""Compute a linear recurrence for all steps at once, in about :math:`\log_2` of their number of rounds.

    .. math:: h_t = a_t \odot h_{t-1} + b_t

    Two steps in a row are one of the same kind, with the factor :math:`a_t a_{t-1}` and the
    summand :math:`a_t b_{t-1} + b_t`. Each round joins every step with the one that stands
    1, then 2, then 4 before it and so on, all at once.

    Parameters
    ----------
    a, b : mxnet.ndarray.NDArray
        Factors and summands, of shape ``(num_steps, batch_size, num_hiddens)``.
    h : mxnet.ndarray.NDArray
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
    a, b = nd.concat(nd.zeros_like(h), a, dim=0), nd.concat(h, b, dim=0)
    distance = 1
    while distance < len(b):
        later = a[distance:]
        b = nd.concat(b[:distance], later * b[:-distance] + b[distance:], dim=0)
        a = nd.concat(a[:distance], later * a[:-distance], dim=0)
        distance *= 2
    return b[1:]


class MinGRU(nn.HybridBlock):
    r"""A GRU whose gate and candidate see the input only, so that a scan computes its states.

    .. math::
        Z_t = \sigma(X_t W_{xz} + b_z), \qquad \tilde{H}_t = X_t W_{xh} + b_h, \qquad
        H_t = Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde{H}_t

    There are `size` hidden units.

    References
    ----------
    Feng, L., Tung, F., Ahmed, M. O., Bengio, Y. and Hajimirsadeghi, H. (2024). Were RNNs all we
    needed? arXiv:2410.01201, section 3.1. There the gate is one minus ours.
    """

    def __init__(self, size: int):
        super().__init__()
        self.size = size
        self.gate, self.candidate = positionwise(size), positionwise(size)

    def forward(self, X: NDArray, H: NDArray) -> tuple[NDArray, NDArray]:
        """Map ``(batch_size, num_steps, num_inputs)`` to the states, and return the last of them."""
        Z = nd.sigmoid(self.gate(X))
        b = (1 - Z) * self.candidate(X)
        # A scan goes along the first axis.
        states = scan(Z.swapaxes(0, 1), b.swapaxes(0, 1), H.expand_dims(0))
        return states.swapaxes(0, 1), states[-1]

    def begin_state(self, batch_size: int, ctx: Context | None = None) -> NDArray:
        """Return a state of zeros, of shape ``(batch_size, size)``."""
        return nd.zeros((batch_size, self.size), ctx=ctx)


class Block(nn.HybridBlock):
    """Let the positions of a text tell one another, then work on it; add both to what was there.

    The `mixer`, a `CausalAttention` or a `MinGRU`, goes from position to position, each of which has
    `size` numbers.

    References
    ----------
    Vaswani, A. and others (2017). Attention is all you need. NIPS, section 3.1. Here what stands
    at a position is normalised before and not after each part, which Xiong, R. and others (2020)
    examine: On layer normalization in the transformer architecture. ICML.
    """

    def __init__(self, mixer: nn.HybridBlock, size: int):
        super().__init__()
        self.mixer = mixer
        self.hidden, self.output = positionwise(4 * size, activation="relu"), positionwise(size)

    def forward(self, X: NDArray, state: NDArray) -> tuple[NDArray, NDArray]:
        """Map ``(batch_size, num_steps, size)`` to the same shape, and bring the state up to date."""
        found, state = self.mixer(normalized(X), state)
        X = X + found
        return X + self.output(self.hidden(normalized(X))), state


class BlockModel(nn.HybridBlock):
    """An embedding, blocks and an output layer, called as an `RNNModel` is.

    It may not be hybridized: the rounds of a scan, and what is in sight, depend on the number of
    steps.

    Parameters
    ----------
    vocab_size : int
        Characters in the vocabulary.
    size : int
        Numbers at each position.
    mixers : sequence of CausalAttention or of MinGRU
        One for each block.

    Examples
    --------
    >>> model = gb.BlockModel(43, 24, [gb.CausalAttention(24, num_heads=3, window=10)])
    >>> model.initialize()
    >>> logits, state = model(nd.zeros((2, 35)), model.begin_state(batch_size=2))
    >>> logits.shape, state[0].shape
    ((70, 43), (2, 2, 9, 24))
    """

    def __init__(self, vocab_size: int, size: int, mixers: Sequence[nn.HybridBlock]):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, size, weight_initializer=init.Normal(1))
        self.blocks = nn.HybridSequential()
        self.blocks.add(*[Block(mixer, size) for mixer in mixers])
        self.dense = nn.Dense(vocab_size)

    def forward(self, X: NDArray, state: list[NDArray]) -> tuple[NDArray, list[NDArray]]:
        """Return logits and the new state, as `RNNModel` does."""
        H, new_state = self.embedding(X), []
        for block, part in zip(self.blocks, state, strict=True):
            H, part = block(H, part)
            new_state.append(part)
        # Time step by time step, as the logits of an RNNModel come.
        return self.dense(normalized(H).swapaxes(0, 1).reshape((-3, 0))), new_state

    def begin_state(self, batch_size: int, ctx: Context | None = None) -> list[NDArray]:
        """Return the state of each block before the first character."""
        return [block.mixer.begin_state(batch_size, ctx) for block in self.blocks]
