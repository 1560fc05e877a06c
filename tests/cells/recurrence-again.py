"""What is asserted of the cells of recurrence-again.ipynb: see tools/cell_checks.py."""

# after matrix-steps
assert accuracy > 0.6, "a stored run has a right answer in 0.77 to 0.84 of the rows"
assert (nd.dot(q, S) - y[0]).abs().max() < 1e-4, "the recurrence is another layer"

# after matrix-plot
assert all(len(accuracies(f"matrix, {h} x 36", range(1, 6))) == 5 for h in (2, 4, 8, 32))
assert 0.75 < points["matrix"][288] < 0.85, "the text says four rows out of five"
assert max(line[288] for line in best.values()) < guess, "the text says: not better than a guess"
assert guess < points["matrix"][72] < guess + 0.08, "the text says hardly better"
assert points["GRU"][64] < guess, "the GRU does not learn it"

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
rates = {(r.setting["scale"], r.setting["model"]): r.setting["rate"] for r in runs}
assert len(rates) == len(losses) == 6, "a model was trained with two rates"
assert all(len(results) == 3 for results in tests.values()), "the text says three seeds each"
at_end = [statistics.median(results) for results in tests.values()]
assert at_end[:3] == sorted(at_end[:3]), "the text says another order of the small models"
assert at_end[3:] == sorted(at_end[3:]), "the text says another order of the large models"
for scale, model in losses:
    if model != "LSTM":
        assert gb.bootstrap_range(losses[scale, model] - losses[scale, "LSTM"])[0] > 0, "a tie"
assert kneser_ney["test"] < min(at_end), "the text says that counting is ahead"
assert 12.6e6 < kneser_ney["num_params"] < 12.75e6, "the text says 12.7 million"

# after permutations
assert rounds == 10, "a thousand steps take ten rounds"
assert nd.dot(A[-1], cups)[:, 0].asnumpy().tolist() == followed, "the scan lost a cup"

# after swap
assert np.allclose(factor.asnumpy(), [[0, 1], [1, 0]], atol=1e-6), "a strength of 2 swaps"
