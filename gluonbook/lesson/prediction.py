"""Generate text with a trained model."""

from mxnet import nd

from gluonbook.fast import is_plain_rnn, write_by_graph
from gluonbook.ground.checks import (
    check_finite_logits,
    check_prediction,
    check_shape_of_logits,
    check_sizes,
    check_temperature,
    check_weights,
)
from gluonbook.lesson.models import check_initialized, try_gpu

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
    check_prediction(text, [prefix], num_chars)
    check_initialized(model)
    ctx = ctx or try_gpu()
    state = model.begin_state(batch_size=1, ctx=ctx)
    X = nd.array([text.encode(prefix)], ctx=ctx)
    written, chosen_from = [], []
    for _ in range(num_chars):
        logits, state = model(X, state)  # first the whole prefix, then one character at a time
        check_shape_of_logits(logits, text.size)
        chosen_from.append(logits[-1:])
        best = choose(chosen_from[-1])
        written.append(best)  # stays on the device, so that Python does not wait for each character
        X = best.reshape((1, 1))
    if written:
        check_finite_logits(nd.concat(*chosen_from, dim=0))
    return prefix + text.decode(idx.asscalar() for idx in written)


# --- drawing the next character -----------------------------------------------------------


def draw(weights):
    """Draw a character with a probability proportional to its weight.

    The weights have the shape ``(1, vocab_size)``. No weight may be negative, and at least one must be
    positive. `mxnet.random.seed` makes the draws reproducible.
    """
    check_weights(weights)
    return nd.random.multinomial(weights / weights.sum(axis=1, keepdims=True), dtype="float32")


def temperature_sampling(temperature):
    """Return a function that draws from all characters at a temperature.

    The logits are divided by the temperature, a positive number, before the softmax. With a temperature
    near 0, the most probable character is always drawn. A temperature of 1 leaves the model's
    probabilities unchanged; at temperatures far above 1, all characters become almost equally
    probable. The returned function can be passed to `write` as `choose`. Graves (2013) calls
    ``1 / temperature - 1`` a bias.
    """
    check_temperature(temperature)

    def choose(logits):
        # A softmax sums to 1 already, so `draw` would divide by 1.
        return nd.random.multinomial(nd.softmax(logits / temperature), dtype="float32")

    return choose


def top_k_sampling(k, temperature=1):
    """Return a function that draws from the `k` most probable characters only.

    The result and the argument `temperature` are as in `temperature_sampling`. With a `k` of 1, the
    function is greedy. If `k` is larger than the vocabulary, calling the function raises a ValueError.
    See Fan et al. (2018).
    """
    check_sizes(k=k)
    check_temperature(temperature)

    def choose(logits):
        if k > logits.shape[1]:
            raise ValueError(
                f"k = {k} is more than the {logits.shape[1]} characters to choose from"
            )
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
    if not 0 < p <= 1:
        raise ValueError(f"p must be a probability above 0 and at most 1, not {p!r}")
    check_temperature(temperature)
    # Because of rounding, the sum may reach 1 before the last character.
    limit = p if p < 1 else 2

    def choose(logits):
        probabilities = nd.softmax(logits / temperature)
        order = probabilities.argsort(axis=1, is_ascend=False)
        best_first = probabilities.sort(axis=1, is_ascend=False)
        # The sum of all more probable characters: while that is below the limit, another is needed.
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
    check_prediction(text, [prefix], num_chars)
    check_initialized(model)
    check_sizes(beam_width=beam_width)
    ctx = ctx or try_gpu()
    state = model.begin_state(batch_size=1, ctx=ctx)
    if any(s.shape[1:2] != (1,) for s in state):
        raise ValueError(
            f"beam_search needs the batch in axis 1 of each array in the state, but the state of "
            f"{type(model).__name__} has the shapes {[s.shape for s in state]}: use write instead"
        )
    X = nd.array([text.encode(prefix)], ctx=ctx)
    scores = nd.zeros((1, 1), ctx=ctx)  # the log-probability of each beam; at first there is one
    steps = []
    for _ in range(num_chars):
        logits, state = model(X, state)
        check_shape_of_logits(logits, text.size)
        # The last time step has a row of logits for each beam: every beam with every character.
        candidates = scores + nd.log_softmax(logits[-len(scores) :])  # (beams, vocab_size)
        num_kept = min(beam_width, candidates.size)
        scores, kept = candidates.reshape((-1,)).topk(k=num_kept, ret_typ="both", dtype="int64")
        scores = scores.reshape((-1, 1))
        parents, chars = (kept / text.size).floor(), kept % text.size
        steps.append((parents, chars))
        state = [s.take(parents, axis=1) for s in state]
        X = chars.reshape((-1, 1))
    if steps:
        check_finite_logits(logits)
        check_finite_logits(scores)  # the sums of the log-probabilities of all steps
    # The best beam comes first. Follow it back through its parents.
    written, beam = [], 0
    for parents, chars in reversed(steps):
        written.append(text.chars[int(chars[beam].asscalar())])
        beam = int(parents[beam].asscalar())
    return prefix + "".join(reversed(written))


def generate(model, text, *, prefixes, num_chars=50, temperature=None, ctx=None):
    """Continue several prefixes as `write` does, but faster if the model is an `RNNModel`.

    An `RNNModel` continues all prefixes at once, using a graph that contains many steps. The first call
    for a model takes longer, because it records this graph. Any other model continues the prefixes one
    at a time. The lengths of the prefixes may differ.

    With a `temperature`, characters are drawn as by `temperature_sampling`. By default, the most probable
    character is always chosen. All texts share one sequence of random numbers, so the characters that
    are drawn depend on the number of texts. The other arguments are those of `write`.
    """
    check_prediction(text, prefixes, num_chars)
    check_initialized(model)
    ctx = ctx or try_gpu()
    choose = greedy if temperature is None else temperature_sampling(temperature)
    if is_plain_rnn(model) and len(prefixes):
        return write_by_graph(model, text, prefixes, num_chars, temperature, ctx)
    how = {"num_chars": num_chars, "choose": choose, "ctx": ctx}
    return [write(model, text, prefix=prefix, **how) for prefix in prefixes]
