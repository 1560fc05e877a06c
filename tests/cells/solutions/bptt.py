# after exercise-4-figure
shares = [float(line.rstrip(".").split()[-1]) for line in said]
assert all(0.05 < share < 0.3 for share in shares), shares
