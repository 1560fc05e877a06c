"""Two memory tasks: recall the first character after some fillers, and look up a key among pairs."""

import string

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss

from gluonbook.lesson.models import RNNModel, params_of, try_gpu
from gluonbook.lesson.training import grad_clipping

# The vocabulary of the recall task: four characters to remember, and four fillers.
RECALL_SYMBOLS = "abcdwxyz"
# The vocabulary of the pairs task: keys and values.
PAIR_SYMBOLS = string.ascii_lowercase + string.digits


def recall_batch(batch_size, distance, ctx=None):
    """Draw a mini-batch of the recall task.

    Each example begins with one of four characters to remember, followed by `distance` fillers that are
    drawn from four other characters. The function returns the indices, of shape ``(batch_size, 1 +
    distance)``, and the first index of each example. The arrays are on `ctx`; `try_gpu` by default.
    """
    ctx = ctx or try_gpu()
    first = nd.random.randint(0, 4, shape=(batch_size, 1), ctx=ctx)
    fillers = nd.random.randint(4, 8, shape=(batch_size, distance), ctx=ctx)
    X = nd.concat(first, fillers, dim=1).astype("float32")
    return X, X[:, 0]


def pairs_batch(batch_size, num_pairs, ctx=None):
    """Draw a mini-batch for associative recall, with rows such as ``k7a0t3a``: pairs, then a query.

    A pair consists of a letter and a digit, and the query is one of the letters. The letters in a row
    are all different, and the letters and digits of each row are drawn independently of other rows.
    The function returns indices into `PAIR_SYMBOLS`, of shape ``(batch_size, 2 * num_pairs + 1)``, and
    the index of the digit that is paired with the letter at the end of each row. The arrays are on
    `ctx`; `try_gpu` by default.
    """
    ctx = ctx or try_gpu()
    # Sorting random numbers gives a random order of the letters.
    keys = nd.random.uniform(shape=(batch_size, 26), ctx=ctx).argsort(axis=1)[:, :num_pairs]
    values = nd.random.randint(26, 36, shape=keys.shape, ctx=ctx).astype("float32")
    asked = nd.random.randint(0, num_pairs, shape=(batch_size,), ctx=ctx).astype("float32")
    pairs = nd.stack(keys, values, axis=2).reshape((0, -1))
    X = nd.concat(pairs, nd.pick(keys, asked).expand_dims(1), dim=1)
    return X, nd.pick(values, asked)


def train_recall(layer, distance, ctx=None, lr=0.01, num_batches=200, seed=1):
    """Train a model to recall the first character; return its accuracy on new examples.

    The optimiser is Adam (Kingma and Ba, 2015), gradients are clipped to a norm of 1, and a mini-batch
    has 16 examples. `layer` is a new recurrent layer or an `AttentionHead`; its parameters are given
    Xavier initialisation unless they have initialisers of their own. `seed` determines parameters and
    examples. The accuracy is the fraction of 500 new examples for which the most probable answer is
    correct.
    """
    model = RNNModel(layer, len(RECALL_SYMBOLS))
    return train_on_last_step(model, recall_batch, 16, distance, ctx, lr, num_batches, seed)


def train_pairs(layer, num_pairs, ctx=None, lr=0.01, num_batches=300, seed=1):
    """Train a model on `pairs_batch`, as `train_recall` does, with mini-batches of 32 rows."""
    model = RNNModel(layer, len(PAIR_SYMBOLS))
    return train_on_last_step(model, pairs_batch, 32, num_pairs, ctx, lr, num_batches, seed)


def train_on_last_step(model, draw_batch, batch_size, size, ctx, lr, num_batches, seed):
    """Train a model on examples with answers; return its accuracy on 500 new examples."""
    ctx = ctx or try_gpu()
    mx.random.seed(seed)
    model.initialize(init.Xavier(), ctx=ctx)
    trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": lr})
    loss = gloss.SoftmaxCrossEntropyLoss()
    for _ in range(num_batches):
        X, answer = draw_batch(batch_size, size, ctx)
        with autograd.record():
            batch_loss = loss(last_logits(model, X), answer).mean()
        batch_loss.backward()
        grad_clipping(params_of(model), 1)
        trainer.step(1)
    X, answer = draw_batch(500, size, ctx)
    return (last_logits(model, X).argmax(axis=1) == answer).mean().asscalar()


def last_logits(model, X):
    """Return the logits after the last character of each example; only these enter the loss."""
    logits, _ = model(X, model.begin_state(batch_size=len(X), ctx=X.context))
    return logits[-len(X) :]
