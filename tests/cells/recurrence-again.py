# after matrix-steps
assert accuracy > 0.6, "a stored run has a right answer in 0.77 to 0.84 of the rows"
assert (nd.dot(q, S) - y[0]).abs().max() < 1e-4, "the recurrence is another layer"

# after scan-shown
assert difference < 1e-4, "a scan and a loop are different"
