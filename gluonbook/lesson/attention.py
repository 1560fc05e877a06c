"""Attention, linear attention, and the blocks of a transformer."""

import math

from mxnet import init, nd
from mxnet.gluon import nn

# A score so low that the softmax turns it into a weight of zero.
MASKED = -1e9


def attend(Q, K, V, bias):
    r"""Compute scaled dot-product attention, which weights values by how well their keys match a query.

    .. math::
        A = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{h}} + B\right), \qquad Y = A V

    `Q` has a query for each position in the output, ``(batch_size, num_steps, num_hiddens)``. For each
    position that can be attended to, `K` has a key, ``(batch_size, num_in_sight, num_hiddens)``, and `V` a
    value, ``(batch_size, num_in_sight, num_values)``. Row t, column s of `bias` is added to the score of
    key s for query t. The shape of `bias` is ``(batch_size, num_steps, num_in_sight)``, or the same with
    1 in place of the batch size.

    The function returns `Y`, for each query the mean of all values weighted by `A`, of shape
    ``(batch_size, num_steps, num_values)``, and the attention weights `A`, of shape
    ``(batch_size, num_steps, num_in_sight)``, each row of which sums to 1.
    See Bahdanau et al. (2015), and Vaswani et al. (2017), section 3.2.1.
    """
    scores = nd.batch_dot(Q / math.sqrt(Q.shape[2]), K, transpose_b=True) + bias
    A = nd.softmax(scores)  # (n, T, T)
    return nd.batch_dot(A, V), A


def distance_bias(values, num_steps, num_before=0):
    """Return a relative position bias for `attend`, with a causal mask and a window.

    `values` has the bias for each distance from 0 to ``window - 1``. There are `num_steps` queries, and
    as many keys, with `num_before` further keys before the first query. Positions after the query are
    masked, as are those that are ``window`` or more positions before it. The shape of the result is
    ``(1, num_steps, num_before + num_steps)``. See Raffel et al. (2020), section 2.1.

    Examples
    --------
    >>> gb.distance_bias(nd.array([5, 7]), 3)[0].asnumpy().tolist()
    [[5.0, -1000000000.0, -1000000000.0], [7.0, 5.0, -1000000000.0], [-1000000000.0, 7.0, 5.0]]
    """
    position = nd.arange(num_before + num_steps, ctx=values.context)
    distance = position[num_before:].expand_dims(1) - position.expand_dims(0)
    in_sight = (distance >= 0) * (distance < len(values))
    masked = nd.full(distance.shape, MASKED, ctx=values.context)
    return nd.where(in_sight, values.take(distance), masked).expand_dims(0)


class AttentionHead(nn.HybridBlock):
    """A single attention head with one query, from the last position of an example.

    The key of a position is computed from its character and the previous character. Queries and keys
    are vectors of length `size`. The head has the interface of Gluon's recurrent layers, so it can be
    trained in the same way.
    """

    def __init__(self, size):
        super().__init__()
        self.query, self.key = nn.Dense(size, flatten=False), nn.Dense(size, flatten=False)

    def forward(self, X, state):
        """Map ``(num_steps, batch_size, num_inputs)`` to ``(1, batch_size, num_inputs)``."""
        before = nd.concat(nd.zeros_like(X[:1]), X[:-1], dim=0)  # (T, n, d)
        Q, K = self.query(X[-1:]), self.key(nd.concat(before, X, dim=2))
        # The batch comes first: (n, 1, size), (n, T, size), (n, T, d).
        Q, K, V = (part.swapaxes(0, 1) for part in (Q, K, X))
        return self.look_up(Q, K, V).swapaxes(0, 1), state  # (1, n, d)

    def look_up(self, Q, K, V):
        """Return the values that the queries look up, ``(batch_size, 1, num_inputs)``."""
        Y, _ = attend(Q, K, V, nd.zeros((1, 1, K.shape[1]), ctx=K.context))
        return Y

    def begin_state(self, batch_size, ctx=None):
        """Return an empty list, because no state is carried over."""
        return []


def split_heads(X, num_heads):
    """Divide the vector at each position among the heads, which become separate rows of the batch."""
    X = X.reshape((0, 0, num_heads, -1))  # 0 keeps: (n, T, num_heads, size / num_heads)
    X = X.transpose((0, 2, 1, 3))  # (n, num_heads, T, size / num_heads)
    return X.reshape((-3, 0, 0))  # -3 joins: (n * num_heads, T, size / num_heads)


def join_heads(X, num_heads):
    """Concatenate the outputs of the heads at each position; this is the inverse of `split_heads`."""
    X = X.reshape((-4, -1, num_heads, 0, 0))  # -4 splits: (n, num_heads, T, size / num_heads)
    X = X.transpose((0, 2, 1, 3))  # (n, T, num_heads, size / num_heads)
    return X.reshape((0, 0, -3))  # (n, T, size)


def rms_norm(X):
    """Scale the vector at each position to a mean square of 1, without changing the shape.

    The gains that Zhang and Sennrich (2019) learn are not needed here, because the next dense layer can
    absorb them.
    """
    unit_length = nd.L2Normalization(X.reshape((-3, 0)))  # (n * T, size)
    return math.sqrt(X.shape[2]) * unit_length.reshape(X.shape)


def positionwise(units, **kwargs):
    """Return a dense layer that is applied at each position, with Xavier initialisation."""
    return nn.Dense(units, flatten=False, weight_initializer=init.Xavier(), **kwargs)


