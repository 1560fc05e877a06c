"""How long a layer that was trained on the novel remembers the past, and whether remembering helps.

Each model reads the same characters twice, after two different beginnings: that of the passage and,
as the wrong one, that of another passage. From the point where the beginnings end, the study measures
the distance between the two hidden states, the distance between the two memory cells, and how much the
wrong beginning raises the loss.

Three of the layers are those of the study of models: the plain one, the GRU, and the LSTM with Gluon's
initialisation.
The LSTM whose forget gates start with a bias of 5 learns more slowly, so it is trained for more epochs,
and its learning rate is chosen here. It is also measured with fixed signs in place of its cells, and
compared with a plain layer that computes just what is then left of it.
"""

import mxnet as mx
import numpy as np
from mxnet import init, nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from studies import common, models

SEEDS = (1, 2, 3, 4, 5)
# The learning rates that were chosen in the study of models.
CHOSEN = {"plain, ReLU": 100, "GRU": 50, "LSTM": 200}
OPEN = "LSTM, bias 5"
OPEN_RATES, OPEN_EPOCHS = (25, 50, 100, 200, 400), 400
UNITS = 29  # of both LSTMs, and of the plain layer with a sigmoid
PLAIN_RATES = (50, 100)
# In characters: a beginning, the text after it, and the distance between the starts of two passages.
BEFORE, AFTER, EVERY = 100, 40, 10


def run(setting, seed):
    """Train one model, and measure at its best epoch how long a beginning affects it."""
    text = gb.load_text()
    if setting["model"] == OPEN:
        layer = rnn.LSTM(UNITS, i2h_bias_initializer=init.LSTMBias(5.0))
        model, num_epochs = gb.RNNModel(layer, text.size), OPEN_EPOCHS
    else:
        model, num_epochs = models.MODELS[setting["model"]](text.size), models.NUM_EPOCHS
    model.hybridize()
    found = models.train(model, setting["rate"], num_epochs, seed=seed)
    if not found.get("diverged"):
        found |= compare_beginnings(model, text.validation)
    return found


class SigmoidLayer(nn.HybridBlock):
    """A plain recurrent layer with a sigmoid and a fixed sign for each unit, with Gluon's interface.

    It is what remains of an LSTM if the tanh of its cell is replaced by a vector of signs.
    """

    def __init__(self, units, num_inputs, signs=1):
        super().__init__()
        self.units, self.signs = units, signs
        self.i2h_weight = self.params.get("i2h_weight", shape=(units, num_inputs))
        self.h2h_weight = self.params.get("h2h_weight", shape=(units, units))
        self.bias = self.params.get("bias", shape=(units,), init=init.Zero())

    def forward(self, X, state):
        """Map inputs ``(num_steps, batch_size, num_inputs)`` to the state after each step."""
        # MXNet has no fused layer with a sigmoid. But the sigmoid of x is (1 + tanh(x / 2)) / 2, so a
        # layer with tanh computes the same if its weights are rescaled.
        W_h = self.h2h_weight.data() * self.signs
        weights = [self.i2h_weight.data() / 2, W_h / 4, self.bias.data() / 2, W_h.sum(axis=1) / 4]
        flat = nd.concat(*(w.reshape(-1) for w in weights), dim=0)
        states, _ = nd.RNN(
            X,
            flat,
            2 * state[0] * self.signs - 1,
            state_size=self.units,
            num_layers=1,
            mode="rnn_tanh",
            state_outputs=True,
        )
        states = (1 + states) / 2 * self.signs
        return states, [states[-1:]]

    def begin_state(self, batch_size, ctx=None):
        """Return a state of zeros."""
        return [nd.zeros((1, batch_size, self.units), ctx=ctx)]


def run_with_signs(setting, seed):
    """Train the LSTM whose gates start open; measure it again with the signs of its cells in their place.

    The signs are those after the validation text. "sign changes" counts how often the sign of a cell
    differs from them while the model reads the test text from its 300th character on.
    """
    text = gb.load_text()
    layer = rnn.LSTM(UNITS, i2h_bias_initializer=init.LSTMBias(5.0))
    model = gb.RNNModel(layer, text.size)
    model.hybridize()
    found = models.train(model, setting["rate"], OPEN_EPOCHS, seed=seed)
    _, (_, cell) = model(nd.array([text.validation]), model.begin_state(1, ctx=mx.cpu()))
    signs = cell[0, 0].sign()
    plain = gb.RNNModel(output_gate(layer, signs), text.size)
    plain.dense = model.dense
    states, _ = read(model, np.array([text.test]))
    changed = np.sign(states[1][300:, 0]) != signs.asnumpy()
    return {name: found[name] for name in ("best_epoch", "validation", "test")} | {
        "test with signs": gb.evaluate_perplexity(plain, text.test, mx.cpu()),
        "sign changes": int(changed.sum()),
        "num_params used": gb.num_params(plain),
    }


def output_gate(layer, signs):
    """Return the output gate of an LSTM as a layer of its own, with fixed signs."""
    W_x, W_h, b = (
        nd.split(array, 4, axis=0)[3]  # input, forget, candidate, output
        for array in (
            layer.l0_i2h_weight.data(),
            layer.l0_h2h_weight.data(),
            layer.l0_i2h_bias.data() + layer.l0_h2h_bias.data(),
        )
    )
    gate = SigmoidLayer(*W_x.shape, signs)
    gate.initialize(ctx=mx.cpu())
    for param, values in ((gate.i2h_weight, W_x), (gate.h2h_weight, W_h), (gate.bias, b)):
        param.set_data(values)
    return gate


def run_plain(setting, seed):
    """Train a plain layer with a sigmoid for as many epochs as the LSTM whose gates start open."""
    text = gb.load_text()
    model = gb.RNNModel(SigmoidLayer(setting["units"], text.size), text.size)
    return models.train(model, setting["rate"], OPEN_EPOCHS, seed=seed)


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
    common.run_all(run_with_signs, settings[-1:], SEEDS[:3], text, name="-signs")
    plain = [{"model": "sigmoid", "units": UNITS, "rate": rate} for rate in PLAIN_RATES]
    common.run_all(run_plain, plain, [0], text, name="-plain")


if __name__ == "__main__":
    main()
