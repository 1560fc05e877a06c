"""Measure how many runs are finished per hour, side by side and one after the other.

A run is the training of the section on Gluon. One run alone has one processor, or all of
them; side by side there is one on each. All three are whole scripts, so each includes the time
to start Python and MXNet. They take turns.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from beside import ALL, ONE, on_cores
from common import NUM_HIDDENS, machine, num_processors, print_table, save, train_gluon
from mxnet.gluon import rnn

import gluonbook as gb

ROUNDS, EPOCHS, RUNS_EACH = 3, 200, 3
WAYS = {
    "one run, one core": ("alone", ONE, 1),
    f"one run, {ALL}": ("alone", ALL, 1),
    "train_many": ("many", ALL, RUNS_EACH * num_processors()),
}


def train(setting, seed):
    """Train the model of the section on Gluon; return its perplexities."""
    text = gb.load_data_time_machine()
    model = gb.RNNModel(rnn.RNN(NUM_HIDDENS), text[-1])
    model.hybridize()
    epochs = train_gluon(model, text, gb.try_gpu(), setting["num_epochs"])
    return [epoch.perplexity for epoch in epochs]


def measure(way):
    """Run a script; return the seconds that each of its runs took."""
    how, cores, num_runs = WAYS[way]
    command, environment = on_cores(cores, [sys.executable, __file__, how, str(num_runs)])
    environment |= {"GLUONBOOK_OFFLINE": "1", "PYTHONWARNINGS": "ignore::UserWarning"}
    start = time.time()
    subprocess.run(command, env=environment, check=True)
    return (time.time() - start) / num_runs


def main():
    title = f"How many trainings of {EPOCHS} epochs are finished in an hour"
    print(f"{title}.", machine(), flush=True)
    gb.load_data_time_machine()  # says which text it is
    seconds = {way: [] for way in WAYS}
    for way in gb.with_progress([*WAYS] * ROUNDS, "runs"):
        seconds[way].append(measure(way))
    first = seconds["one run, one core"]
    header = ("", "an hour", "spread", "times the first")
    rows = []
    for way, measured in seconds.items():
        ratios = [a / b for a, b in zip(first, measured, strict=True)]
        rows.append(
            (
                way,
                f"{3600 / statistics.median(measured):.0f}",
                f"{3600 / max(measured):.0f} to {3600 / min(measured):.0f}",
                f"{statistics.median(ratios):.2f}",
            )
        )
    print_table(header, rows)
    save(title, header, rows)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "alone":
        train({"num_epochs": EPOCHS}, 0)
    else:
        with tempfile.TemporaryDirectory() as folder:
            runs = Path(folder) / "runs.json"
            gb.train_many(train, [{"num_epochs": EPOCHS}], range(int(sys.argv[2])), runs)
