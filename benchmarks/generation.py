"""Measure how fast a model generates text, for several ways to do it.

The ways take turns: in each round every way generates one text, and is compared with the
classic loop of the same round. So a busy moment of the machine slows all of them down.
"""

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import util
from pathlib import Path

import numpy as np
from mxnet import init
from mxnet.gluon import rnn
from tqdm import tqdm

import gluonbook as gb
from benchmarks.beside import ALL, NAMES, ONE, not_measured, on_cores, peers, save_weights, writer
from benchmarks.classic import ClassicModel, predict
from benchmarks.common import NUM_HIDDENS, machine, print_table, save

ROUNDS, NUM_CHARS, PREFIX = 7, 300, "time traveller"
# The generator is made for long texts, and for many side by side.
LONG, BATCH = 3000, 32
MODELS = {
    "RNN": lambda: rnn.RNN(NUM_HIDDENS),
    "GRU": lambda: rnn.GRU(NUM_HIDDENS),
    "LSTM": lambda: rnn.LSTM(NUM_HIDDENS),
    "RNN, 2 layers": lambda: rnn.RNN(NUM_HIDDENS, 2),
    "LSTM, 2 layers": lambda: rnn.LSTM(NUM_HIDDENS, 2),
}


def make_model(layer, text, ctx):
    """Return a model that has not learned anything: it writes as fast as one that has."""
    model = gb.RNNModel(layer, text.size)
    model.initialize(init.Normal(0.05), ctx=ctx)
    gb.evaluate_perplexity(model, text.train[:100], ctx)  # now the shapes are known
    return model


def writers(make_layer, text, ctx, ends):
    """Return, for each way, a function that writes and how many characters that are.

    What has to be ended when all is measured goes into the `contextlib.ExitStack` `ends`.
    """
    classic = ClassicModel(make_layer(), text.size)
    classic.initialize(init.Normal(0.05), ctx=ctx)
    model = make_model(make_layer(), text, ctx)
    # A graph is fitted to a number of texts. One that is fitted to 32 stays so.
    model_of_many = make_model(make_layer(), text, ctx)
    one = {"prefix": PREFIX, "num_chars": NUM_CHARS, "ctx": ctx}
    drawn = one | {"choose": gb.temperature_sampling(1)}
    many = {"prefixes": [PREFIX] * BATCH, "num_chars": NUM_CHARS, "ctx": ctx}

    def generate(num_chars, **kwargs):
        how = {"prefixes": [PREFIX], "num_chars": num_chars, "ctx": ctx}
        return lambda: gb.generate(model, text, **how, **kwargs)

    ways = {
        "classic loop": (
            lambda: predict(PREFIX, NUM_CHARS, classic, ctx, text.chars, text.index),
            NUM_CHARS,
        ),
        "predict_rnn_gluon": (lambda: gb.write(model, text, **one), NUM_CHARS),
        "predict_rnn_gluon, drawn": (lambda: gb.write(model, text, **drawn), NUM_CHARS),
        f"generate, {NUM_CHARS} characters": (generate(NUM_CHARS), NUM_CHARS),
        f"generate, {LONG} characters": (generate(LONG), LONG),
        f"generate, {LONG} drawn": (generate(LONG, temperature=1), LONG),
        f"generate, {BATCH} texts": (
            lambda: gb.generate(model_of_many, text, **many),
            NUM_CHARS * BATCH,
        ),
    }
    prefix = text.encode(PREFIX).tolist()
    weights = Path(ends.enter_context(tempfile.TemporaryDirectory())) / "model.npz"
    save_weights(model, weights, text.chars)
    for name in ["in_numpy", *peers()]:
        if can_compute(name, model.rnn):
            write = ends.enter_context(writer(name, weights, prefix, LONG))
            ways[NAMES[name]] = (write, LONG)
    if util.find_spec("onnxruntime"):
        ways["ONNX Runtime"] = (with_onnxruntime(model, prefix, text.chars), LONG)
    return ways


