"""Compare n-gram tables with networks as the text gets longer and the models get larger.

Kneser-Ney tables for every n, complete and pruned, are compared with LSTMs of four sizes, on two long
texts in three lengths each. Each model is measured on twenty blocks from all parts of the text. The loss
is stored for each block, so that a section can compute intervals from it.

The sizes of the LSTMs and UPDATES were chosen before anything was trained, by what a run costs:
6 * parameters * (characters read) operations.
"""

import itertools

import mxnet as mx
import numpy as np
from mxnet import init
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common, counting, models

TEXTS = ("austen", "bible")
LENGTHS = (None, 640_000, 160_000)  # None is the whole text
UPDATES = {None: 9_000, 640_000: 4_500, 160_000: 2_250}
TRIAL = 1_000  # updates of a trial of the learning rate
# For each number of hidden units, the learning rate at which the search on a grid of factors of two begins.
# The LSTMs have about 30, 120, 470 and 1,150 thousand parameters.
FIRST_RATE = {66: 0.032, 150: 0.016, 320: 0.008, 512: 0.004}
DROPOUTS = (0, 0.3, 0.5, 0.7, 0.9)
SEEDS = (1, 2, 3)
LONGEST = {"austen": 12, "bible": 20}  # characters in an n-gram
RAREST = (1, 2, 3, 5, 9, 17, 33, 65, 129)  # n-grams that occur fewer times are pruned
# For `by_context`: the length of a context, the lower edges of the bins of counts, and the number of
# characters at the beginning of each block that are left out.
CONTEXT, AT_LEAST, LEFT_OUT = 5, (0, 1, 2, 5, 17, 65, 257), 10
# The table of 640,000 characters of Austen that has as many parameters as the LSTM of 150 units, with which the
# section compares it.
TABLE = {"n": 6, "rarest": 3, "choice": 1}
# For `run_unquoted`: the characters in an n-gram of the tables, which are complete.
UNQUOTED = (5, 8, 20)
# The tables of Austen with which the section compares networks: the best, and those of equal size. Each has
# the number of characters in its n-grams, and below how many occurrences these are pruned.
MODIFIED = {
    None: ((11, 1), (5, 33), (6, 9), (7, 3), (8, 2)),
    640_000: ((9, 1), (5, 9), (6, 3), (7, 1), (8, 1)),
    160_000: ((7, 1), (5, 3), (7, 2)),
}


# --- tables -------------------------------------------------------------------------------


def count(setting, _):
    """Count n-grams of all lengths, prune them, and measure each table."""
    chars, training, validation, test = common.blocks(setting["text"], setting["length"])
    counts = counting.Counts(training, len(chars), LONGEST[setting["text"]])
    points = []
    for rarest in RAREST:
        counts.prune(rarest)
        tables = counting.best_for_each_n(counts, validation, test)
        points += [{"rarest": rarest, **found} for found in tables[2:]]
    return {
        "Kneser-Ney": points,
        "repeated": [counting.share_repeated(training, [block]) for block in test],
    }


def count_modified(setting, _):
    """Measure one table with three discounts for each length of its n-grams."""
    chars, training, *held_out = common.blocks(setting["text"], setting["length"])
    counts = counting.Counts(training, len(chars), setting["n"])
    counts.prune(setting["rarest"])
    columns = [counting.columns_of(counts, blocks, setting["n"]) for blocks in held_out]
    discounts = counting.best_discounts(columns[0], len(chars))
    ours = [counting.modified_kneser_ney(each, discounts, len(chars)) for each in columns]
    return {"discounts": discounts.tolist(), **common.measured(*ours)}


# --- networks -----------------------------------------------------------------------------


def run(setting, seed):
    """Train one network, and measure it on the held-out blocks."""
    chars, training, validation, test = common.blocks(setting["text"], setting["length"])
    model, found = train(setting, seed, len(chars), training, validation)
    if setting["updates"] == TRIAL or found.get("diverged"):
        return found
    # Blocks of the length of a test block, from the beginning of each twentieth of the training text.
    read = np.stack([part[: test.shape[1]] for part in np.array_split(training, len(test))])
    on_read, *ours = [common.probabilities(model, part) for part in (read, validation, test)]
    return found | {"read": common.perplexity(on_read), **common.measured(*ours)}


def train(setting, seed, vocab_size, training, validation):
    """Train one network, and return it with the results of its training."""
    mx.random.seed(seed)
    model = gb.RNNModel(rnn.LSTM(setting["num_hiddens"]), vocab_size)
    model.dense = models.DenseAfterDropout(vocab_size, setting["dropout"])
    model.hybridize()
    model.initialize(init.Xavier(), ctx=mx.cpu())
    return model, common.train(model, training, validation, setting["updates"], setting["rate"])


# --- both ---------------------------------------------------------------------------------


