"""How long a layer that was trained on the novel remembers the past, and whether remembering helps.

Each model reads the same characters twice, after two different beginnings: that of the passage and,
as the wrong one, that of another passage. From the point where the beginnings end, the study measures
the distance between the two hidden states, the distance between the two memory cells, and how much the
wrong beginning raises the loss.

Three of the layers are those of the study of models: the plain one, the GRU, and the LSTM with Gluon's
initialisation.
The LSTM whose forget gates start with a bias of 5 learns more slowly, so it is trained for more epochs,
and its learning rate is chosen here.
"""

import mxnet as mx
import numpy as np
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common, models

SEEDS = (1, 2, 3, 4, 5)
# The learning rates that were chosen in the study of models.
CHOSEN = {"plain, ReLU": 100, "GRU": 50, "LSTM": 200}
OPEN = "LSTM, bias 5"
OPEN_RATES, OPEN_EPOCHS = (25, 50, 100, 200, 400), 400
# In characters: a beginning, the text after it, and the distance between the starts of two passages.
BEFORE, AFTER, EVERY = 100, 40, 10


def run(setting, seed):
    """Train one model, and measure at its best epoch how long a beginning affects it."""
    text = gb.load_text()
    if setting["model"] == OPEN:
        layer = rnn.LSTM(29, i2h_bias_initializer=init.LSTMBias(5.0))
        model, num_epochs = gb.RNNModel(layer, text.size), OPEN_EPOCHS
    else:
        model, num_epochs = models.MODELS[setting["model"]](text.size), models.NUM_EPOCHS
    model.hybridize()
    found = models.train(model, setting["rate"], num_epochs, seed=seed)
    if not found.get("diverged"):
        found |= compare_beginnings(model, text.validation)
    return found


def compare_beginnings(model, indices):
    """Compare two readings of the same characters after different beginnings.

    "hidden" and, for an LSTM, "cell" are the mean distances between the two states after 0, 1, 2, ...
    characters, divided by the first distance. "extra loss" is how much the wrong beginning increases
    the loss on the next character, in nats, averaged over the passages. For an LSTM there are also
    "cell size", the mean absolute value of the cells, and "saturated", the share of the cells whose
    tanh is within 0.01 of -1 or 1.
    """
    length = BEFORE + AFTER
    starts = range(0, len(indices) - length, EVERY)
    passages = np.array([indices[start : start + length + 1] for start in starts])
    wrong = passages.copy()
    # A passage and the fifteenth after it do not overlap.
    wrong[:, :BEFORE] = np.roll(passages[:, :BEFORE], length // EVERY + 1, axis=0)
    states = [read(model, rows) for rows in (passages, wrong)]
    losses = [-np.log(common.probabilities(model, rows)) for rows in (passages, wrong)]
    names = ("hidden", "cell")[: len(states[0])]
    left = {}
    for name, ours, theirs in zip(names, *states, strict=True):
        distance = np.linalg.norm(ours - theirs, axis=2).mean(axis=1)[BEFORE - 1 :]
        left[name] = [float(f"{share:.4g}") for share in distance / distance[0]]
    if len(states[0]) == 2:
        cell = np.abs(states[0][1][BEFORE:])
        left |= {"cell size": float(cell.mean()), "saturated": float((np.tanh(cell) > 0.99).mean())}
    extra = (losses[1] - losses[0])[:, BEFORE - 1 :].mean(axis=0)
    return left | {"extra loss": [round(float(value), 2) for value in extra]}


def read(model, passages):
    """Return each part of the state after each character but the last of the passages."""
    state, steps = model.begin_state(batch_size=len(passages), ctx=mx.cpu()), []
    for characters in passages.T[:-1]:
        _, state = model(nd.array(characters).expand_dims(1), state)
        steps.append([part[0].asnumpy() for part in state])
    return [np.array(part) for part in zip(*steps, strict=True)]


def main():
    """Choose a learning rate for the open LSTM, and train every model with five seeds."""
    text = common.novel()
    settings = [{"model": model, "rate": rate} for model, rate in CHOSEN.items()]
    settings.append(common.choose_rate(run, {"model": OPEN}, OPEN_RATES, text))
    common.run_all(run, settings, SEEDS, text)


if __name__ == "__main__":
    main()
