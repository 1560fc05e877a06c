"""Compare networks that see a fixed window with a recurrent network of the same size.

If learning rates tie with seed 0, the section compares them by the median of five seeds.
"""

from mxnet.gluon import rnn

import gluonbook as gb
from studies import common, models

NUM_EPOCHS = 100
RATES = (25, 50, 100, 200)
TIE = 1.02  # if perplexities differ by less than two percent, another seed may reverse their order
# For each width of the window, the hidden units that give about 3,880 parameters with 43 characters.
NUM_HIDDENS = {1: 67, 2: 58, 3: 51, 5: 41, 8: 32, 12: 25}
# First the recurrent network, which has no window.
NETWORKS = [{"window": window, "activation": "tanh"} for window in (None, *NUM_HIDDENS)]


def run(setting, seed):
    """Train one network, and measure it at the epoch that was best on the validation text."""
    window, activation, vocab_size = setting["window"], setting["activation"], gb.load_text().size
    if window is None:
        model = gb.RNNModel(rnn.RNN(32, activation=activation), vocab_size)
        model.hybridize()
    else:
        model = models.WindowModel(NUM_HIDDENS[window], vocab_size, 8, window, activation)
    return models.train(model, setting["rate"], NUM_EPOCHS)


def main():
    """Try learning rates with seed 0, and train with five seeds at the rates that tie for the best."""
    text = common.novel()
    stored = common.ROOT / "chapter_rnn" / "measured" / "windows-rates.json"
    for network in NETWORKS:
        chosen = common.choose_rate(run, network, RATES, text)
        trials = gb.select_runs(gb.load_runs(stored), **network)
        losses = {trial.setting["rate"]: common.validation(trial.result) for trial in trials}
        tied = [rate for rate in sorted(losses) if losses[rate] < TIE * losses[chosen["rate"]]]
        settings = [network | {"rate": rate} for rate in tied]
        common.run_all(run, settings, models.SEEDS, text)


if __name__ == "__main__":
    main()
