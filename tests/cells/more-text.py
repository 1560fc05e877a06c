# after equal
for length in LENGTHS:
    pairs = [(network, *table_as_large(network)) for network in networks(length)]
    pairs = [pair for pair in pairs if len(pair) == 2]
    assert len(pairs) == (2 if length == 160_000 else 4), "a table for each of these sizes"
    for network, table in pairs:
        assert 0.98 <= table["num_params"] / network["num_params"] < 1.45, "nearly the same size"
        _, low, high = ratio(network, table)
        assert low > 1 if length == 160_000 else high < 1, "behind, then ahead"

# after any
for length in LENGTHS:
    network, table = best(networks(length)), best_tables(length)[-1]
    assert network["num_hiddens"] == 512, "the largest network won"
    between = (1.01, 1.03) if length == 160_000 else (0.94, 0.96)
    assert between[0] < ratio(network, table)[0] < between[1], "two percent behind, five ahead"
    assert (ratio(network, table)[1] > 1) == (length == 160_000)

# after groups-plot
ends = np.transpose(ranges)
assert ends[0, 0] > 0 and ends[0, 1] > 0, "the table is ahead after contexts that are new"
assert (ends[1, -3:] < 0).all(), "the network is ahead after the most frequent ones"
assert share[-3:].sum() > 0.6, "most letters follow frequent contexts"

# after curve
for name, low, high in (("10,000", 4, 8), ("640,000", 12, 24)):
    assert low <= gb.bend(SEEN, np.hstack(lstms[name])) <= high, name
few, many = (np.mean(found, axis=(0, 2))[-1] for found in lstms.values())
assert few > many + 1, "more than a bit"

# after bible
for length in LENGTHS:
    network, table = best(networks(length, "bible")), best_tables(length, "bible")[-1]
    assert ratio(network, table)[2] > 1, "the network is not clearly ahead"
assert 45 < table["num_params"] / network["num_params"] < 55, "fifty times as many numbers"

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
