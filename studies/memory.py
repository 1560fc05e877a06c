"""Which layers learn to recall a character, across how many fillers, and with how many of ten seeds.

All recurrent layers have the same number of parameters, to within 2 %, and are trained on the same
mini-batches. A layer that fails here has not learned the task with these settings, but it may be able to
learn it with others.
"""

import mxnet as mx
from mxnet import init, nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from studies import common

DISTANCES = (5, 10, 20, 40, 80)
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
NUM_BATCHES = 200
# The plain layer fails across forty fillers, so it is trained again on ten times as many mini-batches.
LONGER, LONGER_DISTANCES, LONGER_SEEDS = 2_000, (20, 40), (1, 2, 3)
SEEDS = range(1, 11)


class CoupledLSTM(nn.HybridBlock):
    """An LSTM whose forget gate is one minus its input gate, with the interface of Gluon's layers."""

    def __init__(self, units, num_inputs=8):
        super().__init__()
        self.units = units
        self.tied = [
            self.params.get("i2h_weight", shape=(3 * units, num_inputs)),
            self.params.get("h2h_weight", shape=(3 * units, units)),
            self.params.get("i2h_bias", shape=(3 * units,), init=init.Zero()),
            self.params.get("h2h_bias", shape=(3 * units,), init=init.Zero()),
        ]

    def forward(self, X, state):
        """Map ``(num_steps, batch_size, num_inputs)`` to the hidden state after each step."""
        flat = []
        for param in self.tied:
            into, new, show = nd.split(param.data(), 3, axis=0)
            # One minus the sigmoid of x is the sigmoid of -x.
            flat.append(nd.concat(into, -into, new, show, dim=0).reshape(-1))
        states, H, C = nd.RNN(
            X,
            nd.concat(*flat, dim=0),
            *state,
            state_size=self.units,
            num_layers=1,
            mode="lstm",
            state_outputs=True,
        )
        return states, [H, C]

    def begin_state(self, batch_size, ctx=None):
        """Return a hidden state and a cell of zeros."""
        return [nd.zeros((1, batch_size, self.units), ctx=ctx) for _ in range(2)]


# Each has 5,256 to 5,340 parameters, including the output layer.
LAYERS = {
    "tanh": lambda: rnn.RNN(64, activation="tanh"),
    "GRU, bias 0": lambda: rnn.GRU(36),
    "LSTM, bias 0": lambda: rnn.LSTM(31, i2h_bias_initializer=init.LSTMBias(0.0)),
    "LSTM, bias 1": lambda: rnn.LSTM(31, i2h_bias_initializer=init.LSTMBias(1.0)),
    "LSTM, bias 5": lambda: rnn.LSTM(31, i2h_bias_initializer=init.LSTMBias(5.0)),
    "LSTM, coupled": lambda: CoupledLSTM(36),
}


def run(setting, seed):
    """Train one layer at one or several distances, with the same seed."""
    make, rate = LAYERS[setting["layer"]], setting["rate"]
    num_batches = setting.get("batches", NUM_BATCHES)
    accuracies = {}
    for distance in setting["distances"]:
        accuracy = gb.train_recall(make(), distance, mx.cpu(), rate, num_batches, seed=seed)
        accuracies[str(distance)] = round(float(accuracy), 4)
    return {"accuracy": accuracies}


def main():
    """Choose a learning rate for each layer, and train it at every distance with ten seeds."""
    for layer in LAYERS:
        trial = {"layer": layer, "distances": DISTANCES}
        setting = common.choose_rate(run, trial, RATES, loss_of=common.error_rate)
        common.run_all(run, [setting], SEEDS)
        if layer == "tanh":
            longer = setting | {"distances": LONGER_DISTANCES, "batches": LONGER}
            common.run_all(run, [longer], LONGER_SEEDS, name="-longer")


if __name__ == "__main__":
    main()
