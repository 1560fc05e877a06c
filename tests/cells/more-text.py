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

# after groups-plot
for run in contexts:
    (network,) = (n for n in networks(run.setting["length"]) if n["num_hiddens"] == 150)
    assert run.setting["dropout"] == network["dropout"], run.setting
    tables = {"table": table_as_large(network), "best table": best_tables(network["length"])[-1]}
    for name, table in tables.items():
        assert run.setting["tables"][name].items() <= table.items(), "the tables of the section"

# after quotations
repeated = complete_table(20, "bible")[1]
losses = np.mean(network["test blocks"], axis=0)
assert np.corrcoef(repeated, losses)[0, 1] < -0.3, "the network predicts these blocks better, too"

# after limits
for network in networks(None):
    same = {name: network[name] for name in ("text", "length", "num_hiddens", "dropout")}
    for run in gb.select_runs(runs, **same):
        assert min(run.result["curve"], key=lambda look: look[-1])[0] == 9_000, "at the very end"
