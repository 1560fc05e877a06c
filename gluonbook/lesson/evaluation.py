"""Evaluate a model: measure its perplexity on held-out text, letter by letter, and with an interval."""

import math

import numpy as np
from mxnet import nd
from mxnet.gluon import loss as gloss

from gluonbook.lesson.models import try_gpu


def evaluate_perplexity(model, indices, ctx=None, *, num_steps=500):
    """Return a model's perplexity on a text, usually one that it was not trained on.

    The model reads the text once from beginning to end, and its state is carried over throughout. Every
    character counts once, except the first, because no character precedes it. The perplexity, the
    exponential of the mean cross-entropy in nats per character, is infinity if it is too large for a
    64-bit number.

    The model is as for `train`, and `ctx` is the device of its parameters; `try_gpu` by default. The
    number of characters read at a time, `num_steps`, affects time and memory use, but not the result.
    """
    ctx = ctx or try_gpu()
    indices = np.asarray(indices)
    loss = gloss.SoftmaxCrossEntropyLoss()
    state = model.begin_state(batch_size=1, ctx=ctx)
    total = 0.0
    for start in range(0, len(indices) - 1, num_steps):
        piece = nd.array(indices[start : start + num_steps + 1], ctx=ctx, dtype="float32")
        logits, state = model(piece[:-1].reshape((1, -1)), state)
        total += loss(logits, piece[1:]).sum().asscalar()
    mean_loss = total / (len(indices) - 1)
    return math.exp(mean_loss) if mean_loss < 709 else math.inf  # a larger number overflows


def next_char_probabilities(model, text, string, ctx=None):
    """Return a model's probabilities for the next character after each beginning of a string.

    The model is an n-gram model, such as `kneser_ney` returns, or a network, as for `train`, which reads
    the whole string at once. Row `t` of the array, of shape ``(len(string), text.size)``, has the
    probabilities after ``string[:t + 1]``. The vocabulary is that of `text`.
    """
    indices = text.encode(string)
    if not hasattr(model, "begin_state"):  # an n-gram model, which predicts from a string
        found = [model(string[max(t - 999, 0) : t + 1]) for t in range(len(string))]
        return np.array([[probabilities[char] for char in text.chars] for probabilities in found])
    ctx = ctx or try_gpu()
    X = nd.array([indices], ctx=ctx)
    logits, _ = model(X, model.begin_state(batch_size=1, ctx=ctx))
    return nd.softmax(logits.astype("float64")).asnumpy()  # no probability is rounded to zero


def letter_costs(model, text, string, ctx=None):
    """Return what each character of a string, except the first, costs a model, in bits.

    The cost of a character is the logarithm to base 2 of one over its probability, so a character to
    which the model gave a probability of 1/8 costs three bits. The mean of the costs is the logarithm to
    base 2 of the model's perplexity on the string. A character to which the model gave no probability
    costs infinity. The arguments are those of `next_char_probabilities`.
    """
    probabilities = next_char_probabilities(model, text, string, ctx)
    with np.errstate(divide="ignore"):
        return -np.log2(probabilities[np.arange(len(string) - 1), text.encode(string[1:])])


def loss_by_context(model, text, lengths, held_out=None, *, ctx=None):
    """Return what each character of a held-out text costs a model that has seen only the last few.

    Row `i` of the array, of shape ``(len(lengths), num_positions)``, has the losses in bits of a model that
    was shown the last ``lengths[i]`` characters before each position, and nothing else. All rows have the
    same positions: those with at least ``max(lengths)`` characters before them. The means of the rows
    fall for as long as it helps the model to see more. Shannon (1951) measured people in this way.

    The held-out text is a sequence of indices, by default ``text.test``. The model is an n-gram model or
    a network, as for `next_char_probabilities`. A network is not trained again, and starts from its state
    of zeros at each length. For three networks trained on the novel, starts from the states of other places
    of the text raised the mean losses at one to five characters, and changed them by at most 0.01 bits from
    eight on. Because a network predicts nothing before it has read a character, its losses at length 0
    are NaN. A character to which a model gave no probability costs infinity.

    Examples
    --------
    >>> text = gb.Text("to be or not to be")
    >>> bigrams = gb.interpolate(gb.count_followers("to be or not to be", 1), 2, 0.9, text.chars)
    >>> gb.loss_by_context(bigrams, text, [0, 1, 2], text.encode("not to")).mean(axis=1).round(2)
    array([2.34, 1.67, 1.67])
    """
    indices = np.asarray(text.test if held_out is None else held_out)
    longest = max(lengths)
    if not hasattr(model, "begin_state"):  # an n-gram model, which predicts from a string
        string, positions = text.decode(indices), range(longest, len(indices))
        found = [[model(string[t - s : t])[string[t]] for t in positions] for s in lengths]
        with np.errstate(divide="ignore"):
            return -np.log2(found)
    losses = losses_from_each_start(model, indices, longest, ctx or try_gpu())
    # The model that has seen s characters before position t started at t - s.
    return np.stack([losses[s, longest - s : len(indices) - s] for s in lengths])


