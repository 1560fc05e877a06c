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
# after exercise-6-pairs
if reads_text:
    for kind in ("random", "adjacent, shifted"):
        better = [a < b for a, b in zip(results[kind], results["adjacent"], strict=True)]
        assert sum(better) >= 4, "the text says: in all five pairs; another processor may lose one"
    carried = [
        a < b for a, b in zip(results["adjacent"], results["adjacent, from zeros"], strict=True)
    ]
    assert sum(carried) >= 3, "the text says: in most pairs"
