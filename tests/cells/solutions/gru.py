# after ex3-run
pairs = zip(curves["from scratch"], curves["Gluon"], strict=True)
assert all(abs(ours.perplexity / gluon.perplexity - 1) < 0.1 for ours, gluon in pairs), (
    "the text says that the two learn at the same pace"
)

# after ex5-run
assert max(map(max, found.values())) < 1.3, "the text says that both layers count"
assert np.median(found["without"]) < np.median(found["with"]), (
    "the text says that the median without the gate is slightly lower"
)

# after ex6
assert factors["spaces"].min() > 1.7, "the text says that more of the spread is left"
assert abs(factors["the first b"] - 1).max() < 0.3, "the text says almost nothing"
model = trained["with"][0]
layer, H = model.rnn, np.zeros(12)
params = layer.l0_i2h_weight, layer.l0_h2h_weight, layer.l0_i2h_bias, layer.l0_h2h_bias
for idx in fresh[:50]:
    H, _ = step(idx, H, [param.data().asnumpy() for param in params])
X = nd.one_hot(nd.array(fresh[:50], ctx=gb.try_gpu()), words.size).expand_dims(1)
_, (in_gluon,) = layer(X, model.begin_state(batch_size=1, ctx=X.context))
assert np.allclose(in_gluon[0, 0].asnumpy(), H, atol=1e-4), "the step is not Gluon's"

# after one-letter-late
assert np.min(rising["trained"]) > 0.8, "the text says that the unit climbs at both letters"
assert all(at_b < 0.5 < with_a for at_b, with_a in rising["untrained"]), "the letter decides"

# after gone-or-small
space, b, r_before, r_after, noisy_before, noisy_after = np.transpose(rows)
assert max(space) < 0.3 and min(b) > min(space), "the text says that the space makes it small"
assert min(r_after) > 0.8, "the text says that the length can still be read"
assert max(noisy_after) < min(noisy_before), "the text says that little can be read with noise"

# after other-starts
for (name, rate), (before, after) in moved.items():
    if name == "GRU":
        assert (after > 100 * before).all(), "the text says that the path opens at all three rates"
    if name.startswith("tanh") and rate < 0.03:
        assert (after < 0.01 * before).all(), "the text says that it narrows at both lower rates"
assert (moved["ReLU", 0.0003][1] > moved["ReLU", 0.0003][0]).all(), "it opens at the lowest rate"
assert (moved["ReLU", 0.03][1] < moved["ReLU", 0.03][0]).all(), "and closes at the highest"

# after patience
assert 0 < sum(accuracy > 0.9 for accuracy in patient) < 3, "the section says one of three"

# after other-lengths
assert all(early < 0.5 < right for early, right in ends["GRU", 2]), "the text says the right letter"
assert all(right < 0.5 for _, right in ends["table", 2]), "the text says that the table does not"
assert 0 < sum(finished["GRU", 3]) <= 3, "the text says that only some finish all three words"

# after random-steps
assert min(walked["GRU", 0.03]) > 1e-3 and max(walked["GRU", 0.003]) < 1e-5, "far, and hardly"
assert min(moved["GRU", 0.003][1]) > 1e-5, "the text says that training opens it at a tenth"
assert min(walked["tanh", 0.003] + walked["tanh", 0.0003]) > 1e-4, "random steps do not narrow it"

# after gradient-descent
assert min(descended[10][1]) > 1e-2, "the text says that the path opens at a rate of 10"
assert (descended[1][1] < 10 * descended[1][0]).all(), "the text says that it does not at 1"

# after same-row
before, after = alike["tanh", 0.0003]
assert np.median(after) > 0.1 * np.median(before), "the text says that it stays about as wide"
assert np.median(alike["tanh", 0.003][1]) > 1e3 * np.median(moved["tanh", 0.003][1]), "only 3e-05"
assert np.median(alike["GRU", 0.03][1]) > 1e-3, "the text says that the path of the GRU opens"
opened = [np.median(shares["GRU", 0.003][1]) for shares in (alike, moved)]
assert opened[0] > 0.1 * opened[1], "the text says that it opens as far as with rows that differ"
