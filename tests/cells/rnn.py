"""What is asserted of the cells of rnn.ipynb: see tools/cell_checks.py."""

# after states
start = new_model()
gb.train(start, text, seed=1, num_epochs=1, lr=1e-9)
assert np.allclose(states_of(start, line), states_of(untrained, line), atol=1e-6), (
    "the text says that training begins with the untrained model"
)

# after heatmap-trained
e = [i for i, char in enumerate(line) if char == "e"]
spread = {m: np.ptp(states_of(m, line)[e], axis=0).max() for m in (untrained, model)}
assert spread[untrained] < 0.01 < 1 < spread[model], "the text says that only the trained differ"
assert abs(correlations(states_of(model, validation), "vowel")).max() > 0.6

# after controls-run
untrained_ones, trained_ones, shuffled_ones = (np.array(values) for values in measured.values())
assert np.median(untrained_ones[:, 0]) > np.median(trained_ones[:, 0]) - 0.15, "nearly as well"
assert np.median(untrained_ones[:, 1]) > np.median(trained_ones[:, 1]), "the text says so"
assert (untrained_ones[:, 2] > 0.98).all() and (trained_ones[:, 2] < 0.5).all()
assert (shuffled_ones[:, 2] < trained_ones[:, 2]).all(), "the text says that it explains less"
assert trained_ones[:, :2].min() > shuffled_ones[:, :2].max(), "the text says so"
