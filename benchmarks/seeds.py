"""Train the model of the section on Gluon from five seeds, and print what each reaches."""

import statistics

from common import NUM_HIDDENS, machine, print_table, save, train_gluon
from mxnet import random
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.fetch import find_novel

SEEDS, EPOCHS = range(5), (50, 100, 150, 200)


def perplexities(seed, text, ctx):
    """Train from one seed; return the perplexities after `EPOCHS`."""
    random.seed(seed)
    model = gb.RNNModel(rnn.RNN(NUM_HIDDENS), text[-1])
    model.hybridize()
    curve = train_gluon(model, text, ctx, max(EPOCHS))
    return [epoch.perplexity for epoch in curve if epoch.number in EPOCHS]


def main():
    text, ctx = gb.load_data_time_machine(), gb.try_gpu()
    name = "The Time Machine" if find_novel() else "the stand-in text"
    title = f"Perplexity on {name} after some epochs"
    print(f"{title}.", machine(), flush=True)
    rows = {f"seed {seed}": perplexities(seed, text, ctx) for seed in SEEDS}
    rows["mean"] = [statistics.mean(column) for column in zip(*rows.values(), strict=True)]
    header = ("", *map(str, EPOCHS))
    table = [(row, *(f"{number:.3f}" for number in numbers)) for row, numbers in rows.items()]
    print_table(header, table)
    save(title, header, table)


if __name__ == "__main__":
    main()
