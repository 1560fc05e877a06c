# after exercise-4-code
assert len(settings) == 63, "the text says so"
assert min(seeming) >= 0, "the text says that no setting looks worse where it was chosen"
if reads_text:
    assert np.mean(real) < 0 < np.mean(seeming), "the text says so"

# after exercise-5-code
if reads_text:
    assert 0.93 < found / one_weight < 0.97, "the text says about five percent lower"
    assert kneser_ney < found, "the text says that Kneser-Ney remains ahead"
    assert all(np.diff(weights[1:]) < 0), "the text says: the longer, the smaller"
