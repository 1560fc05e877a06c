# after equal
assert all(len(n["tests"]) == 3 for length in LENGTHS for n in networks(length)), "three seeds"
sizes = [
    table_as_large(n)["num_params"] / n["num_params"]
    for text in ("austen", "bible")
    for length in LENGTHS
    for n in networks(length, text)
    if table_as_large(n)
]
assert max(sizes) < 1.45 and min(sizes) >= 0.98, "of nearly the same size, or the next larger"

# after any
for length in LENGTHS:
    network, table = best(networks(length)), best_tables(length)[-1]
    assert network["num_hiddens"] == 512, "the text says the largest"
    if length == 160_000:
        assert ratio(network, table)[1] > 1, "the table is ahead"
    else:
        percent = 100 - 100 * np.array(network["tests"]) / table["test"]
        assert 4.7 < percent.min() < percent.max() < 5.8, "the network is five percent ahead"

# after cost
for length in LENGTHS:
    (run,) = gb.select_runs(counted, text="austen", length=length)
    seconds, minutes = run.result["processor seconds"], best(networks(length))["seconds"] / 60
    assert seconds < 60 and 1 < minutes < 60, "seconds for the tables, minutes for a network"

# after groups-plot
for run in contexts:
    (network,) = (n for n in networks(run.setting["length"]) if n["num_hiddens"] == 150)
    assert run.setting["dropout"] == network["dropout"], run.setting
    tables = {"table": table_as_large(network), "best table": best_tables(network["length"])[-1]}
    for name, table in tables.items():
        assert run.setting["tables"][name].items() <= table.items(), "the tables of the section"
        _, ranges = by_count(network["length"], name)
        behind, ahead = ranges[:, 0] > 0, ranges[:, 1] < 0
        if network["length"]:
            assert behind[0] and ahead[-1], "from above zero to below"
        elif name == "table":
            assert not behind.any() and ahead.tolist() == [False] * 3 + [True] * 4, "five or more"
        else:
            assert not ahead.any() and behind.tolist() == [False] + [True] * 5 + [False], "1 to 256"


# after bible
def ahead(text, length):
    """Tell of each network whether it is ahead of the table of its size beyond the range."""
    pairs = [(n, table_as_large(n)) for n in networks(length, text) if table_as_large(n)]
    return [bool(ratio(*pair)[2] < 1) for pair in pairs]


assert [ahead("austen", length) for length in LENGTHS] == [[False] * 2, [True] * 4, [True] * 4]
assert [ahead("bible", length).count(True) for length in LENGTHS] == [0, 3, 4], (
    "the text says between the same two lengths, and that one network is level with its table"
)
for length in LENGTHS:
    network, table = best(networks(length, "bible")), best_tables(length, "bible")[-1]
    assert ratio(network, table)[2] > 1, "the network is not ahead"

# after quotations
order = np.argsort(complete_table(20, "bible")[1])
assert (of_blocks[20][order][:6] < 1).all(), "ahead in the six blocks that repeat least"
assert of_blocks[20][order[-1]] == of_blocks[20].max() > 1.15, "far behind in the last block"
repeated = complete_table(20, "bible")[1]
correlations = [np.corrcoef(repeated, of_blocks[n])[0, 1] for n in (20, 8, 5)]
assert correlations[0] > 0.7 and correlations == sorted(correlations, reverse=True), correlations
assert correlations[2] < -0.3, "with 5-grams the ratio falls"
losses = np.mean(network["test blocks"], axis=0)
assert np.corrcoef(repeated, losses)[0, 1] < -0.3, "the network predicts these blocks better, too"

# after limits
for network in networks(None):
    same = {name: network[name] for name in ("text", "length", "num_hiddens", "dropout")}
    for run in gb.select_runs(runs, **same):
        assert min(run.result["curve"], key=lambda look: look[-1])[0] == 9_000, "at the very end"
