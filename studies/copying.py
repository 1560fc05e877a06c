"""How much a model copies, depending on the length of its training text and the number of epochs.

Length and number of epochs are varied separately, so that their effects can be told apart. What a
generated text has in common with the training text is compared with what it has in common with an
equally long part of the novel that the model has not read, its end.
"""

import mxnet as mx
import numpy as np
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.text import read_text
from studies import common, counting

NUM_TEXTS, LENGTH, NGRAM = 12, 400, 10
# The first setting makes a quarter as many updates as the others.
SETTINGS = [
    {"characters": characters, "passes": passes}
    for characters, passes in ((10_000, 20), (10_000, 80), (40_000, 20))
]
SEEDS = (1, 2, 3, 4, 5)


def run(setting, seed):
    """Train a model on the beginning of the novel, and measure what it copies at temperature 0.5."""
    text = gb.Text(read_text(common.novel()))
    # As elsewhere, the held-out text is removed, and a longer training text continues after it.
    held_out, others = text.train[10_000:15_000], np.delete(text.train, slice(10_000, 15_000))
    text.train, unread = others[: setting["characters"]], others[-setting["characters"] :]
    model = gb.RNNModel(rnn.RNN(128), text.size)
    gb.train(model, text, num_epochs=setting["passes"], ctx=mx.cpu())
    prefix = "time traveller"
    how = {"num_chars": LENGTH, "temperature": 0.5, "ctx": mx.cpu()}
    written = gb.generate(model, text, prefixes=[prefix] * NUM_TEXTS, **how)
    texts = [text.encode(each.removeprefix(prefix)) for each in written]
    result = {
        "perplexity on what it read": gb.evaluate_perplexity(model, text.train[:10_000], mx.cpu()),
        "held-out perplexity": gb.evaluate_perplexity(model, held_out, mx.cpu()),
    }
    for name, part in {"read": text.train, "unread": unread}.items():
        result[f"in what was {name}"] = counting.share_repeated(part, texts, NGRAM)
    return result


def main():
    """Train with each length and number of epochs, with five seeds."""
    common.run_all(run, SETTINGS, SEEDS, common.novel())


if __name__ == "__main__":
    main()
