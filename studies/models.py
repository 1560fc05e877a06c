"""The models of the chapter on the chapter's 10,000 characters, at equal numbers of parameters.

Learning rate and the moment to stop are chosen on the validation text, the rate with seed 0 and the
moment in each run. The test text is read once per run, and its loss is stored block by block, so
that the passage can be drawn again.
"""

import numpy as np
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common, counting
from studies.window import WindowModel

NUM_EPOCHS, PERIOD = 120, 5
RATES = (25, 50, 100, 200, 400)
SEEDS = (1, 2, 3, 4, 5)
NUM_BLOCKS = 20  # of the test text, 250 characters each

# 9,771 parameters, output layer included, with 43 characters, or as near as whole units come.
MODELS = {
    "window": lambda vocab_size: WindowModel(44, vocab_size, embedding_size=16),
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
        parts = (text.train, text.validation, text.test)
        found, _, on_test = counting.measure(setting["model"], *parts, text.size)
        return found | {"test_losses": in_blocks(-np.log(on_test))}
    model = MODELS[setting["model"]](text.size)
    model.hybridize()
    return train(model, setting["rate"], seed=seed)


def train(model, rate, num_epochs=NUM_EPOCHS, seed=None):
    """Train a model, and measure it at the epoch that was best on the validation text."""
    text = gb.load_text()
    curve, keep = [], gb.KeepBest(model, text.validation, period=PERIOD)
    try:
        gb.train(
            model,
            text,
            lr=rate,
            num_epochs=num_epochs,
            seed=seed,
            callbacks=[curve.append, keep],
        )
    except FloatingPointError:
        return {"diverged": True, "validation": None}
    keep.restore()
    losses = char_losses(model, text.test)
    return {
        "num_params": common.num_params(model),
        "training_curve": [round(epoch.perplexity, 4) for epoch in curve],
        "validation_curve": [round(epoch.perplexity, 4) for epoch in keep],
        "best_epoch": keep.best.number,
        "validation": keep.best.perplexity,
        "test": float(np.exp(losses.mean())),
        "test_losses": in_blocks(losses),
    }


def char_losses(model, indices):
    """Return the loss of each character of a text but the first, in nats."""
    inputs, targets = nd.array(indices[:-1]).reshape((1, -1)), nd.array(indices[1:])
    logits, _ = model(inputs, model.begin_state(batch_size=1))
    return -nd.pick(nd.log_softmax(logits), targets).asnumpy().astype("float64")


def in_blocks(losses):
    """Return the mean loss of each of the blocks that a passage is cut into."""
    return [round(float(block.mean()), 5) for block in np.array_split(losses, NUM_BLOCKS)]


def main():
    """Count; choose a rate for each network; train it from five seeds."""
    text = common.novel()
    common.run_all(run, [{"model": kind} for kind in counting.KINDS], [0], text)
    trials = [{"model": m, "rate": rate} for m in MODELS for rate in RATES]
    best = common.best_of(common.run_all(run, trials, [0], text, name="-rates"), "model")
    common.run_all(run, [best[model].setting for model in MODELS], SEEDS, text)


if __name__ == "__main__":
    main()
