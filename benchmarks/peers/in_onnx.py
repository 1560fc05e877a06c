"""The chapter's model in ONNX Runtime, from the file that the book exports. It reads and writes."""

import tempfile
from pathlib import Path

import in_gluon
import numpy as np
import onnxruntime

from gluonbook import tool


def load(path):
    """Export a model with the weights that were saved; return what runs it, and its state."""
    model, text = in_gluon.load(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the products are too small to be shared out
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "model.onnx"
        tool.export_onnx(model, text, exported)
        session = onnxruntime.InferenceSession(exported, options)
    return session, [state.asnumpy() for state in model.begin_state(batch_size=1)]


def read(session, indices, state):
    """Return the scores of the character after each, (len(indices), vocab_size), and the state."""
    names = [node.name for node in session.get_inputs()]
    inputs = zip(names, [np.array([indices]), *state], strict=True)
    scores, *state = session.run(None, dict(inputs))
    return scores[0], state


def logits(loaded, indices):
    """Return what a model says after each character of a text, (len(indices), vocab_size)."""
    session, state = loaded
    return read(session, indices, state)[0]


def write(loaded, prefix, num_chars):
    """Continue a text with the best character each time; all are indices."""
    (session, state), X, written = loaded, prefix, []
    for _ in range(num_chars):
        scores, state = read(session, X, state)
        X = [int(scores[-1].argmax())]
        written += X
    return written
