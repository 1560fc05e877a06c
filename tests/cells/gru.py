# after train-recall
ours, of_package = (
    train_recall(rnn.RNN(8), 3, 0.01, 20),
    gb.train_recall(rnn.RNN(8), 3, ctx, 0.01, 20),
)
assert abs(ours - of_package) < 0.01, "the function is not that of the package"

# after recall-plain
assert accuracy[5] > 0.9 and accuracy[40] < 0.6, (
    "the text says that five fillers are learned and forty are not"
)

# after recall-stored
for layer, rate in (("tanh", 0.0003), ("GRU, bias 0", 0.03)):
    assert gb.select_runs(memory, layer=layer)[0].setting["rate"] == rate, "not the best rate"

# after recall-gru
assert accuracy_gru > 0.9, "the text says that this run learned to recall"
assert count_learned("GRU, bias 0", 40) == "10 of 10 seeds", "the text says that every run did"

# after longer
assert max(of_plain) < 0.3, "the text says that the plain layer still guessed"

# after words-run
for model in counters:
    assert 1.23 < gb.evaluate_perplexity(model, fresh) < 1.28, (
        "the text says that all models are closer than the 12-gram"
    )

# after counter
assert abs(fit) > 0.8, "the text says that the unit follows the letters to come"
assert values[:8].argmax() == 4 and values[9:13].argmax() == 2, "highest at the first b"
assert to_space[[7, 12]].min() > 0.5 > to_space[[6, 11]].max(), (
    "the text says that a space is expected after four and two letters b"
)
assert to_space[26:36].max() > 0.5, "the text says that the space is expected too early"

# after lag
for place in ("an a", "the first b"):
    assert np.min(rising["trained", place]) > 0.8, f"the text says that it rises at {place}"
assert np.max(rising["trained", "a later b"][0]) < 0.5, "the text says that it falls"
as_it_is, with_other = rising["untrained", "the first b"]
assert max(as_it_is) < 0.5 < min(with_other), "the text says that the letter decides"

# after spaces
left, r_before, r_after = np.array(measured["trained"]).T
assert left.max() < 0.3, "the text says a quarter or less"
assert r_after.min() > 0.8, "the text says that the length can still be read"
assert min(found[0] for found in measured["untrained"]) > 0.5, "the text says more than half"
