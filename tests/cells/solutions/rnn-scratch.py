# after exercise-8-code
if reads_text:
    assert 0 < weight < 0.3, weight
    assert together < min(control, gb.perplexity(counted[1])), together
# after solution-4-falling
if reads_text:
    falling = results["rate falls from 200 to 0"]
    constant = [results["rate 200"], results["rate 100"]]
    for found in constant:
        assert all(a < b for a, b in zip(falling, found, strict=True)), "lower with every seed"
        assert np.ptp(falling) < np.ptp(found), "the text says that the range is narrower"
# after exercise-5-pairs
if reads_text:
    for kind in ("random", "adjacent, shifted", "adjacent, regrouped"):
        better = [a < b for a, b in zip(results[kind], results["adjacent"], strict=True)]
        assert sum(better) >= 4, (
            "the text says that fresh ones are better; another processor may lose a pair"
        )
    carried = [
        a < b for a, b in zip(results["adjacent"], results["adjacent, from zeros"], strict=True)
    ]
    assert sum(carried) >= 3, "the text says: three of five"
# after exercise-2-code
assert curve[-1].perplexity > 1.5, "the text says that it is not learned"
# after exercise-7-code
if reads_text:
    of_all, of_longer = (
        {name: sorted(values[which] for values in found)[2] for name, found in shares.items()}
        for which in (0, 1)
    )
    assert abs(of_all["network"] - of_all["bigrams"]) < 0.05 and 0.2 < of_all["network"] < 0.3, (
        "the text says: about a quarter, as with the bigrams"
    )
    assert 2 * of_longer["bigrams"] < of_longer["network"] < of_longer["trigrams"], of_longer
    assert 0.03 < of_longer["network"] < 0.1, "the text says: fewer than one in ten"
    assert of_all["trigrams"] > max(of_all["network"], of_all["bigrams"]) + 0.05, of_all
# after exercise-5-train
if reads_text:
    fresh, fixed = results["adjacent, regrouped"], results["adjacent, from zeros"]
    assert max(fresh) < min(fixed), "the text says: all five runs"
