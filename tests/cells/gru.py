"""What is asserted of the cells of gru.ipynb: see tools/cell_checks.py."""

# after recall-plain
assert accuracy[5] > 0.9 and accuracy[40] < 0.6, (
    "the text says that five fillers are learned and forty are not"
)

# after recall-stored
rates = gb.load_runs("measured/memory-rates.json")
assert len({run.setting["rate"] for run in gb.select_runs(rates, layer="tanh")}) == 7, (
    "the text says that the rate was the best of seven"
)
for layer, rate in (("tanh", 0.0003), ("GRU, bias 0", 0.03)):
    assert gb.select_runs(memory, layer=layer)[0].setting["rate"] == rate, "not the best rate"
assert (count_learned("tanh", 5), count_learned("tanh", 40)) == ("10 of 10 seeds", "2 of 10 seeds")

# after extremes
weights = [nd.zeros((1, 2)), nd.zeros((2, 2)), nd.zeros(2)]
weights += [nd.zeros((1, 2)), nd.zeros((2, 2)), nd.array([np.log(3), -np.log(3)])]
weights += [nd.zeros((1, 2)), nd.eye(2), nd.array([0.1, 0.2])]
state, Z = np.array([0.8, -0.4]), np.array([0.75, 0.25])
expected = Z * state + (1 - Z) * np.tanh(np.array([0.1, 0.2]) + 0.5 * state)
by_step = gru_step(nd.zeros((1, 1)), nd.array([state]), weights).asnumpy()
assert np.allclose(by_step, expected, atol=1e-6), "gru_step computes something else"

# after recall-gru
assert accuracy_gru > 0.9, "the text says that this run learned to recall"
assert count_learned("GRU, bias 0", 40) == "10 of 10 seeds", "the text says that every run did"

# after words
unlearned = gb.perplexity_on(gb.add_alpha(counts, 12, 0.1, words.size), new_words)
assert 1.28 < unlearned < 1.31, "the 12-gram model reaches 1.29"

# after words-run
for each in counters:
    assert 1.23 < each["perplexity"] < 1.28, (
        "the text says that all models are closer than the 12-gram"
    )
    assert each["at spaces"] < each["elsewhere"] - 0.1, "the text says lower at spaces"
    assert each["spread after"] < 0.3 * each["spread before"], "the text says a quarter or less"
    assert each["spread, open"] > 2.3 * each["spread after"], "the text says about three times"
in_gluon, _ = model.rnn(
    nd.one_hot(nd.array(fresh, ctx=ctx), words.size).expand_dims(1),
    model.begin_state(batch_size=1, ctx=ctx),
)
assert np.allclose(in_gluon[:, 0].asnumpy(), H, atol=1e-4), "the text says: the same states"

# after fair
scores = {
    name: [run.result["test"] for run in gb.select_runs(stored, model=name)]
    for name in ("plain, tanh", "plain, ReLU", "GRU")
}
assert max(scores["GRU"]) < min(scores["plain, tanh"]), "the text says that all runs are ahead"
assert min(scores["plain, ReLU"]) < max(scores["GRU"]), "the text says that the ranges overlap"
if reads_text:
    best_count = gb.counting_baseline(text)["test"]["interpolated"]
    assert best_count < min(min(found) for found in scores.values()), "the text says so"

low, high = {}, {}
for name in ("plain, tanh", "plain, ReLU"):
    low[name], high[name] = gb.bootstrap_range(losses_of(name) - losses_of("GRU"))
assert low["plain, tanh"] > 0, "the text says that the interval excludes zero for tanh"
assert low["plain, ReLU"] < 0 < high["plain, ReLU"], "the text says that it includes zero for ReLU"

# after train-on-text
if reads_text:
    found = [run.result["test"] for run in gb.select_runs(stored, model="GRU")]
    here = gb.evaluate_perplexity(gru, text.test)
    assert 0.95 * min(found) < here < 1.05 * max(found), "this run is unlike the stored ones"
    assert (Z > 0.9).mean() < 0.02, "the text says that such gates are rare"
assert Z.min() >= 0 and Z.max() <= 1, "a gate lies between 0 and 1"
H_gluon, _ = gru.rnn(
    nd.one_hot(nd.array(text.validation[:200], ctx=ctx), text.size).expand_dims(1),
    gru.begin_state(batch_size=1, ctx=ctx),
)
assert np.allclose(H_gluon[:, 0].asnumpy(), H[:200], atol=1e-4), "the states are not Gluon's"

# after heatmap
if reads_text:
    assert (np.abs(means[0] - means[1]) > 0.2).sum() >= 3, (
        "the text says that several gates tell first letters from others"
    )
