"""What came after recurrent layers, on the chapter's 10,000 characters, beside its other models.

The rules are those of `studies/models.py`, and the training, too: only the models differ.
"""

import gluonbook as gb  # isort: skip  # before mxnet

from studies import common, models

RATES = (25, 50, 100, 200, 400)

# About 9,800 parameters each, output layer included, with 43 characters.
MODELS = {
    "transformer": gb.TransformerModel,
    "minimal GRU": lambda vocab_size: gb.RNNModel(gb.MinGRU(44, num_layers=2), vocab_size),
}
VOCAB_SIZE = 43


def run(setting, seed):
    """Train one model, and measure it at the epoch that was best on the validation text."""
    return models.train(MODELS[setting["model"]](VOCAB_SIZE), setting["rate"])


def main():
    """Choose a rate for each model, and train it from five seeds."""
    text = common.novel()
    trials = [{"model": m, "rate": rate} for m in MODELS for rate in RATES]
    rates = common.best_rates(common.run_all(run, trials, [0], text, name="-rates"))
    settings = [{"model": m, "rate": rates[m][0]} for m in MODELS]
    common.run_all(run, settings, models.SEEDS, text)


if __name__ == "__main__":
    main()
