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
assert min(found[0] for kind in measured.values() for found in kind) > 0.4, (
    "the text says: all more than 0.4"
)
for name in ("untrained, 0.01", "untrained, ordinary"):
    of_vowels = max(found[0] for found in measured[name])
    assert of_vowels > min(found[0] for found in measured["trained"]), "the ranges overlap"
    assert 0.2 < np.median(beaten[name]) < 0.85, "the text says: roughly half of the random sets"
assert min(beaten["trained"]) > 0.9, "the text says: nearly all random sets, with each seed"
