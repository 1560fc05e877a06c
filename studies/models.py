"""The models of the chapter on the chapter's 10,000 characters, at equal numbers of parameters.

Learning rate and the moment to stop are chosen on the validation text, the rate with seed 0 and the
moment in each run. The test text is read once per run, and its loss is stored block by block, so
that the passage can be drawn again.
"""

import numpy as np
from mxnet import nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from studies import common, counting

NUM_EPOCHS, PERIOD = 120, 5
RATES = (25, 50, 100, 200, 400)
SEEDS = (1, 2, 3, 4, 5)
NUM_BLOCKS = 20  # of the test text, 250 characters each


class WindowModel(nn.HybridBlock):
    """A network that sees the last few characters, `window` of them, and nothing before them.

    Called as an `RNNModel` is. Its state is what the window shows before the present characters.

    References
    ----------
    Bengio, Y., Ducharme, R., Vincent, P. and Jauvin, C. (2003). A neural probabilistic
    language model. JMLR, 3, 1137-1155.
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
        # Time step by time step, as the logits of an RNNModel come.
        windows = windows.transpose((1, 0, 2)).reshape((-1, self.window))
        return self.dense(self.hidden(self.embedding(windows))), [padded[:, -self.window :]]

    def begin_state(self, batch_size, ctx=None):
        """Return a window of zeros: of the vocabulary's first character."""
        return [nd.zeros((batch_size, self.window), ctx=ctx)]


# 9,771 parameters, output layer included, with 43 characters, or as near as whole units come.
MODELS = {
    "window": lambda vocab_size: WindowModel(44, vocab_size, 16, window=10),
    "plain, tanh": lambda vocab_size: gb.RNNModel(rnn.RNN(64, activation="tanh"), vocab_size),
    "plain, ReLU": lambda vocab_size: gb.RNNModel(rnn.RNN(64), vocab_size),
    "GRU": lambda vocab_size: gb.RNNModel(rnn.GRU(35), vocab_size),
    "LSTM": lambda vocab_size: gb.RNNModel(rnn.LSTM(29), vocab_size),
    "GRU, 2 layers": lambda vocab_size: gb.RNNModel(rnn.GRU(24, num_layers=2), vocab_size),
}


def run(setting, seed):
    """Train one model, and measure it at the epoch that was best on the validation text."""
    text = gb.load_text()
    if setting["model"] in counting.KINDS:
        return count(setting["model"], text)
    model = MODELS[setting["model"]](text.size)
    model.hybridize()
    return train(model, setting["rate"], seed=seed)


def count(kind, text):
    """Choose n and the weight or discount on the validation text, and measure both texts."""
    counts = counting.Counts(text.train, text.size)
    probabilities_of, choices = counting.KINDS[kind]
    candidates = probabilities_of(counts, text.validation, choices)
    best = min(candidates, key=lambda key: (counting.perplexity(candidates[key]), key))
    n, choice = best
    on_test = probabilities_of(counts, text.test, [choice])[best]
    return {
        "n": n,
        "choice": choice,
        "num_params": sum(map(len, counts.grams[:n])),
        **counting.perplexities(candidates[best], on_test),
        "test_losses": in_blocks(-np.log(on_test)),
    }


def train(model, rate, num_epochs=NUM_EPOCHS, seed=None):
    """Train a model, and measure it at the epoch that was best on the validation text."""
    text = gb.load_text()
    curve, keep = [], gb.KeepBest(model, text.validation, period=PERIOD)
    try:
        callbacks = [curve.append, keep]
        gb.train(model, text, lr=rate, num_epochs=num_epochs, seed=seed, callbacks=callbacks)
    except FloatingPointError:
        return {"diverged": True, "validation": None}
    keep.restore()
    losses = -np.log(common.probabilities(model, text.test[None])[0])
    return {
        "num_params": gb.num_params(model),
        "training_curve": [round(epoch.perplexity, 4) for epoch in curve],
        "validation_curve": [round(epoch.perplexity, 4) for epoch in keep],
        "best_epoch": keep.best.number,
        "validation": keep.best.perplexity,
        "test": float(np.exp(losses.mean())),
        "test_losses": in_blocks(losses),
    }


def in_blocks(losses):
    """Return the mean loss of each of the blocks that a passage is cut into."""
    return [round(float(block.mean()), 5) for block in np.array_split(losses, NUM_BLOCKS)]


def main():
    """Count; choose a rate for each network; train it from five seeds."""
    text = common.novel()
    common.run_all(run, [{"model": kind} for kind in counting.KINDS], [0], text)
    for model in MODELS:
        setting = {"model": model}
        rate = common.choose_rate(run, setting, RATES, common.validation, text)
        common.run_all(run, [setting | {"rate": rate}], SEEDS, text)


if __name__ == "__main__":
    main()
