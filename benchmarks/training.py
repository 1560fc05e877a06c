"""Measure the seconds that an epoch of training takes, for several ways to write the loop.

Each way trains for a few epochs in a process of its own, one way after the other, and
then all of them again. So a busy moment of the machine slows all of them down.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from importlib import util

from classic import ClassicModel, train
from common import (
    BATCH_SIZE,
    CLIPPING_THETA,
    LR,
    NUM_HIDDENS,
    NUM_STEPS,
    machine,
    num_processors,
    print_table,
    save,
    spread,
    train_gluon,
)
from mxnet.gluon import rnn

import gluonbook as gb

ROUNDS, EPOCHS = 5, 10


def classic(text):
    corpus_indices, *_, vocab_size = text
    model = ClassicModel(rnn.RNN(NUM_HIDDENS), vocab_size)
    return train(model, corpus_indices, gb.try_gpu(), EPOCHS)


def eager(text):
    model = gb.RNNModel(rnn.RNN(NUM_HIDDENS), text[-1])
    return [epoch.seconds for epoch in train_gluon(model, text, gb.try_gpu(), EPOCHS)]


def hybridized(text):
    model = gb.RNNModel(rnn.RNN(NUM_HIDDENS), text[-1])
    model.hybridize()
    return [epoch.seconds for epoch in train_gluon(model, text, gb.try_gpu(), EPOCHS)]


def scratch(text):
    corpus_indices, char_to_idx, idx_to_char, vocab_size = text
    ctx = gb.try_gpu()
    epochs = []
    gb.train_and_predict_rnn(
        gb.rnn_forward,
        lambda: gb.get_params(vocab_size, NUM_HIDDENS, ctx),
        gb.init_rnn_state,
        NUM_HIDDENS,
        vocab_size,
        ctx,
        corpus_indices,
        idx_to_char,
        char_to_idx,
        is_random_iter=False,
        num_epochs=EPOCHS,
        num_steps=NUM_STEPS,
        lr=LR,
        clipping_theta=CLIPPING_THETA,
        batch_size=BATCH_SIZE,
        pred_period=EPOCHS + 1,  # never
        pred_len=1,
        prefixes=[],
        callbacks=[epochs.append],
    )
    return [epoch.seconds for epoch in epochs]


def pytorch(text):
    import torch
    from torch import nn

    corpus_indices, *_, vocab_size = text
    device = "cuda" if torch.cuda.is_available() else "cpu"
    # A column a row of the mini-batches: the layer is time-major, as Gluon's is.
    row_length = len(corpus_indices) // BATCH_SIZE
    length = (len(corpus_indices) - 1) // BATCH_SIZE // NUM_STEPS * NUM_STEPS
    starts = [row_length * row for row in range(BATCH_SIZE)]
    columns = torch.tensor([corpus_indices[s : s + length + 1] for s in starts], device=device).T

    layer = nn.RNN(vocab_size, NUM_HIDDENS, nonlinearity="relu").to(device)  # Gluon's default
    dense = nn.Linear(NUM_HIDDENS, vocab_size).to(device)
    params = [*layer.parameters(), *dense.parameters()]
    for param in params:
        nn.init.normal_(param, std=0.01) if param.dim() > 1 else nn.init.zeros_(param)
    optimizer = torch.optim.SGD(params, lr=LR)

    seconds = []
    for _ in range(EPOCHS):
        start = time.time()
        losses = []
        state = torch.zeros(1, BATCH_SIZE, NUM_HIDDENS, device=device)
        for i in range(0, length, NUM_STEPS):
            X, Y = columns[i : i + NUM_STEPS], columns[i + 1 : i + 1 + NUM_STEPS]
            output, state = layer(nn.functional.one_hot(X, vocab_size).float(), state.detach())
            loss = nn.functional.cross_entropy(dense(output).flatten(0, 1), Y.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(params, CLIPPING_THETA)
            optimizer.step()
            losses.append(loss.detach())
        torch.stack(losses).mean().item()
        seconds.append(time.time() - start)
    return seconds


WITH_ALL_PROCESSORS = f"gluonbook, hybridized, {num_processors()} threads"
WAYS = {
    "classic loop": classic,
    "gluonbook, eager": eager,
    "gluonbook, hybridized": hybridized,
    WITH_ALL_PROCESSORS: hybridized,
    "gluonbook, from scratch": scratch,
    "PyTorch, eager": pytorch,
}


def measure(way):
    """Run one way in a process of its own; return the seconds of each epoch but the first."""
    # Which text it is, the first process has said already.
    environment = os.environ | {"GLUONBOOK_OFFLINE": "1", "PYTHONWARNINGS": "ignore::UserWarning"}
    if way == WITH_ALL_PROCESSORS:
        environment["OMP_NUM_THREADS"] = str(num_processors())
    done = subprocess.run(
        [sys.executable, __file__, way], env=environment, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)[1:]


def main():
    title = "Seconds an epoch of training takes, on 10,000 characters"
    print(f"{title}.", machine(), flush=True)
    gb.load_data_time_machine()
    ways = [way for way in WAYS if WAYS[way] is not pytorch or util.find_spec("torch")]
    seconds = {way: [] for way in ways}
    for way in gb.with_progress(ways * ROUNDS, "runs"):
        seconds[way] += measure(way)
    medians = {way: statistics.median(measured) for way, measured in seconds.items()}
    first = medians["classic loop"]
    header = ("", "seconds an epoch", "spread", "times as fast as the first")
    rows = [
        (way, f"{median:.4f}", spread(seconds[way], ".4f"), f"{first / median:.2f}")
        for way, median in medians.items()
    ]
    print_table(header, rows)
    save(title, header, rows)
    if len(ways) < len(WAYS):
        print("PyTorch is not installed, and so not compared.")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(WAYS[sys.argv[1]](gb.load_data_time_machine())))
    else:
        main()
