"""Count n-grams, turn the counts into language models, and measure perplexity.

In this module, a language model is a function of the context, which is the text before a character.
It returns a dictionary with the probability of every character of the vocabulary after that context.
"""

import math
from collections import Counter, defaultdict
from functools import lru_cache

# The longest n-grams that `counting_baseline` tries.
LONGEST_IN_BASELINE = 8


def perplexity(probabilities):
    r"""Return the number of equally likely characters from which a model was, in effect, choosing.

    .. math:: \exp\left(-\frac{1}{N} \sum_{t=1}^{N} \log p_t\right)

    Here :math:`p_t` is the probability that a model assigned to character `t` of a text. If any of these
    probabilities is zero, the perplexity is infinite. See Jelinek et al. (1977).

    Examples
    --------
    >>> gb.perplexity([0.5, 0.125])
    4.0
    """
    if min(probabilities) == 0:
        return math.inf
    mean_loss = -sum(map(math.log, probabilities)) / len(probabilities)
    return math.exp(mean_loss) if mean_loss < 709 else math.inf  # a larger number overflows


def perplexity_on(model, string):
    """Return a model's perplexity on a string, not counting its first character.

    The model, such as `kneser_ney` returns, predicts every character after the first from at most a
    thousand preceding characters. The limit is for speed: with whole contexts, a string of N characters
    would be copied N times.
    """
    return perplexity(
        [model(string[max(t - 1000, 0) : t])[string[t]] for t in range(1, len(string))]
    )


def uniform_model(chars):
    """Return the model that assigns the same probability to every character of a vocabulary."""

    def model(context):
        return {char: 1 / len(chars) for char in chars}

    return model


def count_followers(string, longest):
    """For each context of up to `longest` characters, count which characters follow it.

    The contexts include the empty one. To count n-grams, pass a `longest` of ``n - 1``.

    Examples
    --------
    >>> counts = gb.count_followers("to be or not to be", longest=1)
    >>> counts["t"]
    Counter({'o': 2, ' ': 1})
    """
    counts = defaultdict(Counter)
    for t, char in enumerate(string):
        for length in range(min(longest, t) + 1):
            counts[string[t - length : t]][char] += 1
    return counts


def last_characters(string, length):
    """Return the last `length` characters of a string, or the whole string if it is shorter."""
    # Not string[-length:], which is the whole string when the length is 0.
    return string[max(len(string) - length, 0) :]


def add_alpha(counts, n, alpha, chars):
    r"""Return the n-gram model with `alpha` added to every count.

    .. math:: P(x \mid s) = \frac{c(sx) + \alpha}{\sum_y c(sy) + \alpha d}

    The counts are the result of `count_followers`, whose ``longest`` was ``n - 1`` or more. An `n` of 1
    stands for unigrams, 2 for bigrams, and so on. The number `alpha` is positive, and `chars` is the
    vocabulary, which has `d` characters. See Chen and Goodman (1999), section 2.1.

    Examples
    --------
    The letter o follows t in two of three cases. With 1 added to each count, its probability is
    3 / (3 + 7).

    >>> counts = gb.count_followers("to be or not to be", longest=1)
    >>> bigrams = gb.add_alpha(counts, n=2, alpha=1, chars=" benort")
    >>> bigrams("t")["o"]
    0.3
    """

    def model(context):
        followers = counts.get(last_characters(context, n - 1), Counter())
        total = followers.total() + alpha * len(chars)
        return {char: (followers[char] + alpha) / total for char in chars}

    return model