def can_compute(name, layer):
    """Tell whether a peer has this kind of layer: PyTorch has all, the others are short."""
    if name == "in_pytorch":
        return True
    return isinstance(layer, rnn.RNN) and (layer._num_layers == 1 or name == "in_numpy")


def with_onnxruntime(model, prefix, idx_to_char):
    """Return a function that writes with ONNX Runtime, from the exported model."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        gb.export_onnx(model, path, idx_to_char)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the products are too small to be shared out
        session = onnxruntime.InferenceSession(str(path), options)
    names = [node.name for node in session.get_inputs()]

    def write():
        X = np.array([prefix])
        state = [s.asnumpy() for s in model.begin_state(batch_size=1)]
        written = list(prefix)
        for _ in range(LONG):
            logits, *state = session.run(None, dict(zip(names, [X, *state], strict=True)))
            X = logits[:, -1].argmax(axis=1, keepdims=True)
            written.append(int(X[0, 0]))
        return written

    return write


def measure(ways):
    """Let the ways take turns; return the seconds a character of each way and round."""
    seconds = {way: [] for way in ways}
    for write, _ in ways.values():
        write()  # the first text is slower: operators are looked up, graphs recorded
    for way in tqdm([*ways] * ROUNDS, "texts", leave=False):
        write, num_chars = ways[way]
        start = time.perf_counter()
        write()
        seconds[way].append((time.perf_counter() - start) / num_chars)
    return seconds


def times_as_fast(classic, seconds):
    """Say how many times as fast as the classic loop: the median, and the spread in brackets."""
    ratios = [a / b for a, b in zip(classic, seconds, strict=True)]
    return f"{statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})"


def recording(make_layer, text, ctx):
    """Return by how many milliseconds the first call of `generate` is slower than the next."""
    model = make_model(make_layer(), text, ctx)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        gb.generate(model, text, prefixes=[PREFIX], num_chars=NUM_CHARS, ctx=ctx)
        seconds.append(time.perf_counter() - start)
    return 1000 * (seconds[0] - min(seconds[1:]))


def measure_model(name):
    """Let all ways write with a model; return the seconds a character, and of the recording."""
    text, ctx = gb.load_text(), gb.try_gpu()
    with contextlib.ExitStack() as ends:
        seconds = measure(writers(MODELS[name], text, ctx, ends))
    return seconds, recording(MODELS[name], text, ctx)


def main():
    gb.load_text()
    title = "How many times as fast as the classic loop a model writes"
    print(f"{title}.", machine(), flush=True)
    # All processors are worth trying with one of the models: a single character is not much work.
    columns = {name: (name, ONE) for name in MODELS} | {f"RNN, {ALL}": ("RNN", ALL)}
    measured = {}
    for column, (name, cores) in columns.items():
        command, environment = on_cores(cores, [sys.executable, "-m", __spec__.name, name])
        environment |= {"GLUONBOOK_OFFLINE": "1", "PYTHONWARNINGS": "ignore::UserWarning"}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        measured[column] = json.loads(done.stdout)
    rows = [
        (
            way,
            *(
                times_as_fast(seconds["classic loop"], seconds[way]) if way in seconds else "-"
                for seconds, _ in measured.values()
            ),
        )
        for way in measured["RNN"][0]
    ]
    speeds = (1 / statistics.median(seconds["classic loop"]) for seconds, _ in measured.values())
    rows.append(("classic loop, characters a second", *(f"{speed:,.0f}" for speed in speeds)))
    recorded = (milliseconds for _, milliseconds in measured.values())
    rows.append(("first call of generate, ms more", *(f"{ms:.0f}" for ms in recorded)))
    header = ("", *columns)
    print_table(header, rows)
    save(title, header, rows)
    for name in not_measured():
        print(f"{name} is not installed, and so not compared.")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure_model(sys.argv[1])))
    else:
        main()
