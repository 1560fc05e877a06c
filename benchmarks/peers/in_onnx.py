"""The chapter's model in ONNX Runtime, which computes logits and generates text from an exported file."""

import tempfile
from pathlib import Path

import in_gluon
import numpy as np
import onnxruntime

from gluonbook import tool


def load(path):
    """Export a model with the saved weights; return a session that runs it, and its initial state."""
    model, text = in_gluon.load(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the products are too small for several threads
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "model.onnx"
        tool.export_onnx(model, text, exported)
        session = onnxruntime.InferenceSession(exported, options)
    return session, [state.asnumpy() for state in model.begin_state(batch_size=1)]


def read(session, indices, state):
    """Return the scores for the character after each index, (len(indices), vocab_size), and the state."""
    names = [node.name for node in session.get_inputs()]
    inputs = zip(names, [np.array([indices]), *state], strict=True)
    scores, *state = session.run(None, dict(inputs))
    return scores[0], state


def logits(loaded, indices):
    """Return the logits after each character of a text, of shape (len(indices), vocab_size)."""
    session, state = loaded
    return read(session, indices, state)[0]


def write(loaded, prefix, num_chars):
    """Continue a text, given by the indices of its characters, with the most probable one at each step."""
    (session, state), X, written = loaded, prefix, []
    for _ in range(num_chars):
        scores, state = read(session, X, state)
        X = [int(scores[-1].argmax())]
        written += X
    return written
