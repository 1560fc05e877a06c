"""The loops as they were usually written in 2018: what the other ways are compared with.

Python asks the device for a number in every step (`asscalar`) and waits for it. The
model is a plain `Block`, so each of its operators is called from Python.
"""

import time

from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

import gluonbook as gb
from benchmarks.common import BATCH_SIZE, CLIPPING_THETA, LR, NUM_STEPS


class ClassicModel(nn.Block):
    """One-hot input, recurrent layer, output layer."""

    def __init__(self, rnn_layer, vocab_size):
        super().__init__()
        with self.name_scope():
            self.rnn = rnn_layer
            self.vocab_size = vocab_size
            self.dense = nn.Dense(vocab_size)

    def forward(self, inputs, state):
        """Return logits and state."""
        Y, state = self.rnn(nd.one_hot(inputs.T, self.vocab_size), state)
        return self.dense(Y.reshape((-1, Y.shape[-1]))), state

    def begin_state(self, *args, **kwargs):
        """Return a state of zeros."""
        return self.rnn.begin_state(*args, **kwargs)


def clip(params, theta, ctx):
    norm = nd.zeros((1,), ctx=ctx)
    for param in params:
        norm += (param.grad**2).sum()
    norm = norm.sqrt().asscalar()
    if norm > theta:
        for param in params:
            param.grad[:] *= theta / float(norm)


def train(model, corpus_indices, ctx, num_epochs):
    """Train a model; return the seconds that each epoch took."""
    model.initialize(init.Normal(0.01), ctx=ctx, force_reinit=True)
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": LR})
    loss = SoftmaxCrossEntropyLoss()
    seconds = []
    for _ in range(num_epochs):
        start = time.time()
        total_loss = 0.0
        state = model.begin_state(batch_size=BATCH_SIZE, ctx=ctx)
        for X, Y in gb.data_iter_consecutive(corpus_indices, BATCH_SIZE, NUM_STEPS, ctx):
            for s in state:
                s.detach()  # a frequent slip: what it returns is lost
            with autograd.record():
                output, state = model(X, state)
                batch_loss = loss(output, Y.T.reshape((-1,))).mean()
            batch_loss.backward()
            clip([p.data() for p in model.collect_params().values()], CLIPPING_THETA, ctx)
            trainer.step(1)
            total_loss += batch_loss.asscalar()
        seconds.append(time.time() - start)
    return seconds


def predict(prefix, num_chars, model, ctx, idx_to_char, char_to_idx):
    """Read one character and write one, again and again, and wait for each."""
    state = model.begin_state(batch_size=1, ctx=ctx)
    written = [char_to_idx[prefix[0]]]
    for step in range(1, len(prefix) + num_chars):
        output, state = model(nd.array([written[-1:]], ctx=ctx), state)
        if step < len(prefix):
            written.append(char_to_idx[prefix[step]])
        else:
            written.append(int(output.argmax(axis=1).asscalar()))
    return "".join(idx_to_char[idx] for idx in written)
