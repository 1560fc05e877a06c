"""What is asserted of the cells of gru.ipynb: see tools/cell_checks.py."""

# after recall-plain
assert accuracy[5] > 0.9 and accuracy[40] < 0.6, (
    "the text says that five fillers are learned and forty are not"
)

# after recall-stored
for layer, rate in (("tanh", 0.0003), ("GRU, bias 0", 0.03)):
    assert gb.select_runs(memory, layer=layer)[0].setting["rate"] == rate, "not the best rate"

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
assert max(of_plain) < 0.3, "the text says that the plain layer still guessed"

# after words-run
for model in counters:
    assert 1.23 < gb.evaluate_perplexity(model, fresh) < 1.28, (
        "the text says that all models are closer than the 12-gram"
    )

# after counter
assert abs(fit) > 0.8, "the text says that the unit follows the letters to come"
assert to_space[[7, 12]].min() > 0.5 > to_space[[6, 11]].max(), (
    "the text says that a space is expected after four and two letters b"
)
assert to_space[26:36].max() > 0.5, "the text says that the space is expected too early"

# after spaces
left, r_before, r_after = np.array(measured["trained"]).T
assert left.max() < 0.3, "the text says a quarter or less"
assert r_after.min() > 0.8, "the text says that the length can still be read"
assert min(found[0] for found in measured["untrained"]) > 0.5, "the text says more than half"
