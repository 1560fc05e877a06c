"""What is asserted of the cells of recurrence-again.ipynb: see tools/cell_checks.py."""

# after matrix-plot
at_16 = {name: line[16] for name, line in lines.items()}
assert at_16["matrix, 32 x 36"] > 0.9 > at_16["matrix, 8 x 36"] > 0.5, "the text says so"
assert at_16["GRU, 64 units, two characters"] < at_16[guess] + 0.05, "the GRU does not learn it"
assert lines["matrix, 32 x 36"][2] < lines["matrix, 8 x 36"][2], "the text explains two pairs"

# after scan-shown
assert (loop(a, b, h) - scan(a, b, h)).abs().max() < 1e-4, "a scan and a loop are different"

# after curves
for name, line in lines.items():
    if name != "LSTM":
        largest = max(line, key=line.get)
        assert largest < 1_200, f"{name}: the distance still grows"
        assert list(line.values())[-1] < 2 / 3 * line[largest], f"{name}: it hardly shrinks"
trials = {}
for run in gb.select_runs(gb.load_runs("measured/successors-rates.json"), scale="large"):
    model, validation = run.setting["model"], run.result["validation"]
    trials[model] = min(trials.get(model, validation), validation)
assert max(trials, key=trials.get) == "LSTM", "the text says that it is last after a trial"

# after table
rates = {(r.setting["scale"], r.setting["model"]): r.setting["rate"] for r in runs}
assert len(rates) == len(losses) == 6, "a model was trained with two rates"
assert all(len(results) == 3 for results in tests.values()), "the text says three seeds each"
at_end = [statistics.median(results) for results in tests.values()]
assert at_end[:3] == sorted(at_end[:3]), "the text says another order of the small models"
assert at_end[3:] == sorted(at_end[3:]), "the text says another order of the large models"
small_lstm, small_gru, *_ = tests.values()
assert max(small_lstm) < min(small_gru), "every run of the LSTM is ahead"
assert min(small_gru) - max(small_lstm) < max(small_lstm) - min(small_lstm), "by a little"
assert kneser_ney["test"] < min(at_end), "the text says that counting is ahead"
assert 12.6e6 < kneser_ney["num_params"] < 12.75e6, "the text says 12.7 million"

# after bootstrap
for scale, model in losses:
    if model != "LSTM":
        assert gb.bootstrap_range(losses[scale, model] - losses[scale, "LSTM"])[0] > 0, "a tie"

# after permutations
assert rounds == 10, "a thousand steps take ten rounds"
assert nd.dot(A[-1], cups)[:, 0].asnumpy().tolist() == followed, "the scan lost a cup"
