"""Which layers learn to recall a character, over how many fillers, and with how many of ten seeds.

The task, and the training on it, are those of the section on gated recurrent units. All layers have
about the same number of parameters. That a layer fails here says that it did not learn the
task with these settings, not that it could not do it.
"""

import mxnet as mx
from mxnet import init
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common

LAYERS = {
    "plain, tanh": lambda: rnn.RNN(64, activation="tanh"),
    "plain, ReLU": lambda: rnn.RNN(64),
    "GRU": lambda: rnn.GRU(36),
    "LSTM, bias 0": lambda: lstm(0.0),
    "LSTM, bias 1": lambda: lstm(1.0),
    "LSTM, bias 5": lambda: lstm(5.0),
}
DISTANCES = (5, 10, 20, 40)
SEEDS = range(1, 11)


def lstm(bias):
    """Return an LSTM whose forget gates start with this bias."""
    return rnn.LSTM(31, i2h_bias_initializer=init.LSTMBias(bias))


def run(setting, seed):
    """Train one layer, and return its accuracy on new rows."""
    layer = LAYERS[setting["layer"]]()
    return float(gb.train_recall(layer, setting["distance"], mx.cpu(), seed=seed))


def main():
    """Train every layer at every distance, from ten seeds."""
    settings = [{"layer": layer, "distance": k} for layer in LAYERS for k in DISTANCES]
    common.run_all(run, settings, SEEDS)


if __name__ == "__main__":
    main()
