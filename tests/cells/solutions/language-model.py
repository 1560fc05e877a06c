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

# after exercise-7-code
if reads_text:
    assert read_on(test, learn=True) < 0.95 * kneser_ney, "the text says clearly better"
same = gb.perplexity_on(gb.witten_bell(counts, 7, 6, text.chars), test)
assert abs(read_on(test, learn=False) / same - 1) < 1e-6, "the model is that of the section"

# after groups
if reads_text:
    assert abs(grouped["visits"] - 5.57) < 0.03, "the section says 5.57"
    assert abs(grouped["visits per surprise"] - 5.45) < 0.03, "the section says 5.45"

# after amounts
if reads_text:
    assert abs(gb.perplexity_on(same_amounts, validation) - 5.49) < 0.02, "the section says 5.49"

# after own-settings
if reads_text:
    assert len(ratios) == 10 and max(ratios) < 0.95, "the claim: lower in all ten places"

# after far-away
if reads_text:
    assert (five > two).all() and len(far) == 10, "the control does not change the result"

# after own-amounts
if reads_text:
    more = {name: own_amounts[name, 6] - own_amounts[name, 3] for name, _ in own_amounts}
    assert 0.02 < more["Kneser-Ney"].mean() < 0.07, "the section: a third of 0.13 bits is left"
    assert sum(more["Kneser-Ney"] > 0) >= 8, "in nearly all places"
    assert -0.05 < more["Witten-Bell"].mean() < -0.01, "the section says 0.03 bits less"