def mix_contexts(counts, n, keep, chars):
    r"""Return the n-gram model in which each context passes probability on to the shorter one.

    .. math:: P_n(x \mid s) = K(x \mid s) + \rho(s)\, P_{n-1}(x \mid s')

    The followers of the context :math:`s` keep the probabilities :math:`K`; the rest, :math:`\rho`, is
    passed on to the model of :math:`s'`, the context without its first character. If a context was
    never seen, everything is passed on; :math:`P_0` is uniform. If a context has fewer than ``n - 1``
    characters, as at the beginning of a text, the mixture starts at its length.

    Here ``keep(followers)`` takes the `Counter` of a context, and returns what its followers keep, in a
    dictionary, and what is passed on.
    """
    uniform = {char: 1 / len(chars) for char in chars}

    @lru_cache(maxsize=10_000)  # remembers its latest results, because contexts are repeated
    def after(context):
        shorter = after(context[1:]) if context else uniform
        followers = counts.get(context)
        if not followers:
            return shorter
        kept, passed_on = keep(followers)
        return {char: kept.get(char, 0) + passed_on * p for char, p in shorter.items()}

    def model(context):
        return dict(after(last_characters(context, n - 1)))

    return model


def keep_share(weight):
    """Return the rule of interpolation, for `mix_contexts`: pass on the same share in every context."""

    def keep(followers):
        total = followers.total()
        return {char: weight * count / total for char, count in followers.items()}, 1 - weight

    return keep


def interpolate(counts, n, weight, chars):
    r"""Return the n-gram model that interpolates between the contexts of all lengths.

    .. math::
        P_n(x \mid s) = \lambda \frac{c(sx)}{\sum_y c(sy)} + (1 - \lambda) P_{n-1}(x \mid s')

    The model is made by `mix_contexts`. The arguments and the result are those of
    `add_alpha`, except that `alpha` is replaced by `weight`, the weight :math:`\lambda` of the longer
    context, which must be between 0 and 1. See Jelinek and Mercer (1980).

    Examples
    --------
    The letter o is 2/3 of the followers of t, 4/18 of the text and 1/7 of the vocabulary. Its
    probability after t is therefore 1/2 * 2/3 + 1/4 * 4/18 + 1/4 * 1/7.

    >>> counts = gb.count_followers("to be or not to be", longest=1)
    >>> bigrams = gb.interpolate(counts, n=2, weight=0.5, chars=" benort")
    >>> round(bigrams("t")["o"], 3)
    0.425
    """
    return mix_contexts(counts, n, keep_share(weight), chars)


def count_predecessors(counts):
    """For each context and follower, count how many different characters precede the pair.

    These numbers are called continuation counts. `counts` is the result of `count_followers`, and the
    returned contexts are one character shorter than those in `counts`. In *to be or not to be*, the count
    of ``o`` is 3, because ``t``, a space and ``n`` precede it.
    """
    predecessors = defaultdict(Counter)
    for context, followers in counts.items():
        if context:
            predecessors[context[1:]].update(followers.keys())
    return predecessors


def kneser_ney_counts(counts, n):
    """Return the counts for contexts of ``n - 1`` characters, and predecessors for shorter contexts."""
    longest = {context: counts[context] for context in counts if len(context) == n - 1}
    return count_predecessors(counts) | longest


def subtract_discount(discount):
    """Return the rule of discounting, for `mix_contexts`: pass on what is subtracted from each count."""

    def keep(followers):
        total = followers.total()
        kept = {char: max(count - discount, 0) / total for char, count in followers.items()}
        return kept, discount * len(followers) / total

    return keep


