"""The successors of recurrent layers on a long text: a transformer and a minimal GRU against an LSTM.

Three models of the same size, to within 2 %, are trained on Jane Austen's novels for one epoch with
the same mini-batches, so that all make the same number of updates and read nothing twice. The text, the
held-out blocks and the training procedure are the same as in `studies/size.py`, whose Kneser-Ney model
is the baseline.

An update costs 6 * parameters * characters operations; attention additionally has to compute the
scores. With 0.8 million parameters, an epoch takes 2e13 operations and runs at a third of the speed of
Gluon's LSTM, so the small models are trained first. The trials of the learning rate are short.
"""

import mxnet as mx

import gluonbook as gb
from studies import common, counting

TEXT = "austen"
UPDATES = 3_480  # the mini-batches of one epoch
TRIAL = 400
MIXERS = {
    "LSTM": None,
    "transformer": lambda size: gb.CausalAttention(size, num_heads=4, window=64),
    "minimal GRU": gb.MinGRU,
}
# The size of the vector at each position, or the hidden units: about 118 and 804 thousand parameters.
SIZES = {
    "small": {"LSTM": 140, "transformer": 48, "minimal GRU": 53},
    "large": {"LSTM": 415, "transformer": 128, "minimal GRU": 140},
}
FIRST_RATES = {
    "small": {"LSTM": 0.016, "transformer": 0.008, "minimal GRU": 0.008},
    "large": {"LSTM": 0.004, "transformer": 0.002, "minimal GRU": 0.004},
}
SEEDS = (1, 2, 3)


def run(setting, seed):
    """Train one model, and evaluate it on the blocks."""
    chars, training, validation, test = common.blocks(TEXT)
    mx.random.seed(seed)
    model = common.new_model(len(chars), setting["units"], MIXERS[setting["model"]])
    found = common.train(model, training, validation, setting["updates"], setting["rate"])
    if setting["updates"] == TRIAL or found.get("diverged"):
        return found
    ours = [common.probabilities(model, part) for part in (validation, test)]
    return found | counting.measured(*ours)


def main():
    """Choose learning rates and train the models, first the small ones and then the large ones."""
    for scale, models in SIZES.items():
        settings = []
        for model, units in models.items():
            trial = {"scale": scale, "model": model, "units": units, "updates": TRIAL}
            grid = common.grid_around(FIRST_RATES[scale][model])
            chosen = common.choose_rate(run, trial, grid, common.path(TEXT))
            settings.append(chosen | {"updates": UPDATES})
        for seed in SEEDS:
            common.run_all(run, settings, [seed], common.path(TEXT))


if __name__ == "__main__":
    main()
