"""Measure whether the memory cell of an LSTM contributes to its predictions on the novel.

Two LSTMs, which start with a bias of 0 and of 5 in their forget gates, are compared with a GRU and a plain
layer. Each model is trained until well after the epoch that is best on the validation text. The LSTMs are
also measured with a fixed vector in place of their cells.
"""

import mxnet as mx
import numpy as np
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common, models

SEEDS = (1, 2, 3, 4, 5)
EPOCHS = {"plain, ReLU": 200, "GRU": 200, "LSTM, bias 0": 200, "LSTM, bias 5": 600}
# The neighbours of the best rates are known from shorter runs.
RATES = {
    "LSTM, bias 0": (50, 100, 200, 400, 800),
    "LSTM, bias 5": (25, 50, 100, 200),
    "GRU": (25, 50, 100),
    "plain, ReLU": (50, 100, 200),
}
MODELS = models.MODELS | {"LSTM, bias 0": models.MODELS["LSTM"]}
MODELS["LSTM, bias 5"] = lambda vocab_size: gb.RNNModel(
    rnn.LSTM(29, i2h_bias_initializer=init.LSTMBias(5.0)), vocab_size
)
# Learning rates whose perplexities are within three percent of the best are compared with five seeds.
TIE = 0.03
NUM_STEPS = 35  # the length of the pieces, the same as in training


def run(setting, seed):
    """Train a model, measure it at its best epoch, and measure an LSTM again with fixed cells."""
    text = gb.load_text()
    model = MODELS[setting["model"]](text.size)
    model.hybridize()
    found = models.train(model, setting["rate"], EPOCHS[setting["model"]], seed=seed)
    found.pop("validation_curve", None)
    if found["validation"] and isinstance(model.rnn, rnn.LSTM):
        found |= measure_with_fixed_cells(model, text)
    return found


def measure_with_fixed_cells(model, text):
    """Measure an LSTM again with fixed cells; also on pieces that it reads from a state of zeros."""
    shown = mean_shown(model, text.validation)
    passages = common.passages()
    pieces = passages[:, : passages.shape[1] // NUM_STEPS * NUM_STEPS].reshape(-1, NUM_STEPS)
    with_cells = -np.log(common.probabilities(model, pieces)).mean()
    fix_cells(model)
    found = {"saturated": float(np.mean(np.abs(shown) > 0.99)), "pieces": float(with_cells)}
    for name, blocks in {"passages": passages, "pieces": pieces}.items():
        state = model.begin_state(len(blocks), ctx=mx.cpu())
        state[1][:] = nd.array(np.arctanh(np.clip(shown, -0.999999, 0.999999)))
        losses = -np.log(common.probabilities(model, blocks, state=state)).mean(axis=1)
        found[f"{name}, cells fixed"] = (
            losses.tolist() if name == "passages" else float(losses.mean())
        )
    return found


def mean_shown(model, indices):
    """Let an LSTM read a text; return the mean of the tanh of each cell over all characters."""
    state, shown = model.begin_state(batch_size=1, ctx=mx.cpu()), 0
    for index in indices:
        _, state = model(nd.array([[index]]), state)
        shown = shown + nd.tanh(state[1][0, 0])
    return shown.asnumpy() / len(indices)


def fix_cells(model):
    """Shut the input gates of an LSTM and open its forget gates, so that its cells never change."""
    layer = model.rnn
    units = layer.l0_h2h_weight.shape[1]
    for param, at_input, at_forget in (
        (layer.l0_i2h_weight, 0, 0),
        (layer.l0_h2h_weight, 0, 0),
        (layer.l0_i2h_bias, -100, 100),
    ):
        values = param.data()
        values[:units], values[units : 2 * units] = at_input, at_forget
        param.set_data(values)


def main():
    """Train each model with five seeds, at each learning rate that is among the best in a trial."""
    text = common.novel()
    for model, rates in RATES.items():
        common.choose_rate(run, {"model": model}, rates, text)
        common.run_nearly_best(run, {"model": model}, rates, SEEDS, text, TIE)


if __name__ == "__main__":
    main()