class CausalAttention(nn.HybridBlock):
    """Multi-head attention of each position to itself and to earlier positions within a window.

    Each head has its own queries, keys, values and relative position bias. The state is a key-value
    cache, which holds the keys and values of the last ``window - 1`` positions, because the next
    positions may still attend to them. The vector at each position has the length `size`, a multiple of
    `num_heads`. A position attends to `window` positions, including itself; 2 or more.

    See Vaswani et al. (2017), section 3.2, for the heads; Raffel et al. (2020), section 2.1, for the bias
    of each distance; Press et al. (2022) for the initial biases; and Dai et al. (2019) for the cache that
    is carried from one part of a text to the next.
    """

    def __init__(self, size, num_heads, window):
        super().__init__()
        self.size, self.num_heads, self.num_before = size, num_heads, window - 1
        self.query, self.key, self.value, self.output = (
            positionwise(size, use_bias=False) for _ in range(4)
        )
        # At first, each head sees four times as far as the one before it.
        start = [[-distance / 4**head for distance in range(window)] for head in range(num_heads)]
        self.distance_biases = self.params.get(
            "distance_biases", shape=(num_heads, window), init=init.Constant(start)
        )

    def forward(self, X, cache):
        """Map ``(batch_size, num_steps, size)`` to the same shape, and update the cache."""
        keys = nd.concat(cache[0], self.key(X), dim=1)  # (n, num_before + T, size)
        values = nd.concat(cache[1], self.value(X), dim=1)  # (n, num_before + T, size)
        Q = split_heads(self.query(X), self.num_heads)  # (n * num_heads, T, size / num_heads)
        K = split_heads(keys, self.num_heads)  # (n * num_heads, num_before + T, size / num_heads)
        V = split_heads(values, self.num_heads)  # (n * num_heads, num_before + T, size / num_heads)
        Y, _ = attend(Q, K, V, self.bias(keys))  # (n * num_heads, T, size / num_heads)
        # What the next positions may attend to: (2, n, num_before, size).
        cache = nd.stack(keys[:, -self.num_before :], values[:, -self.num_before :])
        return self.output(join_heads(Y, self.num_heads)), cache  # (n, T, size)

    def bias(self, keys):
        """Return the bias of each head for each text, which masks what is still empty of the cache."""
        rows = self.distance_biases.data(keys.context)  # (num_heads, window)
        num_steps = keys.shape[1] - self.num_before
        biases = [distance_bias(row, num_steps, self.num_before) for row in rows]
        biases = nd.concat(*biases, dim=0)  # (num_heads, T, num_before + T)
        biases = nd.tile(biases, (len(keys), 1, 1))  # (n * num_heads, T, num_before + T)
        # The cache begins with keys of zeros, which stand for no position of the text.
        is_empty = (keys == 0).min(axis=2).repeat(self.num_heads, axis=0)
        return biases + MASKED * is_empty.expand_dims(1)

    def begin_state(self, batch_size, ctx=None):
        """Return an empty cache, which is one of zeros, ``(2, batch_size, window - 1, size)``."""
        return nd.zeros((2, batch_size, self.num_before, self.size), ctx=ctx)


class MatrixState(AttentionHead):
    r"""Linear attention: an `AttentionHead` without softmax, whose state is a matrix.

    .. math:: S_t = S_{t-1} + k_t^\top v_t, \qquad y = q S_T

    See J. Schmidhuber (1992, *Learning to control fast-weight memories*) and Katharopoulos et al. (2020).
    """

    def look_up(self, Q, K, V):
        """Return the product of the queries and the matrix, ``(batch_size, 1, num_inputs)``."""
        S = nd.batch_dot(K, V, transpose_a=True)  # (n, size, d): the sum over all positions
        return nd.batch_dot(Q, S)  # (n, 1, d)


class Block(nn.HybridBlock):
    """A mixer followed by a feed-forward network, each with a residual connection.

    The `mixer`, a `CausalAttention` or a `MinGRU`, passes information from position to position. The
    vector at each position has the length `size`. See Vaswani et al. (2017), section 3.1, and, for
    normalising the input of each part rather than its output, Xiong et al. (2020).
    """

    def __init__(self, mixer, size):
        super().__init__()
        self.mixer = mixer
        self.hidden, self.output = positionwise(4 * size, activation="relu"), positionwise(size)

    def forward(self, X, state):
        """Map ``(batch_size, num_steps, size)`` to the same shape, and update the mixer's state."""
        mixed, state = self.mixer(rms_norm(X), state)
        X = X + mixed  # (n, T, size), as before
        return X + self.output(self.hidden(rms_norm(X))), state


class BlockModel(nn.HybridBlock):
    """An embedding, a stack of blocks and an output layer, with the interface of an `RNNModel`.

    The model cannot be hybridized, because the number of rounds in a scan and the shape of the
    attention bias depend on the number of steps. The vector at each position has the length `size`, and
    each block has one of the `mixers`, a `CausalAttention` or a `MinGRU`.
    """

    def __init__(self, vocab_size, size, mixers):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, size, weight_initializer=init.Normal(1))
        self.blocks = nn.HybridSequential()
        self.blocks.add(*[Block(mixer, size) for mixer in mixers])
        self.dense = nn.Dense(vocab_size)

    def forward(self, X, state):
        """Return the logits and the new state, as `RNNModel` does."""
        H, new_state = self.embedding(X), []  # (n, T, size)
        for block, block_state in zip(self.blocks, state, strict=True):
            H, block_state = block(H, block_state)
            new_state.append(block_state)
        # One time step after the other, as an RNNModel returns its logits.
        H = rms_norm(H).swapaxes(0, 1).reshape((-3, 0))  # (T * n, size)
        return self.dense(H), new_state  # (T * n, d)

    def begin_state(self, batch_size, ctx=None):
        """Return the initial state of each block."""
        return [block.mixer.begin_state(batch_size, ctx) for block in self.blocks]
