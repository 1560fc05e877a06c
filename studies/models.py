"""The models of the chapter on the chapter's 10,000 characters, at equal numbers of parameters.

Learning rate and the moment to stop are chosen on the validation text, the rate with seed 0 and the
moment in each run. The test text is read once per run.
"""

import gluonbook as gb  # isort: skip  # before mxnet
import mxnet as mx
import numpy as np
from mxnet.gluon import rnn

from studies import common, counting
from studies.window import WindowModel

NUM_EPOCHS, PERIOD = 120, 5
RATES = (25, 50, 100, 200, 400)
SEEDS = (1, 2, 3, 4, 5)

# About 9,800 parameters each, output layer included, with 43 characters.
MODELS = {
    "window": lambda vocab_size: WindowModel(44, vocab_size, embedding_size=16),
    "plain, tanh": lambda vocab_size: gb.RNNModel(rnn.RNN(64, activation="tanh"), vocab_size),
    "plain, ReLU": lambda vocab_size: gb.RNNModel(rnn.RNN(64), vocab_size),
    "GRU": lambda vocab_size: gb.RNNModel(rnn.GRU(35), vocab_size),
    "LSTM": lambda vocab_size: gb.RNNModel(rnn.LSTM(29), vocab_size),
    "GRU, 2 layers": lambda vocab_size: gb.RNNModel(rnn.GRU(23, num_layers=2), vocab_size),
}


def run(setting, seed):
    """Train one model, and measure it at the epoch that was best on the validation text."""
    novel, *_, vocab_size = gb.load_data_time_machine(num_chars=20_000)
    if setting["model"] in counting.KINDS:
        parts = map(np.array, gb.split_corpus(novel))
        return counting.measure(setting["model"], *parts, vocab_size)[0]
    model = MODELS[setting["model"]](vocab_size)
    model.hybridize()
    return train(model, setting["rate"])


def train(model, rate, num_epochs=NUM_EPOCHS):
    """Train a model, and measure it at the epoch that was best on the validation text."""
    novel, char_to_idx, idx_to_char, vocab_size = gb.load_data_time_machine(num_chars=20_000)
    training, validation, test = gb.split_corpus(novel)
    curve, keep = [], gb.KeepBest(model, validation, mx.cpu(), PERIOD)
    try:
        gb.train_and_predict_rnn_gluon(
            model, 64, vocab_size, mx.cpu(), training, idx_to_char, char_to_idx,
            num_epochs, 35, rate, 1e-2, 32, num_epochs + 1, 50, [],
            callbacks=[curve.append, keep],
        )  # fmt: skip
    except FloatingPointError:
        return {"diverged": True, "validation": None}
    keep.restore()
    return {
        "num_params": common.num_params(model),
        "training_curve": [round(epoch.perplexity, 4) for epoch in curve],
        "validation_curve": [round(epoch.perplexity, 4) for epoch in keep],
        "best_epoch": keep.best.number,
        "validation": keep.best.perplexity,
        "test": gb.evaluate_perplexity(model, test, mx.cpu()),
    }


def main():
    """Count; choose a rate for each network; train it from five seeds."""
    text = common.novel()
    common.run_all(run, [{"model": kind} for kind in counting.KINDS], [0], text)
    trials = [{"model": m, "rate": rate} for m in MODELS for rate in RATES]
    rates = common.best_rates(common.run_all(run, trials, [0], text, name="-rates"))
    common.run_all(run, [{"model": m, "rate": rates[m][0]} for m in MODELS], SEEDS, text)


if __name__ == "__main__":
    main()
