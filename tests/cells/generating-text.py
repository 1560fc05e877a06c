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
    cold, warm = points["temperature 0.7"], points["temperature 1"]
    of_model = np.interp(points["the novel"][0], [warm[0], cold[0]], [warm[1], cold[1]])
    assert points["the novel"][1] < of_model - 0.01, "the novel repeats itself more"

# after sweep-figure
assert len(points) == len(temperatures) + 5, "a sampler is missing among the points"

# after calibration
if reads_text:
    for temperature, name in ((1, "calibrated"), (0.5, "too confident")):
        values, came_true = predict(text.validation, temperature)
        groups = [(values >= low) & (values < high) for low, high in itertools.pairwise(edges)]
        excess = np.array([values[group].mean() - came_true[group].mean() for group in groups])
        right = abs(excess).max() < 0.08 if name == "calibrated" else excess[3:].min() > 0.05
        assert right, f"the text says that it is {name}, but the groups are off by {excess}"

# after copying
assert all(len(found) == 5 for found in recited.values()), "five seeds"
five, twelve, stopped, trained_on = (recited[writer].T for writer in writers)
for column in (0, 2):
    assert max(five[column]) < 10 < 50 < min(twelve[column]), "it tells the two controls apart"
assert min(trained_on[0]) > 1.5 * max(five[0]), "the network recites, compared with the 5-grams"
assert min(trained_on[0]) > 5 * max(trained_on[1]), "and compared with what it has not read"
assert max(stopped[0]) < max(five[0]), "stopped in time, it does not"
assert min(trained_on[2]) > 15 and max(stopped[2]) < 2, "passages that are continued"
