# after exercise-5-code
for activation in ("tanh", "relu"):
    clipped = table[activation, 0.01, 100][0]
    assert clipped < 20, activation
    assert table[activation, 1, 1][0] < 25, activation
    assert table[activation, 1e6, 100][0] > 43, activation
# after exercise-8-code
if reads_text:
    assert 0 < weight < 0.3, weight
    assert gb.perplexity(weight * test + (1 - weight) * on_test) < gb.perplexity(on_test)
