# after matrix-steps
assert accuracy > 0.6, "a stored run has a right answer in 0.77 to 0.84 of the rows"
assert (nd.dot(q, S) - y[0]).abs().max() < 1e-4, "the recurrence is another layer"

# after matrix-sizes
assert all(len(accuracies(f"matrix, {h} x 36", range(1, 6))) == 5 for h in (2, 4, 8, 32))
assert 0.75 < right["matrix", 288] < 0.85, "the text says four rows out of five"
assert max(right["GRU", 288], right["minimal GRU", 288]) < guess, "not better than the baseline"
assert guess < right["matrix", 72] < guess + 0.08, "the text says hardly better"

# after scan-shown
assert difference < 1e-4, "a scan and a loop are different"
