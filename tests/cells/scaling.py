# after costs
assert 900 < longest["seconds"] / base["seconds"] < 1300, "about a thousand times as long"

# after workers
took = {
    (row["hidden units"], row["workers"]): 1e3 * 32 * 35 / row["characters a second"]
    for row in workers["figures"]
}
for units in (256, 1024):
    assert took[units, 2] > 1.1 * took[units, 0] / 2, "the text says that neither is twice as fast"
    assert took[units, 4] > took[units, 2], "the text says that four workers are slower"
assert took[256, 2] > took[256, 0] and abs(took[1024, 0] / took[1024, 2] - 1.27) < 0.005
assert all(
    0.99 < row["bytes a mini-batch"] / row["bytes expected"] < 1.02
    for row in workers["figures"]
    if row["workers"]
)

# after machines
assert measured[16] > measured[32] / 2, "the text says that half of the rows take more than half"
for name, speed_up in (("1 Gbit/s", 1.05), ("10 Gbit/s", 1.54)):
    needed = 4 / 3 * rho / connections[name][0] + 4 * rho * connections[name][1] / (3 * num_weights)
    assert needed < 32 * 35, "the text says that four machines are faster by the formula"
    ratio = measured[32] / (measured[16] + exchange(2, *connections[name]))
    assert abs(ratio - speed_up) < 0.01, "the text answers with these"
