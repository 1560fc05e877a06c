"""Generate text with a trained model."""

from mxnet import nd

from gluonbook.lesson.models import try_gpu

# --- one character after another ----------------------------------------------------------


def greedy(logits):
    """Return the index of the most probable character, for logits of shape ``(1, vocab_size)``."""
    return logits.argmax(axis=1)


def write(model, text, prefix="traveller", num_chars=50, choose=greedy, *, ctx=None):
    """Return a prefix, of at least one character, and its continuation by `num_chars` characters.

    The model has the interface of `RNNModel`, including `begin_state`, and the vocabulary is that of the
    `text` on which the model was trained. The function `choose` maps logits of shape ``(1, vocab_size)``
    to the index of the next character, of shape ``(1,)``. `ctx` is the device of the model's parameters;
    `try_gpu` by default.
    """
    ctx = ctx or try_gpu()
    state = model.begin_state(batch_size=1, ctx=ctx)
    X = nd.array([text.encode(prefix)], ctx=ctx)
    written = []
    for _ in range(num_chars):
        logits, state = model(X, state)  # first the whole prefix, then one character at a time
        best = choose(logits[-1:])
        written.append(best)  # stays on the device, so that Python does not wait for each character
        X = best.reshape((1, 1))
    return prefix + text.decode(idx.asscalar() for idx in written)


# --- drawing the next character -----------------------------------------------------------


def draw(weights):
    """Draw a character with a probability proportional to its weight.

    The weights have the shape ``(1, vocab_size)``. No weight may be negative, and at least one must be
    positive. `mxnet.random.seed` makes the draws reproducible.
    """
    return nd.random.multinomial(weights / weights.sum(axis=1, keepdims=True), dtype="float32")


def temperature_sampling(temperature):
    """Return a function that draws from all characters at a temperature.

    The logits are divided by the temperature, a positive number, before the softmax. With a temperature
    near 0, the most probable character is always drawn. A temperature of 1 leaves the model's
    probabilities unchanged; at temperatures far above 1, all characters become almost equally
    probable. The returned function can be passed to `write` as `choose`. Graves (2013) calls
    ``1 / temperature - 1`` a bias.
    """

    def choose(logits):
        # These add up to 1 already.
        return nd.random.multinomial(nd.softmax(logits / temperature), dtype="float32")

    return choose


def top_k_sampling(k, temperature=1):
    """Return a function that draws from the `k` most probable characters only.

    The result and the argument `temperature` are as in `temperature_sampling`. With a `k` of 1, the
    function is greedy. If `k` is larger than the vocabulary, calling the function raises a ValueError.
    See Fan et al. (2018).
    """

    def choose(logits):
        probabilities = nd.softmax(logits / temperature)
        return draw(probabilities * probabilities.topk(axis=1, k=k, ret_typ="mask"))

    return choose


def nucleus_sampling(p, temperature=1):
    """Return a function that draws from the fewest characters that together have a probability of `p`.

    Characters are added to the set in order of decreasing probability, until their probabilities sum to
    `p` or more. A `p` near 0 is therefore greedy, and a `p` of 1 keeps all characters. This method is
    also called top-p sampling. The result is as in `temperature_sampling`; `temperature` is applied
    before the set is chosen. See Holtzman et al. (2020).
    """
    # Because of rounding, the sum may reach 1 before the last character.
    limit = p if p < 1 else 2

    def choose(logits):
        probabilities = nd.softmax(logits / temperature)
        order = probabilities.argsort(axis=1, is_ascend=False)
        best_first = probabilities.sort(axis=1, is_ascend=False)
        # The sum of all more probable characters. While it is below the limit, one more is needed.
        before = nd.cumsum(best_first, axis=1) - best_first
        return nd.pick(order, draw(best_first * (before < limit)))

    return choose


# --- several texts side by side -----------------------------------------------------------


def beam_search(model, text, *, prefix="traveller", num_chars=50, beam_width, ctx=None):
    """Search for a probable continuation of a prefix by following several texts at once.

    At each step, every text is extended by every character, and the `beam_width` most probable
    results are kept. With a width of 1, the search is greedy. The text that is returned need not be the
    most probable text of its length, because the beginning of a better text may have been dropped.

    The other arguments are those of `write`. Axis 1 of each array in the model's state must be the
    batch, as in Gluon's recurrent layers. See Lowerre (1976).
    """
    ctx = ctx or try_gpu()
    state = model.begin_state(batch_size=1, ctx=ctx)
    X = nd.array([text.encode(prefix)], ctx=ctx)
    scores = nd.zeros((1, 1), ctx=ctx)  # the log-probability of each beam, one beam at first
    steps = []
    for _ in range(num_chars):
        logits, state = model(X, state)
        # The last time step has one row of logits for each beam, so the candidates are every beam
        # with every character after it: (beams, vocab_size).
        candidates = scores + nd.log_softmax(logits[-len(scores) :])
        num_kept = min(beam_width, candidates.size)
        scores, kept = candidates.reshape((-1,)).topk(k=num_kept, ret_typ="both", dtype="int64")
        scores = scores.reshape((-1, 1))
        parents, chars = (kept / text.size).floor(), kept % text.size
        steps.append((parents, chars))
        state = [s.take(parents, axis=1) for s in state]
        X = chars.reshape((-1, 1))
    # The most probable beam comes first. Follow it back through its parents.
    written, beam = [], 0
    for parents, chars in reversed(steps):
        written.append(text.chars[int(chars[beam].asscalar())])
        beam = int(parents[beam].asscalar())
    return prefix + "".join(reversed(written))