def losses_from_each_start(model, indices, longest, ctx, batch_size=128):
    """Return a network's losses in bits on the `longest` characters that follow each start in a text.

    Row `s` of the array, of shape ``(longest + 1, len(indices))``, has the losses after `s` characters, and
    column `t` those of the network that starts at `t`. Past the end of the text, they have no meaning.
    """
    padded = np.concatenate([indices, np.zeros(longest, indices.dtype)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, longest + 1)
    losses = np.full((longest + 1, len(indices)), np.nan)
    for start in range(0, len(indices), batch_size):
        rows = nd.array(windows[start : start + batch_size], ctx=ctx, dtype="float32")
        logits, _ = model(rows[:, :-1], model.begin_state(batch_size=len(rows), ctx=ctx))
        # With 64 bits, no probability is rounded to zero.
        picked = nd.pick(nd.log_softmax(logits.astype("float64")), rows[:, 1:].T.reshape((-1,)))
        nats = -picked.reshape((longest, -1)).asnumpy()
        losses[1:, start : start + batch_size] = nats / math.log(2)
    return losses


def bend(lengths, losses):
    """Return how many letters a model makes use of: where its curve of losses bends.

    This is the smallest length whose mean loss exceeds that of the last length by at most one percent. The
    arguments are the `lengths` of `loss_by_context`, in ascending order, and what it returned.
    """
    means = np.mean(losses, axis=1)
    return min(s for s, mean in zip(lengths, means, strict=True) if mean <= 1.01 * means[-1])


def bootstrap_interval(values, baseline=None, num_draws=1000):
    """Return a 95-percent bootstrap interval for a mean over training runs and over blocks of a text.

    The arrays have the shape ``(num_seeds, num_blocks)``, or ``(num_blocks,)`` for a model without
    seeds, such as an n-gram model. Each of `num_draws` repetitions draws, with replacement, as many
    seeds and as many blocks as there are, and computes the mean. Every call uses the same random numbers.

    Suppose that each row contains the losses of a model trained with one seed, and that `baseline`
    contains the losses of another kind of model on the same blocks. The interval is then for the
    difference between the two kinds: the seeds of the two are drawn independently, and the same blocks
    are drawn for both. If it contains zero, these runs and this text do not show which kind is better.
    For runs in pairs, such as one seed with and without a change, pass the differences of each pair as
    `values`.

    With few seeds or blocks the interval is too narrow. If normally distributed blocks cause all of the
    variation, 84 percent of the intervals contain the true mean with 5 blocks, 93 percent with 20, and
    94 percent with 50. If seeds cause most of it, 73 percent do so with 3 seeds, and 83 percent with 5.
    Such intervals are discussed by Owen (2007) for two factors, and by Künsch (1989) for blocks.

    Examples
    --------
    >>> gb.bootstrap_interval([[1.5, 1.5, 1.5], [0.5, 0.5, 0.5]], baseline=[1.0, 1.0, 1.0]).tolist()
    [-0.5, 0.5]
    """
    kinds = [np.atleast_2d(kind) for kind in (values, baseline) if kind is not None]
    num_blocks = kinds[0].shape[1]
    rng = np.random.default_rng(1)
    blocks = rng.integers(num_blocks, size=(num_draws, 1, num_blocks))
    means = []
    for kind in kinds:
        seeds = rng.integers(len(kind), size=(num_draws, len(kind), 1))
        means.append(kind[seeds, blocks].mean(axis=(1, 2)))
    return np.quantile(means[0] - sum(means[1:]), [0.025, 0.975])
