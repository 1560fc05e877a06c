# after exercise-8-code
if reads_text:
    assert 0 < weight < 0.3, weight
    assert together < min(control, gb.perplexity(counted[1])), together
