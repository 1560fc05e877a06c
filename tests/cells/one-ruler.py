"""What is asserted of the cells of one-ruler.ipynb: see tools/cell_checks.py."""

# after select
assert len(networks) >= 5, "every network has three seeds"
assert {models[name]["carried"] for name in networks} >= {7, 175, 224, 300, 25_704}

# after ratios
for seed in range(3):
    order = sorted(networks, key=lambda name: models[name]["rows"][seed].mean())
    assert order[0] == "GRU", "the best network with every seed"
    assert order.index("minimal GRU") < order.index("transformer, window 64")
assert 1 < ratio("window of 8", "GRU")[1] < ratio("window of 8", "GRU")[2] < 1.04, "two percent"
assert ratio("transformer, window 64", "minimal GRU")[1] > 1
assert 1.07 < ratio("transformer, window 64", "GRU")[0] < 1.13, "about ten percent"
assert ratio("GRU", "Kneser-Ney")[1] > 1 and best_table == "Kneser-Ney, any size"

# after longer-runs
assert len(eight_times) == len(of_kind("LSTM")) == 3, "three seeds"
assert max(run.result["test"] for run in eight_times) < models["Kneser-Ney"]["test"]
assert models["Kneser-Ney"]["test"] < min(run.result["test"] for run in of_kind("LSTM"))
gru, window = (
    gb.select_runs(runs, kind=kind, updates=4 * UPDATES)[0].result["test"]
    for kind in ("GRU", "window of 8")
)
assert gru < models["Kneser-Ney"]["test"] < window, "the GRU has overtaken the table"
assert 1.06 < window / gru < 1.1, "about eight percent"
for kind in ("GRU", "window of 8"):
    assert np.ptp([run.result["test"] for run in of_kind(kind)]) < 0.01 * models[kind]["test"]

# after live
if reads_text:
    assert 0.8 * min(stored) < here < 1.2 * max(stored), (here, stored)

# after gains
for name in networks:
    all_gains = np.array([run.result["gains"]["100"] for run in of_kind(name)])
    assert gb.bootstrap_interval(all_gains)[0] < 0 and all_gains.mean() < 0.03, "no gain"

# after places
by_place = {
    name: [np.mean(np.array(models[name]["letters"]["bits"])[places == p]) for p in range(5)]
    for name in shown
}
first, *_, later = np.array(list(by_place.values())).T
assert np.ptp(first) < 0.25, "about the same for the first letter of a word"
assert later.argmin() == 0 and later[2:].min() > later[0] + 0.3, "the best table is ahead later"
