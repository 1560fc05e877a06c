"""Whether the gradient reaches further back where the text rewards it, before and after training.

Every ten characters of the novel are enclosed in a pair of brackets of one of four kinds. If the
pairs *match*, a model that remembers the opening bracket knows the closing one. In the control, the
closing bracket may be of *any* kind, so that nothing in the text predicts it. All else is equal.
"""

import mxnet as mx
import numpy as np
from mxnet import gluon, init, nd
from mxnet.gluon import loss as gloss

import gluonbook as gb
from studies import common
from studies.models import MODELS

DISTANCE = 10  # characters between an opening and a closing bracket
KINDS = 4
STEPS_BACK = 35
LAYERS = ("plain, tanh", "plain, ReLU")
SEEDS = (1, 2, 3, 4, 5)


def bracketed(indices, vocab_size, rng, match):
    """Enclose every ten characters in brackets, whose eight indices follow those of the vocabulary."""
    segments = indices[: len(indices) // DISTANCE * DISTANCE].reshape((-1, DISTANCE))
    opening = rng.integers(KINDS, size=(len(segments), 1))
    closing = opening if match else rng.integers(KINDS, size=opening.shape)
    return np.hstack([vocab_size + opening, segments, vocab_size + KINDS + closing]).ravel()


def reach(model, passages):
    """Return the share of the last loss's gradient that remains k steps back, as a median over passages."""
    targets = nd.array(passages[:, -1])
    lengths = common.gradient_lengths(
        lambda characters, state: model(nd.array(characters).reshape((-1, 1)), state)[1],
        model.begin_state(batch_size=len(passages), ctx=mx.cpu()),
        passages[:, :-1].T,
        # The output layer reads the hidden state, (num_layers, num_passages, num_units), of the only layer.
        lambda state: gloss.SoftmaxCrossEntropyLoss()(model.dense(state[0][0]), targets),
    )[: STEPS_BACK + 1]
    return [float(f"{share:.3g}") for share in np.median(lengths / lengths[0], axis=1)]


def run(setting, seed):
    """Train a layer on brackets; return the gradient's reach and the accuracy at closing brackets."""
    text = gb.load_text()
    rng, match = np.random.default_rng(seed), setting["pairs"] == "match"
    unread = bracketed(text.test, text.size, rng, match)
    closings = np.flatnonzero(unread >= text.size + KINDS)
    # Every other closing bracket, with the 50 characters before it.
    passages = np.array([unread[end - 50 : end + 1] for end in closings[::2] if end >= 50])
    model = MODELS[setting["layer"]](text.size + 2 * KINDS)
    model.initialize(init.Xavier())
    model.hybridize()
    before = reach(model, passages)
    # In a trial with a learning rate of 0.003, the layer with tanh did not learn to match.
    trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": 0.001})
    loss = gloss.SoftmaxCrossEntropyLoss()
    for _ in range(120):
        # Draw new brackets in each epoch, so that they cannot be memorised.
        training = bracketed(text.train, text.size, rng, match)
        batches = gb.data_iter_consecutive(training, 32, 35, mx.cpu())
        state = model.begin_state(batch_size=32, ctx=mx.cpu())
        gb.train_epoch(model, batches, state, loss, trainer, clipping_theta=1.0)
    logits, _ = model(nd.array(unread[None, :-1]), model.begin_state(batch_size=1, ctx=mx.cpu()))
    chosen = logits.asnumpy()[closings - 1, text.size + KINDS :].argmax(axis=1)
    right = np.mean(chosen == unread[closings] - text.size - KINDS)
    return {"before": before, "after": reach(model, passages), "right": round(float(right), 4)}


def main():
    """Train two layers on both kinds of text, with five seeds."""
    settings = [{"layer": layer, "pairs": pairs} for layer in LAYERS for pairs in ("match", "any")]
    common.run_all(run, settings, SEEDS, common.novel())


if __name__ == "__main__":
    main()
