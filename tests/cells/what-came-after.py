"""What is asserted of the cells of what-came-after.ipynb: see tools/cell_checks.py."""

# after recall-live
assert accuracy > 0.9, "one look should recall over 400 fillers"

# after pairs-live
assert one_look > 0.9, "one look should find one of 16 pairs"
assert carried < 0.5, "the text says that the GRU does not learn 16 pairs"

# after recall-table
assert sum(learned["attention"][400]) == sum(learned["GRU, bias 0"][400]) == 10, "the text says so"
assert sum(learned["LSTM, bias 0"][20]) == 0, "the text says so"

# after pairs-plot
at_16 = {name: line[16] for name, line in lines.items()}
assert at_16["attention"] > 0.95, "the text says that one look finds one of sixteen"
for name, share in at_16.items():
    if name.startswith(("GRU", "LSTM")):
        assert share < at_16["most frequent digit"] + 0.05, f"{name} does better than a guess"
assert at_16["matrix, 32 x 36"] > 0.9 > at_16["matrix, 8 x 36"] > 0.5, "the text says so"

# after checks
assert change[:-1].max() < 1e-4 < change[-1], "a place looks ahead, or the last does not look"
assert (at_once - one_by_one).abs().max() < 1e-3, "it matters in which pieces a text is read"

# after scan-shown
assert (loop(a, b, h) - scan(a, b, h)).abs().max() < 1e-4, "a scan and a loop are different"

# after at-once-timed
assert (loop(a, b, h) - scan(a, b, h)).abs().max() < 1e-4, "what is timed is not the same"

# after cost
sizes = {
    run.setting["model"]: run.result["num_params"]
    for run in gb.select_runs(gb.load_runs("measured/successors.json"), scale="large")
}
assert (sizes["transformer"], sizes["LSTM"]) == (num_params, 804_324), "the runs have other sizes"

# after table
rates = {(r.setting["scale"], r.setting["model"]): r.setting["rate"] for r in runs}
assert len(rates) == len(losses) == 6, "a model was trained with two rates"
assert all(len(results) == 3 for results in tests.values()), "the text says three seeds each"
medians = [statistics.median(results) for results in tests.values()]
assert medians[:3] == sorted(medians[:3]), "the text says another order of the small models"
assert medians[3:] == sorted(medians[3:]), "the text says another order of the large models"
assert all(large < small for small, large in zip(medians, medians[3:], strict=False)), "not better"
assert kneser_ney["test"] < min(medians), "the text says that counting is ahead"
assert 12.6e6 < kneser_ney["num_params"] < 12.75e6, "the text says 12.7 million"

# after bootstrap
for model in ("minimal GRU", "transformer"):
    small, large = ((losses[scale, model] - losses[scale, "LSTM"]) for scale in ("small", "large"))
    assert gb.bootstrap_range(small)[0] > 0 and gb.bootstrap_range(large)[0] > 0, "a tie"
    assert large.mean() > small.mean(), "the text says that the distances do not shrink"
