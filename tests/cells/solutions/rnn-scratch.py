# after exercise-2-code
assert curve[-1].perplexity > 1.5, "the text says that it is not learned"
# after exercise-4-figure
if reads_text:
    fresh, fixed = results["adjacent, regrouped"], results["adjacent, from zeros"]
    assert max(fresh) < min(fixed), "the text says: all five runs"
    reset, carried = results["random"], results["adjacent, shifted"]
    assert min(reset) < max(carried) and min(carried) < max(reset), "the text says: no difference"
    assert min(map(min, results.values())) > 7, "the text says: far above interpolation"
# after exercise-5-code
if reads_text:
    assert 0 < weight < 0.3, weight
    assert together < min(control, gb.perplexity(counted[1])), together
