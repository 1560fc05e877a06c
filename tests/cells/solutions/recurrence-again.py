"""What is asserted of the cells of solutions/recurrence-again.ipynb: see tools/cell_checks.py."""

# after ex4-train
means = [np.mean(found) for found in accuracies.values()]
assert abs(means[0] - means[1]) < 0.1, "the text says that the rules are level"
