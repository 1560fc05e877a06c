"""Measure whether the memory cell of an LSTM contributes to its predictions on the novel.

The LSTM whose forget gates start with a bias of 5 learns more slowly than the models of the study of
models, so it is trained for more epochs, and its learning rate is chosen here. It is also measured with
fixed signs in place of its cells.
"""

import mxnet as mx
import numpy as np
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common, models

SEEDS = (1, 2, 3, 4, 5)
RATES, NUM_EPOCHS = (25, 50, 100, 200, 400), 400


def run(setting, seed):
    """Train the LSTM, and measure it at its best epoch."""
    found, _ = train(setting, seed)
    return found


def run_with_signs(setting, seed):
    """Train the LSTM; measure it again with the signs that its cells have after the validation text."""
    found, model = train(setting, seed)
    text = gb.load_text()
    _, (_, cell) = model(nd.array([text.validation]), model.begin_state(1, ctx=mx.cpu()))
    with_signs = perplexity_with_signs(model, np.sign(cell[0, 0].asnumpy()), text.test)
    kept = {name: found[name] for name in ("best_epoch", "validation", "test")}
    return kept | {"test with signs": with_signs}


def train(setting, seed):
    """Train the LSTM; return the results at its best epoch, and the model with those parameters."""
    text = gb.load_text()
    model = gb.RNNModel(rnn.LSTM(29, i2h_bias_initializer=init.LSTMBias(5.0)), text.size)
    model.hybridize()
    return models.train(model, setting["rate"], NUM_EPOCHS, seed=seed), model


def perplexity_with_signs(model, signs, indices):
    """Return the perplexity of an LSTM on a text, with fixed signs in place of the tanh of its cells."""
    layer = model.rnn
    # Input, forget, candidate, output: the last quarter belongs to the output gate.
    params = layer.l0_i2h_weight, layer.l0_h2h_weight, layer.l0_i2h_bias, layer.l0_h2h_bias
    W_x, W_h, b_x, b_h = (np.split(param.data().asnumpy(), 4)[3].T for param in params)
    H, states = np.zeros(len(signs)), []
    for index in indices[:-1]:
        H = signs / (1 + np.exp(-(W_x[index] + H @ W_h + b_x + b_h)))
        states.append(H)
    log_probabilities = nd.log_softmax(model.dense(nd.array(states)))
    losses = -log_probabilities.pick(nd.array(indices[1:]))
    return float(losses.mean().exp().asscalar())


def main():
    """Choose a learning rate, train with five seeds, and with three of them replace the cells."""
    text = common.novel()
    setting = common.choose_rate(run, {"model": "LSTM, bias 5"}, RATES, text)
    common.run_all(run, [setting], SEEDS, text)
    common.run_all(run_with_signs, [setting], SEEDS[:3], text, name="-signs")


if __name__ == "__main__":
    main()
