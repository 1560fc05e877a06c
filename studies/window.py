"""A network with a fixed window, for comparison with those that carry a state."""

import gluonbook as gb  # isort: skip  # before mxnet  # noqa: F401
from mxnet import nd
from mxnet.gluon import nn

WINDOW = 10  # characters


class WindowModel(nn.HybridBlock):
    """A network that sees the last `WINDOW` characters, and nothing before them.

    Called as an `RNNModel` is. Its state is the window before the present characters.

    References
    ----------
    Bengio, Y., Ducharme, R., Vincent, P. and Jauvin, C. (2003). A neural probabilistic
    language model. JMLR, 3, 1137-1155.
    """

    def __init__(self, num_hiddens, vocab_size, embedding_size=24):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = nn.Embedding(vocab_size, embedding_size)
        self.hidden = nn.Dense(num_hiddens, activation="relu")
        self.dense = nn.Dense(vocab_size)

    def forward(self, X, state):
        """Return logits and the new state, as `RNNModel` does."""
        (before,) = state  # (batch_size, WINDOW - 1)
        padded = nd.concat(before, X, dim=1)
        num_steps = X.shape[1]
        windows = nd.stack(*[padded[:, i : i + num_steps] for i in range(WINDOW)], axis=2)
        # Time step by time step, as the logits of an RNNModel come.
        windows = windows.transpose((1, 0, 2)).reshape((-1, WINDOW))
        return self.dense(self.hidden(self.embedding(windows))), [padded[:, -(WINDOW - 1) :]]

    def begin_state(self, batch_size, ctx=None):
        """Return a window of zeros: of the vocabulary's first character."""
        return [nd.zeros((batch_size, WINDOW - 1), ctx=ctx)]
