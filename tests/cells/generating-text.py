# after nucleus-shown
assert shares(nucleus_sampling(0.5)) == [1, 0, 0], "the text says that only a remains"
_, b, c = shares(nucleus_sampling(0.8))
assert b > 0.2 and c == 0, "the text says that a and b remain"
assert min(shares(nucleus_sampling(1))) > 0, "nothing is left out"  # last, as in the cell: it seeds

# after novel
if reads_text:
    assert baseline["interpolated"] < validation_curve[-1].perplexity < baseline["bigram"], (
        "the text says that the network beats the bigram model, but not the interpolated one"
    )

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

# after surprise
if reads_text:
    expected, actual = zip(*passages.values(), strict=True)
    assert abs(expected[2] - actual[2]) < 0.1, "on its own texts, as surprised as it expects to be"
    assert abs(expected[0] - actual[0]) < 0.15, "close on the validation text"
    assert actual[1] > expected[1], "more surprised by the test text than it expects to be"
    assert actual[0] < actual[1], "the validation text is easier for the model than the test text"
    assert expected[0] < expected[2], "less surprise expected on the novel than on its own texts"

# after calibration
if reads_text:
    for temperature, name in ((1, "calibrated"), (0.5, "too confident")):
        values, came_true = predict(text.validation, temperature)
        groups = [(values >= low) & (values < high) for low, high in itertools.pairwise(edges)]
        excess = np.array([values[group].mean() - came_true[group].mean() for group in groups])
        right = abs(excess).max() < 0.08 if name == "calibrated" else excess[3:].min() > 0.05
        assert right, f"the text says that it is {name}, but the groups are off by {excess}"

# after copying-figure
assert all(len(found) == 10 for found in shares.values()), "ten seeds"
read = {writer: np.median(found[:, 0], axis=0) for writer, found in shares.items()}
factors = {
    writer: found[:, 0, 0] / found[:, 1:, 0].mean(axis=1) for writer, found in shares.items()
}
assert 0.8 < read["network"][0] / read["4-grams"][0] < 1.25, "about as large a share"
assert min(factors["network"]) > max(factors["4-grams"]), "larger with every seed"
medians = {writer: np.median(found) for writer, found in factors.items()}
assert 0.8 < medians["window of 3"] / medians["network"] < 1.25, "its factor was as large"
for writer in ("window of 3", "4-grams"):
    assert read["network"][2] > 3 * read[writer][2], "several times as many strings of 20"
assert read["5-grams"][2] > 2 * read["network"][2], "the 5-gram model had many more"
middle, end = (np.median(shares["4-grams"][:, part, 0]) for part in (2, 3))
assert middle < end, "fewer strings occur in the middle"
