"""Perplexity of networks that see a fixed window, by the width of the window.

The learning rate and the moment to stop are chosen on the validation text, the rate with seed 0. The
test text is read once per run.
"""

import gluonbook as gb
from studies import common, models

NUM_EPOCHS = 100
RATES = (25, 50, 100, 200)
# Characters that the window shows, and the hidden units that make about 3,850 parameters with 43
# characters.
NUM_HIDDENS = {1: 67, 2: 58, 3: 51, 5: 41, 8: 32, 12: 25}


def run(setting, seed):
    """Train a network with a window, and measure it at the epoch that was best on validation."""
    window = setting["window"]
    model = models.WindowModel(NUM_HIDDENS[window], gb.load_text().size, 8, window)
    found = models.train(model, setting["rate"], NUM_EPOCHS)
    found.pop("training_curve", None)  # no section draws it
    return found


def main():
    """Choose a rate for each width; train from five seeds."""
    text = common.novel()
    for window in NUM_HIDDENS:
        setting = {"window": window}
        rate = common.choose_rate(run, setting, RATES, common.validation, text)
        common.run_all(run, [setting | {"rate": rate}], models.SEEDS, text)


if __name__ == "__main__":
    main()
