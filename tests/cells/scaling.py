# after hidden
assert 30 < shares[0] < 37 and 63 < shares[2] < 70, "the text says a third, and two thirds"
assert all(78 < share < 85 for share in shares[3:]), "the text says about four fifths"

# after rows
per_row = [seconds / n for n, seconds in step.items()]
assert 0.70 < per_row[2] / per_row[0] < 0.78, "the text says a quarter"
assert per_row[2] < 1.02 * min(per_row), "the text says that it seems to stop falling there"
peaks = [row["peak"] for row in costs["figures"]]
assert all(row["peak"] < 0.9 * max(peaks) for row in rows[3:]), "the machine was slower there"
efficiency = [row["share of peak"] for row in rows]
assert efficiency == sorted(efficiency), "the text says that training became more efficient"

# after workers
took = {
    (row["hidden units"], row["workers"]): 1e3 * 32 * 35 / row["characters a second"]
    for row in workers["figures"]
}
for units in (256, 1024):
    assert took[units, 2] > 1.1 * took[units, 0] / 2, "the text says that the exchange takes time"
    assert took[units, 4] > took[units, 2], "the text says that four workers are slower"
assert took[256, 2] > took[256, 0] and abs(took[1024, 0] / took[1024, 2] - 1.27) < 0.005
assert all(
    0.99 < row["bytes a mini-batch"] / row["bytes expected"] < 1.02
    for row in workers["figures"]
    if row["workers"]
)

# after smallest-batch
for connection in connections.values():
    assert smallest_batch(base["weights"], rho, *connection) < 32 * 35, "the text says enough"

# after measured-rows
for name, speed_up in (("1 Gbit/s", 1.05), ("10 Gbit/s", 1.54)):
    beta, delta = connections[name]
    sending = 4 * base["weights"] / beta + 2 * delta
    assert abs(step[32] / (step[16] + sending) - speed_up) < 0.01, "the text answers with these"
