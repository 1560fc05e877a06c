# after ex3-code
assert 0.0001 < left < 0.001, left
