"""Count n-grams, turn the counts into language models, and measure perplexity.

A language model is here a function of two arguments: a character, and its context, which is
the text before it. It returns the probability of the character after that context.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from gluonbook.ground.checks import check_counts, check_positive, check_share, check_sizes
from gluonbook.text import Text

Model = Callable[[str, str], float]

# Characters in the longest n-gram of `counting_bar`.
LONGEST_IN_BAR = 8


def perplexity(probabilities: Sequence[float]) -> float:
    r"""Return the number of equally likely characters that a model was, in effect, choosing from.

    .. math:: \exp\left(-\frac{1}{N} \sum_{t=1}^{N} \log p_t\right)

    The probabilities are those that the model gave to each of the `N` characters that came. If one
    is zero, the perplexity is infinite.

    Raises
    ------
    ValueError
        If there is no probability, or one is below 0 or above 1.

    References
    ----------
    Jelinek, F., Mercer, R. L., Bahl, L. R. and Baker, J. K. (1977). Perplexity: a measure
    of the difficulty of speech recognition tasks. JASA, 62(S1), S63.

    Examples
    --------
    >>> gb.perplexity([0.5, 0.125])
    4.0
    """
    check_share("a probability", *probabilities)
    if not len(probabilities):
        raise ValueError("a perplexity needs one probability or more, and none was given")
    if min(probabilities) == 0:
        return math.inf
    return math.exp(-sum(map(math.log, probabilities)) / len(probabilities))


def perplexity_on(model: Model, text: str) -> float:
    """Return a model's perplexity on a text: each character but the first, given those before it.

    Of what stands before a character, the model is given at most a thousand characters.

    Raises
    ------
    ValueError
        If the text has fewer than two characters.

    Examples
    --------
    >>> round(gb.perplexity_on(gb.uniform(7), "to be or not to be"), 3)
    7.0
    """
    # With all of what stands before, a text of N characters would be copied N times.
    return perplexity([model(text[t], text[max(t - 1000, 0) : t]) for t in range(1, len(text))])


def uniform(vocab_size: int) -> Model:
    """Return the model to which all characters are equally likely."""
    check_sizes(vocab_size=vocab_size)

    def model(char: str, context: str) -> float:
        return 1 / vocab_size

    return model


def count_followers(text: str, longest: int) -> defaultdict[str, Counter[str]]:
    """For each context of up to `longest` characters, count what follows it.

    The shortest context is the empty one, and for n-grams the longest has ``n - 1`` characters.

    Examples
    --------
    >>> counts = gb.count_followers("to be or not to be", longest=1)
    >>> counts["t"]
    Counter({'o': 2, ' ': 1})
    """
    check_sizes(least=0, longest=longest)
    counts = defaultdict(Counter)
    for t, char in enumerate(text):
        for length in range(min(longest, t) + 1):
            counts[text[t - length : t]][char] += 1
    return counts


def last_characters(text: str, length: int) -> str:
    """Return the last `length` characters of a text, or all of it if it is shorter."""
    # Not text[-length:], which is all of it for a length of 0.
    return text[max(len(text) - length, 0) :]


def add_alpha(counts: Mapping[str, Counter[str]], n: int, alpha: float, vocab_size: int) -> Model:
    r"""Return the n-gram model with `alpha` added to every count.

    .. math:: P(x \mid s) = \frac{c(sx) + \alpha}{\sum_y c(sy) + \alpha d}

    Parameters
    ----------
    counts : mapping of str to Counter
        As `count_followers` returns them, for contexts of ``n - 1`` characters or more.
    n : int
        1 for unigrams, 2 for bigrams, and so on.
    alpha : float
        Above zero.
    vocab_size : int
        Characters in the vocabulary, `d` in the formula.

    Raises
    ------
    TypeError, ValueError
        If an argument is not such a number, or the counts lack what the model needs.

    References
    ----------
    Chen, S. F. and Goodman, J. (1999). An empirical study of smoothing techniques for
    language modeling. Computer Speech & Language, 13(4), 359-394, section 2.1.

    Examples
    --------
    After t came o in two of three cases; with 1 added, that is 3 of 3 + 7.

    >>> counts = gb.count_followers("to be or not to be", longest=1)
    >>> bigrams = gb.add_alpha(counts, n=2, alpha=1, vocab_size=7)
    >>> bigrams("o", "t")
    0.3
    """
    check_counts(counts, n, vocab_size)
    check_positive("alpha", alpha)

    def model(char: str, context: str) -> float:
        followers = counts.get(last_characters(context, n - 1), Counter())
        return (followers[char] + alpha) / (followers.total() + alpha * vocab_size)

    return model


def interpolate(counts, n, weight, vocab_size) -> Model:
    r"""Return the n-gram model that mixes the estimates of all contexts, from the longest down.

    .. math::
        P_n(x \mid s) = \lambda \frac{c(sx)}{\sum_y c(sy)} + (1 - \lambda) P_{n-1}(x \mid s')

    Here :math:`s'` is the context without its first character. Where the context was
    never seen, :math:`P_n(x \mid s) = P_{n-1}(x \mid s')`; :math:`P_0` is uniform.

    The arguments are those of `add_alpha`, but `n` may be 0, for the uniform model. The `weight` of
    the longer context, :math:`\lambda`, is from 0 to 1. Errors are those of `add_alpha`.

    References
    ----------
    Jelinek, F. and Mercer, R. L. (1980). Interpolated estimation of Markov source
    parameters from sparse data. Pattern Recognition in Practice, 381-397.

    Examples
    --------
    Half of 2/3, the share of o after t; a quarter of 4/18, its share of the text; a
    quarter of 1/7, its share of the vocabulary.

    >>> counts = gb.count_followers("to be or not to be", longest=1)
    >>> bigrams = gb.interpolate(counts, n=2, weight=0.5, vocab_size=7)
    >>> round(bigrams("o", "t"), 3)
    0.425
    """
    check_counts(counts, n, vocab_size, least=0)
    check_share("weight", weight)
    if n == 0:
        return uniform(vocab_size)
    shorter = interpolate(counts, n - 1, weight, vocab_size)

    def model(char: str, context: str) -> float:
        followers = counts.get(last_characters(context, n - 1))
        if not followers:
            return shorter(char, context)
        share = followers[char] / followers.total()
        return weight * share + (1 - weight) * shorter(char, context)

    return model


def count_predecessors(counts: Mapping[str, Counter[str]]) -> defaultdict[str, Counter[str]]:
    """For each context, count how many different characters precede it with each follower.

    `counts` is what `count_followers` returns. The contexts are one character shorter.

    Examples
    --------
    Before `o` stand `t`, twice, and ` `, and `n`: three different characters.

    >>> gb.count_predecessors(gb.count_followers("to be or not to be", longest=1))[""]["o"]
    3
    """
    predecessors = defaultdict(Counter)
    for context, followers in counts.items():
        if context:
            predecessors[context[1:]].update(followers.keys())
    return predecessors


def kneser_ney(counts, n, discount, vocab_size) -> Model:
    r"""Return the n-gram model of Kneser and Ney, interpolated, with one discount.

    .. math::
        P_n(x \mid s) = \frac{\max(c(sx) - \delta, 0)}{\sum_y c(sy)}
        + \frac{\delta\, \lvert\{y : c(sy) > 0\}\rvert}{\sum_y c(sy)}\, P_{n-1}(x \mid s')

    What is taken from the counts, :math:`\delta` for each different follower, is handed to the
    shorter context :math:`s'`. There :math:`c` is not how often a follower came, but after how
    many different characters. :math:`P_0` is uniform.

    The arguments are those of `add_alpha`. The `discount`, :math:`\delta`, is from 0 to 1. Errors
    are those of `add_alpha`, too.

    References
    ----------
    Kneser, R. and Ney, H. (1995). Improved backing-off for m-gram language modeling. ICASSP.

    Chen, S. F. and Goodman, J. (1999). An empirical study of smoothing techniques for
    language modeling. Computer Speech & Language, 13(4), 359-394, section 2.7.
    """
    check_counts(counts, n, vocab_size)
    check_share("discount", discount)
    predecessors = count_predecessors(counts)

    def model(char: str, context: str) -> float:
        probability = 1 / vocab_size
        for length in range(min(n, len(context) + 1)):
            counted = counts if length == n - 1 else predecessors
            followers = counted.get(last_characters(context, length))
            if followers:
                kept = max(followers[char] - discount, 0)
                handed_down = discount * len(followers)
                probability = (kept + handed_down * probability) / followers.total()
        return probability

    return model


def counting_bar(text: Text) -> dict[str, dict[str, float]]:
    """Measure what counting alone reaches on a text: the bar that a network has to clear.

    n and each model's setting are chosen on the validation text: n first, at the middle setting,
    then the setting.

    Returns
    -------
    dict of str to dict of str to float
        For ``"validation"`` and ``"test"``, the perplexity of each model: ``"unigram"`` and
        ``"bigram"``, with a number added to each count, ``"interpolated"`` and ``"Kneser-Ney"``.

    Raises
    ------
    ValueError
        If the text has no held-out parts.
    """
    validation, test = text.decode(text.validation), text.decode(text.test)
    counts = count_followers(text.decode(text.train), LONGEST_IN_BAR - 1)

    def measure(build, ns, settings):
        def on_validation(n, setting):
            return perplexity_on(build(counts, n, setting, text.size), validation)

        n = min(ns, key=lambda n: on_validation(n, settings[len(settings) // 2]))
        setting = min(settings, key=lambda setting: on_validation(n, setting))
        model = build(counts, n, setting, text.size)
        return perplexity_on(model, validation), perplexity_on(model, test)

    alphas = (0.01, 0.03, 0.1, 0.3, 1, 3)
    several = range(2, LONGEST_IN_BAR + 1)
    found = {
        "unigram": measure(add_alpha, [1], alphas),
        "bigram": measure(add_alpha, [2], alphas),
        "interpolated": measure(interpolate, several, [w / 10 for w in range(1, 10)]),
        "Kneser-Ney": measure(kneser_ney, several, (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)),
    }
    return {
        part: {name: values[place] for name, values in found.items()}
        for place, part in enumerate(("validation", "test"))
    }
