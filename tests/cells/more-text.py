# after any
for length in LENGTHS:
    network, table = best(networks(length)), best_tables(length)[-1]
    assert network["num_hiddens"] == 512, "the largest network won"
    between = (1.01, 1.03) if length == 160_000 else (0.94, 0.96)
    assert between[0] < ratio(network, table)[0] < between[1], "two percent behind, five ahead"
    assert (ratio(network, table)[1] > 1) == (length == 160_000)

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
