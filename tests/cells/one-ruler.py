# after load
brief = gb.select_runs(runs, kind="plain, ReLU", text="austen", updates=UPDATES // 4, rate=0.003)
assert [run.result.get("diverged") for run in brief] == [None, True, True], "two of three seeds"

# after ratios
assert best_network == "GRU", "the text says that the GRU is the best on the validation blocks"
for name in ("minimal GRU", "hybrid", "GRU, 2 layers"):
    assert 0.99 < ratio(name, "GRU")[0] < 1.01, "within about one percent"
transformers = [name for name in networks if name[0] == "t"]
for name in (*transformers, "matrix, gated"):
    assert 1.02 < ratio(name, "GRU")[0] < 1.045 and ratio(name, "minimal GRU")[1] > 1, name
    for axis in (0, 1):
        behind = rows[name].mean(axis=axis) > rows["GRU"].mean(axis=axis)
        assert behind.all(), "with every seed and on every block"
    assert trained[name][0].setting["rate"] == 0.006, "half and twice this rate were worse"
lstm = np.sort(rows["LSTM"].mean(axis=1)) - rows["GRU"].mean()
assert lstm[2] < 0.012 and 0.03 < lstm[3] < lstm[4] < 0.05, "three seeds; the other two seeds"
assert 1.06 < ratio("window of 8", "GRU")[0] < 1.1, "about eight percent"
assert 1.13 < ratio("plain, tanh", "GRU")[0] < 1.155, "about fourteen percent"
assert ratio("hybrid", "minimal GRU")[1] < 1 < ratio("hybrid", "minimal GRU")[2], "level"
assert ratio("transformer, window 64", "transformer, window 16")[1] > 1, "16 is ahead of 64"
assert 0.94 < ratio("GRU", "Kneser-Ney")[2] < 0.97, "about four percent ahead"
assert ratio("GRU", best_table)[1] > 1 and ratio("GRU", best_table)[0] < 1.02, "1.5 percent"

# after longer-runs
two, eight = (
    {name: losses(found).mean(axis=1) for name, found in each.items()} for each in (twice, trained)
)
names = "window of 8", "minimal GRU", "LSTM"
window, minimal, lstm = np.array([[r.result["curve"][0][2] for r in trained[k]] for k in names])
assert 1 < minimal.mean() / window.mean() < 1.005, "less than half a percent ahead"
assert np.sum(lstm < window) == 4, "behind the LSTM with four of the five seeds"
assert max(*two["GRU"], *two["GRU, 2 layers"]) < min(two["window of 8"]), "both ahead already"
transformers = [name for name in networks if name[0] == "t"]
for name in ("LSTM", "minimal GRU", "hybrid", *transformers):
    assert max(two["window of 8"]) < min(two[name]), "ahead after two readings"
    assert min(eight["window of 8"]) > max(eight[name]), "behind after eight"
for by_kind, best in ((two, "transformer, window 4"), (eight, "transformer, window 16")):
    for name in transformers:
        assert (by_kind[best] <= by_kind[name]).all(), (best, name)
assert all(np.exp(min(found)) > models["Kneser-Ney"]["test"] for found in two.values())

# after large-runs
tests = {name: np.exp(losses(found).mean()) for name, found in larger.items()}
leading = ["GRU, 2 layers", "minimal GRU", "LSTM, dropout 0.3"]
assert set(in_order_of_larger[:3]) == set(leading)
assert max(tests[name] for name in leading) < 1.015 * min(tests.values()), "about one percent"
for name in ("GRU", "transformer, window 16"):
    assert 1.025 < tests[name] / tests["GRU, 2 layers"] < 1.045, "three to four percent behind"

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
_, sixteen, last = np.array(followed["minimal GRU, 10,000"]).T
assert sixteen.min() > 0.4 and last.max() < 0.25, "more often, and no better than guessing"

# after gains
for name in networks:
    all_gains = np.array([run.result["gains"] for run in trained[name]])
    low, high = gb.bootstrap_interval(all_gains)
    assert low < 0 and high < 0.1, "no range lies above zero"

# after places
first, second, _, fourth, later, others = np.array(list(by_place.values())).T
assert np.ptp(first) < 0.25 and first.min() > 3.6, "nearly four bits for the first letter"
assert np.ptp(second) < 0.25 and np.ptp(others) < 0.25, "about the same"
for bits in (fourth, later):
    assert bits.argmin() == 0, "the best table pays less than every network"
    assert min(bits[2:]) < bits[1] < max(bits[2:]), "the smaller table does not"
