"""A network with a fixed window, for comparison with those that carry a state."""

from mxnet import nd
from mxnet.gluon import nn

import gluonbook as gb  # noqa: F401

WINDOW = 10  # characters


class WindowModel(nn.HybridBlock):
    """A network that sees the last few characters, `window` of them, and nothing before them.

    Called as an `RNNModel` is. Its state is what the window shows before the present characters.

    References
    ----------
    Bengio, Y., Ducharme, R., Vincent, P. and Jauvin, C. (2003). A neural probabilistic
    language model. JMLR, 3, 1137-1155.
    """

    def __init__(self, num_hiddens, vocab_size, embedding_size=24, window=WINDOW):
        super().__init__()
        self.vocab_size, self.window = vocab_size, window
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
        # Time step by time step, as the logits of an RNNModel come.
        windows = windows.transpose((1, 0, 2)).reshape((-1, self.window))
        return self.dense(self.hidden(self.embedding(windows))), [padded[:, -self.window :]]

    def begin_state(self, batch_size, ctx=None):
        """Return a window of zeros: of the vocabulary's first character."""
        return [nd.zeros((batch_size, self.window), ctx=ctx)]
