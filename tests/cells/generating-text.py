# after novel
assert validation_curve[-1].perplexity < validation_curve[0].perplexity, "the model should learn"

# after write
for choose in samplers.values():
    assert len(continued(choose)) == len("time traveller") + 60, "a text has another length"
assert continued(top_k_sampling(text.size)) == continued(temperature_sampling(1)), (
    "with nothing left out it should be the text of temperature 1"
)

# after nucleus-size
assert sizes.min() >= 1, "a nucleus holds at least one character"

# after move-the-knobs
assert len(text.chars) == text.size, "the vocabulary has another size than the model's"

# after beam-texts
means = {width: mean_log_probability(one) for width, one in beams.items()}
assert beams[1] == continued(num_chars=100), "a beam of one is greedy"
if reads_text:  # of another text, greedy decoding may find the best that there is
    assert means[16] > means[1], "a wide beam should find what is more probable"

# after sweep
assert points["temperature 0.1"][0] > points["temperature 2"][0], (
    "a low temperature should write what is more probable"
)
assert points["temperature 0.1"][1] < points["temperature 2"][1], (
    "a low temperature should repeat itself more"
)
if reads_text:
    assert points["temperature 0.7"][0] > points["the novel"][0] > points["temperature 1.4"][0], (
        "the novel should lie near temperature 1"
    )

# after sweep-figure
assert len(points) == len(temperatures) + 5, "a sampler is missing among the points"

# after calibration
if reads_text:
    at_one = nd.softmax(outputs).asnumpy()
    expected = -(at_one * np.log(at_one)).sum(axis=1).mean()
    actual = -np.log(at_one[occurred]).mean()
    assert abs(expected - actual) < 0.15, "not calibrated on average"
    assert cross_entropy - entropy > 0.5, "the text says that it is too confident at 0.5"
    for values, name in ((at_one, "calibrated"), (predicted, "too confident")):
        groups = [(values >= low) & (values < high) for low, high in itertools.pairwise(edges)]
        excess = np.array([values[group].mean() - occurred[group].mean() for group in groups])
        right = abs(excess).max() < 0.08 if name == "calibrated" else excess[3:].min() > 0.05
        assert right, f"the text says that it is {name}, but the groups are off by {excess}"

# after copying-runs
if reads_text:
    medians = {name: np.median(found, axis=0) for name, found in shares_found.items()}
    factors = {name: read / unread for name, (read, unread) in medians.items()}
    assert min(factors["4-grams"], factors["network"]) > 2, factors
    assert 0.7 < factors["4-grams"] / factors["network"] < 1.4, "about the same factor"
    assert np.abs(medians["the novel"] - 0.1).max() < 0.05, "about a tenth"