def kneser_ney(counts, n, discount, chars):
    r"""Return the n-gram model with interpolated Kneser-Ney smoothing and a single discount.

    .. math::
        P_n(x \mid s) = \frac{\max(\hat c(sx) - \delta, 0)}{\sum_y \hat c(sy)}
        + \frac{\delta\, \lvert\{y : \hat c(sy) > 0\}\rvert}{\sum_y \hat c(sy)}\, P_{n-1}(x \mid s')

    The discount :math:`\delta` is subtracted from the count of each distinct follower, and the
    probability freed in this way goes to the model of the shorter context :math:`s'`. For contexts
    of ``n - 1`` characters, :math:`\hat c(sx)` is the number of times that :math:`x` follows
    :math:`s`. For shorter contexts, it is the number of distinct characters that precede :math:`sx`,
    as counted by `count_predecessors`. :math:`P_0` is uniform.

    The model is made by `mix_contexts`. The arguments and the result are those of
    `add_alpha`, except that `discount`, a number between 0 and 1, replaces `alpha`.
    See Kneser and Ney (1995), and Chen and Goodman (1999), section 2.7.

    Examples
    --------
    After t, the letter o keeps (2 - 0.5) / 3 from its own count. Discounting the two distinct
    followers of t frees 2 * 0.5 / 3 for the unigram model, in which 3 of the 13 distinct pairs end
    with o.

    >>> counts = gb.count_followers("to be or not to be", longest=1)
    >>> bigrams = gb.kneser_ney(counts, n=2, discount=0.5, chars=" benort")
    >>> round(bigrams("t")["o"], 3)
    0.577
    """
    counted = kneser_ney_counts(counts, n)
    return mix_contexts(counted, n, subtract_discount(discount), chars)


def keep_by_evidence(multiplier):
    """Return the rule of Witten and Bell, for `mix_contexts`: pass on less where more was counted."""

    def keep(followers):
        total = followers.total() + multiplier * len(followers)
        kept = {char: count / total for char, count in followers.items()}
        return kept, multiplier * len(followers) / total

    return keep


def witten_bell(counts, n, multiplier, chars):
    r"""Return the n-gram model with Witten-Bell smoothing, whose weights depend on the counts.

    .. math:: P_n(x \mid s) = \frac{c(sx) + \mu\, k(s)\, P_{n-1}(x \mid s')}{\sum_y c(sy) + \mu\, k(s)}

    Here :math:`k(s)` is the number of different characters that followed :math:`s`. The multiplier
    :math:`\mu`, a positive number, was 1 in the original. The model is made by `mix_contexts`; the other
    arguments and the result are those of `add_alpha`. See Witten and Bell (1991).
    """
    return mix_contexts(counts, n, keep_by_evidence(multiplier), chars)


def best_on_validation(make_model, ns, settings, text):
    """Return the n-gram model with the lowest perplexity on the validation text.

    `make_model` is `add_alpha` or a function with the same parameters. `ns` and `settings` contain the
    values to try for its parameters `n` and `alpha`, and `text` is a `Text` with a validation part.
    First `n` is chosen with the middle setting, and then the setting is chosen with that `n`.
    """
    counts = count_followers(text.decode(text.train), max(ns) - 1)
    validation = text.decode(text.validation)

    def build(n, setting):
        return make_model(counts, n, setting, text.chars)

    def reached(n, setting):
        return perplexity_on(build(n, setting), validation)

    n = min(ns, key=lambda n: reached(n, settings[len(settings) // 2]))
    return build(n, min(settings, key=lambda setting: reached(n, setting)))


def counting_baseline(text):
    """Measure the perplexities of n-gram models, as a baseline for neural networks.

    For each kind of smoothing, `best_on_validation` chooses n and the setting. The keys of the result are
    ``"validation"`` and ``"test"``; its values are dictionaries with the perplexities of ``"unigram"`` and
    ``"bigram"`` (both with add-alpha smoothing), ``"interpolated"`` and ``"Kneser-Ney"``.
    """
    alphas = (0.01, 0.03, 0.1, 0.3, 1, 3)
    weights = [w / 10 for w in range(1, 10)]
    discounts = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
    ns = range(2, LONGEST_IN_BASELINE + 1)
    models = {
        "unigram": best_on_validation(add_alpha, [1], alphas, text),
        "bigram": best_on_validation(add_alpha, [2], alphas, text),
        "interpolated": best_on_validation(interpolate, ns, weights, text),
        "Kneser-Ney": best_on_validation(kneser_ney, ns, discounts, text),
    }
    parts = {"validation": text.decode(text.validation), "test": text.decode(text.test)}
    return {
        part: {name: perplexity_on(model, string) for name, model in models.items()}
        for part, string in parts.items()
    }
