"""What a model copies, against the length of the text that it read and how often it read it.

Length and passes are varied apart from each other, so that neither stands in for the other. What a
generated text shares with what its model has read is laid beside what it shares with as long a
piece of the novel that the model has not read: the end.
"""

import mxnet as mx
import numpy as np
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.text import read_text
from studies import common, counting

NUM_TEXTS, LENGTH, NGRAM = 12, 400, 10
# The first has a quarter of the updates of the others.
SETTINGS = [
    {"characters": characters, "passes": passes}
    for characters, passes in ((10_000, 20), (10_000, 80), (40_000, 20))
]
SEEDS = (1, 2, 3, 4, 5)


def run(setting, seed):
    """Train a model on the beginning of the novel, and see what it copies at temperature 0.5."""
    text = gb.Text(read_text(common.novel()))
    # As everywhere, the held-out text is cut out, and a longer text continues after it.
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
    """Train for each length and number of passes from five seeds."""
    common.run_all(run, SETTINGS, SEEDS, common.novel())


if __name__ == "__main__":
    main()
