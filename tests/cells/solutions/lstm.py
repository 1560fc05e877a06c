"""What is asserted of the cells of solutions/lstm.ipynb: see tools/cell_checks.py."""

# after ex3-step
assert (C - H).abs().max().asscalar() < 1e-4, "the text says that the two steps are one"

# after ex4-run
if reads_text:
    assert (by_bias[1.0] > by_bias[0.0]).sum() >= 4, "the text says that 1 is behind 0"
    assert min(by_bias[3.0]) > max(by_bias[0.0]) + 1, "the text says that 3 is far behind"

# after ex7-print
assert max(max(found) for found in begun_as_opposites.values()) < 0.6, (
    "the text says that none of the runs learns the task"
)
