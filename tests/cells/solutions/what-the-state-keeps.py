# after exercise-1-code
for prefix in ("he said (it was so", "he said it was so", "he said (so"):
    for model in models:
        assert probabilities_after([prefix], model)[0, text.index[")"]] < 0.05, prefix

# after exercise-3-code
if reads_text:
    assert 2 * max(left[16]) < min(left[64] + left[128]), "they keep several times as much"
    assert max(left[16]) < min(shuffled[16]), "with 16 units, less is left than if shuffled"
    assert min(left[128]) > max(shuffled[128]), "with 128 units, more is left than if shuffled"
    for smaller, larger in ((16, 64), (64, 128)):
        assert max(read[smaller]) < min(read[larger]), "more characters can be read"
    assert all(min(untrained[size]) > max(read[size]) for size in read), "even more if untrained"
    assert np.median(on_validation[128]) > 0.98 * np.median(on_validation[64])

# after exercise-4-code
if reads_text:
    for name, found in shares.items():
        assert all(0.45 < share < 0.65 for share in found), (name, found)
    low, high = ranges["128 units of a GRU"]
    assert low < 0 < high, "the text says that the range includes zero"

# after exercise-6-code
if reads_text:
    assert min(nats[3]) > 0.05, "three characters later, the change still matters"
    assert max(nats[8]) < 0.01, "eight characters later, it hardly matters"
    assert max(nats[20]) < 0.001, "at the end, nothing of it is left"
