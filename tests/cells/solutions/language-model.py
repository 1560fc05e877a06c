"""What is asserted of the cells of solutions/language-model.ipynb: see tools/cell_checks.py."""

# after exercise-4-code
assert len(settings) == 63, "the text says so"
assert min(seeming) >= 0, "the text says that no setting looks worse where it was chosen"
if reads_text:
    assert np.mean(real) < 0 < np.mean(seeming), "the text says so"

# after exercise-5-growth
if reads_text:
    assert new_words[-1] > 0, "the text says that new words did not stop"

# after exercise-5-zipf
if reads_text:
    assert -1.15 < slope < -0.85, "the text says that it is about -1"
    assert 0.45 < np.mean(word_counts == 1) < 0.55, "the text says that half of them occur once"
