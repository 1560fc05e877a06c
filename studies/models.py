"""A network with a window, and an output layer with dropout."""

from mxnet import nd
from mxnet.gluon import nn


class WindowModel(nn.HybridBlock):
    """The network of Bengio et al. (2003), which sees only the last `window` characters.

    It has the interface of an `RNNModel`.
    """

    def __init__(self, num_hiddens, vocab_size, embedding_size, window):
        super().__init__()
        self.window = window
        self.embedding = nn.Embedding(vocab_size, embedding_size)
        self.hidden = nn.Dense(num_hiddens, activation="relu")
        self.dense = nn.Dense(vocab_size)

    def forward(self, X, state):
        """Return logits and the new state, as `RNNModel` does."""
        (before,) = state  # (batch_size, window)
        padded = nd.concat(before, X, dim=1)
        num_steps = X.shape[1]
        windows = nd.stack(
            *[padded[:, i : i + num_steps] for i in range(1, self.window + 1)], axis=2
        )
        # Order the rows by time step, as an RNNModel orders its logits.
        windows = windows.transpose((1, 0, 2)).reshape((-1, self.window))
        return self.dense(self.hidden(self.embedding(windows))), [padded[:, -self.window :]]

    def begin_state(self, batch_size, ctx=None):
        """Return a window of zeros, the index of the vocabulary's first character."""
        return [nd.zeros((batch_size, self.window), ctx=ctx)]


class DenseAfterDropout(nn.Dense):
    """An output layer with dropout before it."""

    def __init__(self, units, dropout):
        super().__init__(units)
        self.dropout = dropout

    def hybrid_forward(self, F, x, weight, bias=None):
        """Compute the logits."""
        return super().hybrid_forward(F, F.Dropout(x, p=self.dropout), weight, bias)
