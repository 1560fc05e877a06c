# after exercise-8-code
if reads_text:
    assert 0 < weight < 0.3, weight
    assert gb.perplexity(weight * test + (1 - weight) * on_test) < gb.perplexity(on_test)
