# after bends
for name, of_seeds in curves.items():
    assert more_than_with_all(of_seeds, 12)[0] < 3, f"{name}: the text says less than three percent"
    assert 6 <= gb.bend(LENGTHS, np.hstack(of_seeds)) <= 24, f"{name}: about a dozen"
    for i, seen in enumerate((0, 1, 2)):
        assert i == 0 or np.mean(of_seeds, axis=0)[i].mean() > table[seen].mean() + 0.5, name
for run in chosen("GRU"):
    assert run.setting["rate"] == 0.012, "the cell `live` trains at this rate"

# after live
bits = dict(zip(LENGTHS, own, strict=True))
assert bits[3] > bits[8] > bits[128] - 0.02
assert not reads_text or gb.bend(LENGTHS, found) <= 16, "it bends no later"
