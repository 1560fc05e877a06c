"""What is asserted of the cells of solutions/what-came-after.ipynb: see tools/cell_checks.py."""

# after ex1-count
assert sum(parts.values()) == counted, "a part is missing"

# after ex4-here
assert abs(accuracy - guess) < 0.12, "the text says that it guesses among the digits of the row"

# after ex5-matrix
assert accuracies["matrix, 32 x 36"] > 0.8 > 0.5 > accuracies["GRU, 64 units"], "the text says so"
