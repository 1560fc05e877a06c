"""What is asserted of the cells of solutions/recurrence-again.ipynb: see tools/cell_checks.py."""

# after ex4-train
assert all(0.5 < min(found) and max(found) < 0.95 for found in accuracies.values()), accuracies