def by_context(setting, seed):
    """Compare a network with a table, by how often the context of a character occurred in a training text.

    The setting describes a network; its additional entry "table" holds the setting of the table. The
    result has the sums of the losses of the "network" and of the "table", and the numbers of "characters".
    The axes are the test blocks and the bins for the number of occurrences of the last CONTEXT characters.
    """
    chars, training, validation, test = common.blocks(setting["text"], setting["length"])
    model, _ = train(setting, seed, len(chars), training, validation)
    n, rarest, choice = (setting["table"][name] for name in ("n", "rarest", "choice"))
    counts = counting.Counts(training, len(chars), max(CONTEXT + 1, n))
    counts.prune(rarest)
    found = [counting.kneser_ney(counts, block, [choice])[n, choice] for block in test]
    losses = {"network": -np.log(common.probabilities(model, test)), "table": -np.log(found)}
    losses["characters"] = np.ones_like(losses["network"])
    # The total of the context of a (CONTEXT + 1)-gram tells how often the context occurred.
    occurred = [counts.look_up(block)[0][CONTEXT][1] for block in test]
    return {
        name: [in_bins(*of_block) for of_block in zip(occurred, values, strict=True)]
        for name, values in losses.items()
    }


def run_unquoted(setting, seed):
    """Train a network and count tables on a training text from which what the test blocks quote is taken out.

    The setting describes a network; its additional entry "without" says what is taken out: "quotations",
    all strings of 30 characters that occur in a test block, or, as a control, "others", which are as many
    pieces, as long and as far apart, in other places that depend on the seed.
    """
    chars, training, validation, test = common.blocks(setting["text"], setting["length"])
    out = counting.quoted(training, test)
    if setting["without"] == "others":
        out = np.roll(out, np.random.default_rng(seed).integers(len(out)))
    training = training[~out]
    model, _ = train(setting, seed, len(chars), training, validation)
    ours = [common.probabilities(model, blocks) for blocks in (validation, test)]
    counts = counting.Counts(training, len(chars), max(UNQUOTED))
    tables = counting.best_for_each_n(counts, validation, test)
    return {
        "share": float(out.mean()),
        "network": common.measured(*ours),
        "Kneser-Ney": [table for table in tables if table["n"] in UNQUOTED],
    }


def in_bins(occurred, losses):
    """Sum the losses of a block in each bin of the numbers of occurrences."""
    # Both begin with the second character of the block.
    occurred, losses = occurred[LEFT_OUT - 1 :], losses[LEFT_OUT - 1 :]
    sums, _ = np.histogram(occurred, (*AT_LEAST, np.inf), weights=losses)
    return sums.round(3).tolist()


# --- the whole study ----------------------------------------------------------------------


def main():
    """Count n-grams; then choose learning rates, train the networks, and compare them with tables."""
    for text, length in itertools.product(TEXTS, LENGTHS):
        setting = {"text": text, "length": length}
        common.run_all(count, [setting], [0], common.path(text), name="-counts")
    modified = [
        {"text": "austen", "length": length, "n": n, "rarest": rarest}
        for length, tables in MODIFIED.items()
        for n, rarest in tables
    ]
    common.run_all(count_modified, modified, [0], common.path("austen"), name="-modified")
    for text, size, length in itertools.product(TEXTS, FIRST_RATE, LENGTHS):
        setting = with_best_dropout(text, length, size)
        common.run_all(run, [setting], SEEDS, common.path(text))
    setting = setting_of("austen", 640_000, 150, 0.016) | {"table": TABLE}
    common.run_all(by_context, [setting], SEEDS[:1], common.path("austen"), name="-contexts")
    setting = setting_of("bible", None, 150, rate_for(150))
    settings = [setting | {"without": without} for without in ("quotations", "others")]
    common.run_all(run_unquoted, settings, SEEDS[:2], common.path("bible"), name="-unquoted")


def with_best_dropout(text, length, size):
    """Return a setting for `run`; networks that read the whole text have no dropout."""
    setting = setting_of(text, length, size, rate_for(size))
    dropouts = DROPOUTS if length else DROPOUTS[:1]
    return common.best_dropout(run, setting, dropouts, common.path(text)).setting


def rate_for(size):
    """Choose a learning rate in short trials with seed 0."""
    trial = setting_of("bible", None, size, None) | {"updates": TRIAL}
    grid = [factor * FIRST_RATE[size] for factor in (0.5, 1, 2)]
    return common.choose_rate(run, trial, grid, common.path("bible"))["rate"]


def setting_of(text, length, size, rate):
    """Return a setting for `run`, without dropout."""
    return {
        "text": text,
        "length": length,
        "model": "LSTM",
        "num_hiddens": size,
        "rate": rate,
        "dropout": 0,
        "updates": UPDATES[length],
    }


if __name__ == "__main__":
    main()
