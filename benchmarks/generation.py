"""Measure how many characters a second a model writes, for several ways to let it."""

import statistics
import time

from classic import ClassicModel, predict
from common import NUM_HIDDENS, machine, print_table
from mxnet import init
from mxnet.gluon import rnn

import gluonbook as gb

ROUNDS, NUM_CHARS, PREFIX = 9, 300, "time traveller"


def writers(text, ctx):
    """Return, for each way, a function that writes one text."""
    _, char_to_idx, idx_to_char, vocab_size = text
    vocabulary = (idx_to_char, char_to_idx)

    classic = ClassicModel(rnn.RNN(NUM_HIDDENS), vocab_size)
    eager = gb.RNNModel(rnn.RNN(NUM_HIDDENS), vocab_size)
    hybridized = gb.RNNModel(rnn.RNN(NUM_HIDDENS), vocab_size)
    for model in (classic, eager, hybridized):
        model.initialize(init.Normal(0.01), ctx=ctx)
    hybridized.hybridize()
    params = gb.get_params(vocab_size, NUM_HIDDENS, ctx)

    def write(model):
        gb.predict_rnn_gluon(PREFIX, NUM_CHARS, model, vocab_size, ctx, *vocabulary)

    def write_from_scratch():
        layer = (gb.rnn_forward, params, gb.init_rnn_state, NUM_HIDDENS)
        gb.predict_rnn(PREFIX, NUM_CHARS, *layer, vocab_size, ctx, *vocabulary)

    return {
        "classic loop": lambda: predict(PREFIX, NUM_CHARS, classic, ctx, *vocabulary),
        "gluonbook, eager": lambda: write(eager),
        "gluonbook, hybridized": lambda: write(hybridized),
        "gluonbook, from scratch": write_from_scratch,
    }


def main():
    print(f"Characters a second, when {NUM_CHARS} are written.", machine(), flush=True)
    ways = writers(gb.load_data_time_machine(), gb.try_gpu())
    for write in ways.values():
        write()  # the first text is slower: operators are looked up, graphs compiled
    speeds = {way: [] for way in ways}
    for way in gb.with_progress([*ways] * ROUNDS, "texts"):
        start = time.time()
        ways[way]()
        speeds[way].append(NUM_CHARS / (time.time() - start))
    medians = {way: statistics.median(measured) for way, measured in speeds.items()}
    first = medians["classic loop"]
    print_table(
        ("", "characters a second", "times as fast as the first"),
        [(way, f"{median:,.0f}", f"{median / first:.2f}") for way, median in medians.items()],
    )


if __name__ == "__main__":
    main()
