# after load
twice = {"updates": UPDATES // 4, "text": "austen"}
diverged = [run.result.get("diverged") for run in gb.select_runs(runs, kind="plain, ReLU", **twice)]
assert diverged.count(True) == 3, "with both rates; two of three seeds at the better one"
tests = {
    kind: [run.result["test"] for run in gb.select_runs(runs, kind=kind, **twice)]
    for kind in ("LSTM", "LSTM, bias 5", "matrix")
}
assert min(tests["LSTM, bias 5"]) > np.median(tests["LSTM"]), "behind the LSTM"
(bigram,) = gb.select_runs(counted, kind="bigram")
assert np.allclose(tests["matrix"], bigram.result["test"], rtol=0.01), "level with the bigram model"

# after ratios
assert best_network == "GRU", "the text says that the GRU has the lowest mean"
for name in ("LSTM", "minimal GRU", "hybrid", "GRU, 2 layers"):
    assert ratio(name, "GRU")[0] < 1.01, "within about one percent"
transformers = [name for name in networks if name[0] == "t"]
assert len(transformers) == 3
for name in (*transformers, "matrix, gated"):
    assert 1.02 < ratio(name, "GRU")[0] < 1.045 and ratio(name, "minimal GRU")[1] > 1, name
    for axis in (0, 1):
        behind = rows[name].mean(axis=axis) > rows["GRU"].mean(axis=axis)
        assert behind.all(), "with every seed and on every block"
assert 1.06 < ratio("window of 8", "GRU")[0] < 1.1, "about eight percent"
assert 1.13 < ratio("plain, tanh", "GRU")[0] < 1.155, "about fourteen percent"
low, _, high = sorted(ratio("hybrid", "minimal GRU"))
assert low < 1 < high, "the hybrid and the minimal GRU are level"
assert ratio("transformer, window 64", "transformer, window 16")[1] > 1, "16 is ahead of 64"
assert 0.94 < ratio("GRU", "Kneser-Ney")[2] < 0.97, "about four percent ahead"
assert ratio("GRU", best_table)[1] > 1 and ratio("GRU", best_table)[0] < 1.02, "1.5 percent"

# after longer-runs
by_seed = {8: {name: rows[name].mean(axis=1) for name in networks}, 2: {}}
for name in networks:
    setting = trained[name][0].setting | {"updates": UPDATES // 4}
    by_seed[2][name] = losses(gb.select_runs(runs, **setting)).mean(axis=1)
transformers = [name for name in networks if name[0] == "t"]
for name in ("LSTM", "minimal GRU", "hybrid", *transformers):
    assert (by_seed[2]["window of 8"] < by_seed[2][name]).all(), "ahead after two readings"
    assert (by_seed[8]["window of 8"] > by_seed[8][name]).all(), "behind after eight"
for name in ("GRU", "GRU, 2 layers"):
    assert (by_seed[2][name] < by_seed[2]["window of 8"]).all(), "both were ahead already"
for readings, best in ((2, "transformer, window 4"), (8, "transformer, window 16")):
    for name in transformers:
        assert (by_seed[readings][best] <= by_seed[readings][name]).all(), (readings, best)
table = np.log(models["Kneser-Ney"]["test"])
assert all((found > table).all() for found in by_seed[2].values()), "behind the table of its size"

# after live
if reads_text:
    assert 0.8 * min(stored) < here < 1.2 * max(stored), (here, stored)

# after cups
for kind in ("GRU", "LSTM"):
    assert len(followed[kind]) == 3 and np.min(followed[kind]) > 0.95, "they follow the ball"
for kind in ("minimal GRU", "transformer, window 64"):
    four, sixteen, _ = np.array(followed[kind]).T
    assert four.min() > 0.9 and sixteen.max() < 0.3, "for four swaps, and not for sixteen"
assert np.max(followed["plain, tanh"], axis=0)[1] < 0.3, "the plain layer did not learn the task"

# after gains
for name in networks:
    all_gains = np.array([run.result["gains"] for run in trained[name]])
    low, high = gb.bootstrap_interval(all_gains)
    assert low < 0 < high and high < 0.1, "every range contains zero"

# after places
by_place = {
    name: [
        np.mean(np.array(models[name]["letters"]["bits"])[places == place])
        for place in (0, 1, 2, 3, 4, -1)
    ]
    for name in shown
}
first, second, _, fourth, later, others = np.array(list(by_place.values())).T
assert np.ptp(first) < 0.25 and first.min() > 3.6, "nearly four bits for the first letter"
assert fourth.argmin() == later.argmin() == 0, "the best table pays less from the fourth letter on"
assert np.ptp(second) < 0.25, "about the same for the second letter"
assert (others[2:] < others[:2].min()).sum() == len(networks) - 1, "all networks except one"
