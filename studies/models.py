"""Compare the chapter's models, all of about the same size, on the first 10,000 characters.

Every setting is chosen on the validation text: with seed 0, the learning rate, the width of the window
and the dropout rate; and in each run, the epoch at which training should have stopped. Learning rates
that are nearly as good as the best with seed 0 are compared again, with five seeds.
"""

from functools import partial

import numpy as np
from mxnet import nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from studies import common

NUM_EPOCHS, PERIOD = 120, 5
LONG = 300  # epochs, for the models that are still improving near the end of NUM_EPOCHS
RATES = (25, 50, 100, 200, 400)
TIE = 0.02  # two learning rates whose perplexities are as close as this may be in another order with another seed
DROPOUT_RATES = (0.1, 0.2, 0.3, 0.5)
SEEDS = (1, 2, 3, 4, 5)


class WindowModel(nn.HybridBlock):
    """The network of Bengio et al. (2003), which sees only the last `window` characters.

    It has the interface of an `RNNModel`.
    """

    def __init__(self, num_hiddens, vocab_size, embedding_size, window, dropout=0):
        super().__init__()
        self.window = window
        self.embedding = nn.Embedding(vocab_size, embedding_size)
        self.hidden = nn.Dense(num_hiddens, activation="relu")
        self.dropout = nn.Dropout(dropout)
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
        hidden = self.dropout(self.hidden(self.embedding(windows)))
        return self.dense(hidden), [padded[:, -self.window :]]

    def begin_state(self, batch_size, ctx=None):
        """Return a window of zeros, the index of the vocabulary's first character."""
        return [nd.zeros((batch_size, self.window), ctx=ctx)]


def two_layers(dropout, vocab_size):
    """Return a model of two GRU layers with dropout between them."""
    return gb.RNNModel(gb.DeepRNN([rnn.GRU(24), rnn.GRU(24)], dropout), vocab_size)


class DropoutModel(gb.RNNModel):
    """An `RNNModel` with dropout between its recurrent layer and its output layer."""

    def __init__(self, rnn_layer, vocab_size, dropout):
        super().__init__(rnn_layer, vocab_size)
        self.dropout = nn.Dropout(dropout)

    def hybrid_forward(self, F, inputs, state):
        """Return logits and the new state, as `RNNModel` does."""
        X = F.one_hot(F.transpose(inputs), self.vocab_size)
        Y, state = self.rnn(X, state)
        return self.dense(self.dropout(Y).reshape((-3, 0))), state


# Each function makes a model for a vocabulary size. With 43 characters, all models have 9,771 parameters,
# output layer included, or as close to that as whole units allow.
WINDOWS = {
    f"window of {window}": partial(WindowModel, num_hiddens, embedding_size=16, window=window)
    for window, num_hiddens in {2: 119, 3: 98, 4: 84, 5: 73, 8: 53, 10: 44}.items()
}
# Models with dropout, for each dropout rate: between two layers, or after a single one.
DROPOUTS = {f"GRU, 2 layers, dropout {p}": partial(two_layers, p) for p in DROPOUT_RATES}
GRU_DROPOUTS = {
    f"GRU, dropout {p}": lambda vocab_size, p=p: DropoutModel(rnn.GRU(35), vocab_size, p)
    for p in DROPOUT_RATES
}
WINDOW_DROPOUTS = {
    f"window of 3, dropout {p}": partial(WINDOWS["window of 3"], dropout=p) for p in DROPOUT_RATES
}
SINGLE = {
    "plain, tanh": lambda vocab_size: gb.RNNModel(rnn.RNN(64, activation="tanh"), vocab_size),
    "plain, ReLU": lambda vocab_size: gb.RNNModel(rnn.RNN(64), vocab_size),
    "GRU": lambda vocab_size: gb.RNNModel(rnn.GRU(35), vocab_size),
    "LSTM": lambda vocab_size: gb.RNNModel(rnn.LSTM(29), vocab_size),
    "GRU, 2 layers": lambda vocab_size: gb.RNNModel(rnn.GRU(24, num_layers=2), vocab_size),
}
MODELS = WINDOWS | SINGLE | DROPOUTS | GRU_DROPOUTS | WINDOW_DROPOUTS


def run(setting, seed):
    """Train one model, and measure it at the epoch that was best on the validation text."""
    text = gb.load_text()
    model = MODELS[setting["model"]](text.size)
    model.hybridize()
    return train(model, setting["rate"], setting.get("epochs", NUM_EPOCHS), seed=seed)


def train(model, rate, num_epochs=NUM_EPOCHS, seed=None):
    """Train a model, and measure it at the epoch that was best on the validation text."""
    text = gb.load_text()
    keep = gb.KeepBest(model, text.validation, period=PERIOD)
    try:
        gb.train(model, text, lr=rate, num_epochs=num_epochs, seed=seed, callbacks=[keep])
    except FloatingPointError:
        return {"diverged": True, "validation": None}
    keep.restore()
    losses = -np.log(common.probabilities(model, common.passages())).mean(axis=1)
    return {
        "num_params": gb.num_params(model),
        "validation_curve": [round(epoch.perplexity, 4) for epoch in keep],
        "best_epoch": keep.best.number,
        "validation": keep.best.perplexity,
        "test": float(np.exp(losses[0])),
        "passages": losses.tolist(),  # the mean loss on the test text and on each later passage
    }


def main():
    """Choose the settings of each network, and train it with five seeds."""
    text = common.novel()
    # Smaller grids where the neighbours of the best rate are known from a similar network.
    grids = dict.fromkeys(SINGLE, RATES) | dict.fromkeys(WINDOWS, RATES[:-1])
    with_dropout = DROPOUTS, GRU_DROPOUTS, WINDOW_DROPOUTS
    for group in with_dropout:
        grids |= dict.fromkeys(group, RATES[1:-1])
    best = {}
    for model, rates in grids.items():
        setting = common.choose_rate(run, {"model": model}, rates, text)
        (best[model],) = common.run_all(run, [setting], [0], text, name="-rates")

    def best_of(group):
        return min(group, key=lambda model: common.validation(best[model].result))

    for model in [*SINGLE, best_of(WINDOWS)]:
        common.run_nearly_best(run, {"model": model}, grids[model], SEEDS, text, TIE)
    # Were the slowest models still improving?
    slow = [best[model].setting | {"epochs": LONG} for model in ("GRU", "GRU, 2 layers")]
    common.run_all(run, slow, SEEDS[:3], text, name="-long")
    # With dropout, most runs were best in their last epoch.
    chosen = [best[best_of(group)].setting | {"epochs": LONG} for group in with_dropout]
    common.run_all(run, chosen, SEEDS, text, name="-long")


if __name__ == "__main__":
    main()
