# after equal
for one, two in zip(on_one, on_two, strict=True):
    # Training amplifies rounding: after four epochs, some seeds differ by more than a thousandth.
    closest = 1e-4 if one.number <= 3 else 1e-2
    assert abs(two.perplexity / one.perplexity - 1) < closest, "the text says up to rounding"

# after costs
assert (num_weights, chars_read) == (87_552, 8_960), "the model or the mini-batches are others"

# after machines
slow, fast = lines.values()
assert 2 / 3 < slow[2] / slow[1] < 0.8, (
    "the text says that a second machine does not halve the time"
)
assert 0.5 < fast[2] / fast[1] < 0.55, "the text says that it comes close"
assert slow[8] > 0.99 * slow[4], "the text says that eight are no faster than four"
