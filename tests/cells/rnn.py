"""What is asserted of the cells of rnn.ipynb: see tools/cell_checks.py."""

# after heatmap-trained
e = [i for i, char in enumerate(line) if char == "e"]
assert np.ptp(states_of(model, line)[e], axis=0).max() > 1, "the text says that they differ"
assert abs(found[units[0]]) > 0.45, "the text says that the first unit follows the vowels"

# after controls-run
start = new_model()
gb.train(start, text, seed=1, num_epochs=1, lr=1e-9)
assert np.allclose(states_of(start, line), states_of(untrained_model(1), line), atol=1e-6), (
    "the text says that training starts with weights like these"
)
# Training is chaotic, so medians are compared: with twenty seeds, the best units of trained layers
# had correlations of 0.50 to 0.94 with vowels.
small, usual, after = (np.array(values) for values in measured.values())
assert (small[:, 1] > 0.98).all(), "the text says that it explains everything"
assert (usual[:, 1] < 0.8).all(), "the text says that this untrained layer has a memory"
assert (after[:, 1] < 0.5).all(), "the text says that it explains less than half"
assert (usual[:, 0] > 0.4).all(), "the text says that an untrained unit follows the vowels"
assert np.median(after[:, 0]) > np.median(usual[:, 0]), "the text says: somewhat more closely"
