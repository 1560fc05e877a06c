# after exercise-7-code
same = gb.perplexity_on(gb.witten_bell(counts, 7, 6, text.chars), test)
assert abs(read_on(test, learn=False) / same - 1) < 1e-6, "the model is that of the section"

# after own-settings
if reads_text:
    assert len(ratios) == 10 and max(ratios) < 0.95, "the claim: lower in all ten places"

# after own-amounts
if reads_text:
    more = {name: own_amounts[name, 6] - own_amounts[name, 3] for name, _ in own_amounts}
    assert 0.02 < more["Kneser-Ney"].mean() < 0.07, "the section: a third of 0.13 bits is left"
    assert sum(more["Kneser-Ney"] > 0) >= 8, "in nearly all places"
    assert -0.05 < more["Witten-Bell"].mean() < -0.01, "the section says 0.025 bits less"
