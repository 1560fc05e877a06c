# after ex2-code
if reads_text:
    two, one = (np.median(best[name]) for name in best)
    assert 0.93 < two / one < 1.07, "no clear winner"

# after ex3-hide
assert ((visible == text.size) == hidden).min() == 1, (
    "what is hidden, and nothing else, should have the index for hidden characters"
)

# after ex3-compare
if reads_text:
    left, both = scores.values()
    assert left[2] - both[2] > 1.5, "the text says that the median is lower by more than two"
    assert max(both) < min(left) + 1, "the worst run is about level with the best from the left"

# after evidence-layers
if reads_text:
    assert min(quotients.values()) > 0.9, f"{quotients}: longer in the upper layer"
    for lower, upper, above in forgetting.values():
        assert above < 1.6 * lower < 0.8 * upper, f"{forgetting}: as short as in a single layer"
    for two, one in list(zip(*after_120.values(), strict=True))[1:]:
        assert max(two) < one, f"{after_120}: the single layer is still ahead"
