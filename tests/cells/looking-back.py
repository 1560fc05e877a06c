"""What is asserted of the cells of looking-back.ipynb: see tools/cell_checks.py."""

# after recall-table
for layer in ("attention", "GRU, bias 0"):
    assert all(learned[layer, fillers] == 10 for fillers in (10, 80, 400)), "the text says so"
assert learned["tanh", 80] < 5, "the text says that a plain layer does not bridge 80 fillers"

# after pairs-live
assert head > 0.9, "the attention head should find one of 16 pairs"
assert gru < 0.5, "the text says that the GRU does not learn 16 pairs"

# after pairs-plot
assert len(lines) == 6 and min(lines["attention"].values()) > 0.95, "attention finds them all"
for name, line in lines.items():
    if name.startswith(("GRU", "LSTM")):
        assert all(line[m] < lines[guess][m] + 0.05 for m in num_pairs[1:]), f"{name}: not a guess"
assert all(len(gb.select_runs(runs, layer=layer, num_batches=300)) == 5 for layer in layers)
longer = {
    (m, layer): [run.result["accuracy"][str(m)] for run in found]
    for m in (2, 4)
    for layer in ("GRU, 64 units", "GRU, 64 units, two characters")
    for found in [gb.select_runs(runs, layer=layer, num_batches=1200, pairs=[m])]
}
assert all(len(found) == 5 for found in longer.values()), "the text says five seeds"
assert min(longer[2, "GRU, 64 units, two characters"]) > 0.85, "it learns two pairs"
assert max(longer[2, "GRU, 64 units"]) < 0.6, "the text says that this GRU does not learn them"
for layer in ("GRU, 64 units", "GRU, 64 units, two characters"):
    assert max(longer[4, layer]) < lines[guess][4] + 0.02, "the text says that none learns four"

# after checks
assert change[:-1].max() < 1e-4 < change[-1], "a position looks ahead, or the last does not look"
assert (at_once - one_by_one).abs().max() < 1e-3, "the parts in which a text is read matter"

# after cost
sizes = {
    run.setting["model"]: run.result["num_params"]
    for run in gb.select_runs(gb.load_runs("measured/successors.json"), scale="large")
}
assert (sizes["transformer"], sizes["LSTM"]) == (num_params, 804_324), "the runs have other sizes"
assert 4 * num_blocks * size * 750 < 2 * num_params < 4 * num_blocks * size * 850, "about 800"

# after context-plot
results = [run.result for run in runs]
assert min(result["num_params"] for result in results) > 53_000, "the text says about 55,000"
assert max(result["num_params"] for result in results) < 58_000, "the text says about 55,000"
for name, line in lines.items():
    assert abs(line[256] - line[32]) < 0.03, f"{name}: the text says that the line is flat"
    if name != "LSTM":
        assert all(lines["LSTM"][end] < line[end] for end in ends), f"{name} is ahead of the LSTM"
repeated = {}  # the losses on each of the twenty test blocks
for model in lines:
    found = [run.result["repeated"] for run in gb.select_runs(runs, model=model)]
    counts, repeated[model] = np.mean(found, axis=0).T
differences = {
    model: (losses - repeated["LSTM"]) / counts.mean()
    for model, losses in repeated.items()
    if model != "LSTM"
}
means = [difference.mean() for difference in differences.values()]
assert [round(min(means), 2), round(max(means), 2)] == [-0.09, -0.02], "the text says so"
for model, difference in differences.items():
    low, high = gb.bootstrap_range(difference)
    assert low < 0 < high, f"{model}: the text says that this interval contains zero"
