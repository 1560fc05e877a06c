"""Perplexity of networks that see a fixed window, by the width of the window.

The learning rate and the moment to stop are chosen on the validation text, the rate with seed 0. The
test text is read once per run.
"""

import gluonbook as gb  # isort: skip  # before mxnet
import mxnet as mx

from studies import common
from studies.window import WindowModel

NUM_EPOCHS, PERIOD = 100, 5
RATES = (25, 50, 100, 200)
SEEDS = (1, 2, 3, 4, 5)
# Characters that the window shows, and the hidden units that make about 3,850 parameters.
NUM_HIDDENS = {1: 67, 2: 58, 3: 51, 5: 41, 8: 32, 12: 25}


def run(setting, seed):
    """Train a network with a window, and measure it at the epoch that was best on validation."""
    novel, char_to_idx, idx_to_char, vocab_size = gb.load_data_time_machine(num_chars=20_000)
    training, validation, test = gb.split_corpus(novel)
    window = setting["window"]
    model = WindowModel(NUM_HIDDENS[window], vocab_size, embedding_size=8, window=window)
    keep = gb.KeepBest(model, validation, mx.cpu(), PERIOD)
    gb.train_and_predict_rnn_gluon(
        model, NUM_HIDDENS[window], vocab_size, mx.cpu(), training, idx_to_char, char_to_idx,
        NUM_EPOCHS, 35, setting["rate"], 1e-2, 32, NUM_EPOCHS + 1, 50, [], callbacks=[keep],
    )  # fmt: skip
    keep.restore()
    return {
        "num_params": common.num_params(model),
        "validation_curve": [round(epoch.perplexity, 4) for epoch in keep],
        "best_epoch": keep.best.number,
        "validation": keep.best.perplexity,
        "test": gb.evaluate_perplexity(model, test, mx.cpu()),
    }


def main():
    """Choose a rate for each width; train from five seeds."""
    text = common.novel()
    trials = [{"window": window, "rate": rate} for window in NUM_HIDDENS for rate in RATES]
    runs = common.run_all(run, trials, [0], text, name="-rates")
    runs.sort(key=lambda run: run.result["validation"], reverse=True)
    best = {run.setting["window"]: run.setting for run in runs}  # the last one is the best
    common.run_all(run, [best[window] for window in NUM_HIDDENS], SEEDS, text)


if __name__ == "__main__":
    main()
