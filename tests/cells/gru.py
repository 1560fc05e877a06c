"""What is asserted of the cells of gru.ipynb: see tools/cell_checks.py."""

# after recall-plain
assert accuracy[5] > 0.9 and accuracy[40] < 0.6, (
    "the text says that five fillers are learned and forty are not"
)

# after numbers
weights = [nd.zeros((1, 2)), nd.zeros((2, 2)), nd.zeros(2)]
weights += [nd.zeros((1, 2)), nd.zeros((2, 2)), nd.array([math.log(3), -math.log(3)])]
weights += [nd.zeros((1, 2)), nd.eye(2), nd.array([0.1, 0.2])]
by_step = gru_step(nd.zeros((1, 1)), nd.array([state]), weights)
assert np.allclose(by_step.asnumpy(), kept + written, atol=1e-6), "gru_step computes otherwise"

# after recall-gru
assert accuracy_gru > 0.9, "the text says that this run learned to recall"

# after words-run
for by_gluon, ours, at_spaces, elsewhere, held_open in counters:
    assert abs(by_gluon - ours) < 1e-3, "the text says that equation (4) is Gluon's layer"
    assert 1.23 < by_gluon < 1.3, "the text says that all models count"
    assert at_spaces < elsewhere - 0.1, "the text says that the reset gates are lower at spaces"
    assert held_open > by_gluon + 0.02, "the text says that open gates make the models worse"

# after fair
scores = {
    name: [run.result["test"] for run in gb.select_runs(stored, model=name)]
    for name in ("plain, tanh", "plain, ReLU", "GRU")
}
assert max(scores["GRU"]) < min(scores["plain, tanh"]), "the text says that all runs are ahead"
assert min(scores["plain, ReLU"]) < max(scores["GRU"]), "the text says that the ranges overlap"
if reads_text:
    best_count = gb.counting_bar(text)["test"]["interpolated"]
    assert best_count < min(min(found) for found in scores.values()), "the text says so"

# after train-on-text
if reads_text:
    found = [run.result["test"] for run in gb.select_runs(stored, model="GRU")]
    here = gb.evaluate_perplexity(gru, text.test)
    assert 0.95 * min(found) < here < 1.05 * max(found), "this run is unlike the stored ones"

# after heatmap
assert Z.min() >= 0 and Z.max() <= 1, "a gate lies between 0 and 1"
H_gluon, _ = gru.rnn(
    nd.one_hot(nd.array(text.validation[:200], ctx=ctx), text.size).expand_dims(1),
    gru.begin_state(batch_size=1, ctx=ctx),
)
assert np.allclose(H_gluon[:, 0].asnumpy(), H[:200], atol=1e-4), "the states are not Gluon's"

# after first-letters
means = {place: Z[chosen][:, lively].mean(axis=0) for place, chosen in places.items()}
assert np.abs(means["first letters"] - means["other letters"]).max() > 0.2, (
    "the text says that the gates tell first letters from others"
)

# after longest
assert 0 < kept.mean() < 0.1, "the text says that gates above 0.9 are rare"
