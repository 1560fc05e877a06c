"""Measure how fast a model writes, for several ways to let it.

The ways take turns: in each round every way writes one text, and is compared with the
classic loop of the same round. So a busy moment of the machine slows all of them down.
"""

import statistics
import tempfile
import time
from importlib import util
from pathlib import Path

import numpy as np
from classic import ClassicModel, predict
from common import NUM_HIDDENS, machine, print_table, save
from mxnet import init
from mxnet.gluon import rnn

import gluonbook as gb

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
    model = gb.RNNModel(layer, text[-1])
    model.initialize(init.Normal(0.05), ctx=ctx)
    gb.evaluate_perplexity(model, text[0][:100], ctx)  # now the shapes are known
    return model


def writers(make_layer, text, ctx):
    """Return, for each way, a function that writes and how many characters that are."""
    _, char_to_idx, idx_to_char, vocab_size = text
    vocabulary = (vocab_size, ctx, idx_to_char, char_to_idx)
    classic = ClassicModel(make_layer(), vocab_size)
    classic.initialize(init.Normal(0.05), ctx=ctx)
    model = make_model(make_layer(), text, ctx)
    # A graph is fitted to a number of texts. One that is fitted to 32 stays so.
    model_of_many = make_model(make_layer(), text, ctx)
    choose = gb.temperature_sampling(1)

    def draw():
        gb.predict_rnn_gluon(PREFIX, NUM_CHARS, model, *vocabulary, choose=choose)

    def generate(num_chars, **kwargs):
        return lambda: gb.generate([PREFIX], num_chars, model, *vocabulary, **kwargs)

    ways = {
        "classic loop": (
            lambda: predict(PREFIX, NUM_CHARS, classic, ctx, idx_to_char, char_to_idx),
            NUM_CHARS,
        ),
        "predict_rnn_gluon": (
            lambda: gb.predict_rnn_gluon(PREFIX, NUM_CHARS, model, *vocabulary),
            NUM_CHARS,
        ),
        "predict_rnn_gluon, drawn": (draw, NUM_CHARS),
        f"generate, {NUM_CHARS} characters": (generate(NUM_CHARS), NUM_CHARS),
        f"generate, {LONG} characters": (generate(LONG), LONG),
        f"generate, {LONG} drawn": (generate(LONG, temperature=1), LONG),
        f"generate, {BATCH} texts": (
            lambda: gb.generate([PREFIX] * BATCH, NUM_CHARS, model_of_many, *vocabulary),
            NUM_CHARS * BATCH,
        ),
    }
    prefix = [char_to_idx[char] for char in PREFIX]
    if model.rnn._mode == "rnn_relu":
        ways["NumPy"] = (with_numpy(model, prefix), LONG)
    if util.find_spec("onnxruntime"):
        ways["ONNX Runtime"] = (with_onnxruntime(model, prefix, idx_to_char), LONG)
    if util.find_spec("torch"):
        ways["PyTorch"] = (with_pytorch(model, prefix), NUM_CHARS)
    return ways


def with_numpy(model, prefix):
    """Return a function that writes with NumPy, on the weights of a plain recurrent model."""
    layers = [
        [
            getattr(model.rnn, f"l{i}_{name}").data().asnumpy()
            for name in ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias")
        ]
        for i in range(model.rnn._num_layers)
    ]
    # The product with a one-hot vector is a column, and biases can be added up before.
    first = layers[0][0].T + layers[0][2] + layers[0][3]
    W_out, b_out = model.dense.weight.data().asnumpy(), model.dense.bias.data().asnumpy()

    def write():
        state = [np.zeros(NUM_HIDDENS, np.float32) for _ in layers]
        written = list(prefix)
        for t in range(len(prefix) + LONG - 1):
            x = first[written[t]]
            for i, (W_in, W_state, b_in, b_state) in enumerate(layers):
                if i > 0:
                    x = W_in @ x + b_in + b_state
                x = state[i] = np.maximum(x + W_state @ state[i], 0)
            if t >= len(prefix) - 1:
                written.append(int((W_out @ x + b_out).argmax()))
        return written

    return write


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


def with_pytorch(model, prefix):
    """Return a function that writes with PyTorch, with weights of its own."""
    import torch
    from torch import nn

    vocab_size, num_layers = model.vocab_size, model.rnn._num_layers
    device = "cuda" if torch.cuda.is_available() else "cpu"
    kinds = {"rnn_relu": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
    options = {"nonlinearity": "relu"} if model.rnn._mode == "rnn_relu" else {}
    layer = kinds[model.rnn._mode](vocab_size, NUM_HIDDENS, num_layers, **options).to(device)
    dense = nn.Linear(NUM_HIDDENS, vocab_size).to(device)

    @torch.no_grad()
    def write():
        X, state = torch.tensor(prefix, device=device), None
        written = []
        for _ in range(NUM_CHARS):
            Y, state = layer(nn.functional.one_hot(X, vocab_size).float(), state)
            X = dense(Y[-1:]).argmax(dim=1)
            written.append(X)
        return torch.cat(written).tolist()

    return write


def measure(ways):
    """Let the ways take turns; return the seconds a character of each way and round."""
    seconds = {way: [] for way in ways}
    for write, _ in ways.values():
        write()  # the first text is slower: operators are looked up, graphs recorded
    for way in gb.with_progress([*ways] * ROUNDS, "texts"):
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
    _, char_to_idx, idx_to_char, vocab_size = text
    model = make_model(make_layer(), text, ctx)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        gb.generate([PREFIX], NUM_CHARS, model, vocab_size, ctx, idx_to_char, char_to_idx)
        seconds.append(time.perf_counter() - start)
    return 1000 * (seconds[0] - min(seconds[1:]))


def main():
    text, ctx = gb.load_data_time_machine(), gb.try_gpu()
    title = "How many times as fast as the classic loop a model writes"
    print(f"{title}.", machine(), flush=True)
    columns = {name: measure(writers(make, text, ctx)) for name, make in MODELS.items()}
    rows = [
        (
            way,
            *(
                times_as_fast(column["classic loop"], column[way]) if way in column else "-"
                for column in columns.values()
            ),
        )
        for way in columns["RNN"]
    ]
    speeds = (1 / statistics.median(column["classic loop"]) for column in columns.values())
    rows.append(("classic loop, characters a second", *(f"{speed:,.0f}" for speed in speeds)))
    recorded = (recording(make, text, ctx) for make in MODELS.values())
    rows.append(("first call of generate, ms more", *(f"{ms:.0f}" for ms in recorded)))
    header = ("", *columns)
    print_table(header, rows)
    save(title, header, rows)
    for package, name in {"onnxruntime": "ONNX Runtime", "torch": "PyTorch"}.items():
        if not util.find_spec(package):
            print(f"{name} is not installed, and so not compared.")


if __name__ == "__main__":
    main()
