# after live
# Another processor rounds differently, and a run that is otherwise the same drifts away.
stored = [
    r.result["test"] for r in gb.load_runs("measured/size.json") if r.setting["text"] == "novel"
]
if reads_text:
    assert 0.97 * min(stored) < here < 1.03 * max(stored), (here, stored)

# after bootstrap
assert [len(networks(length)) for length in LENGTHS] == [4, 4, 4], "the text says four sizes"
ahead = {length: [] for length in LENGTHS}
for length in LENGTHS:
    for network in networks(length):
        enough = 0.98 * network["num_params"]
        larger = [table for table in best_tables(length) if table["num_params"] >= enough]
        if larger:
            differences = np.subtract(network["test blocks"], larger[0]["test blocks"])
            ahead[length].append(float(np.exp(gb.bootstrap_range(differences)[1])) < 1)
assert ahead == {160_000: [False] * 2, 640_000: [True] * 4, None: [True] * 4}, ahead

# after any
for length, dropout in ((160_000, 0.3), (640_000, 0.3), (None, 0)):
    same = gb.select_runs(trained, length=length, num_hiddens=512, dropout=dropout)
    seeds, table = [run.result["test"] for run in same], best(best_tables(length))["test"]
    assert best(networks(length)) == same[0].result, "the text says 512 units, and this dropout"
    assert len(seeds) == 3 and max(seeds) < 1.02 * min(seeds), seeds
    assert (max(seeds) < table) == (seeds[0] < table) == (length != 160_000), seeds
    gap = abs(math.log(seeds[0] / table))
    assert 0.02 < gap < 0.06, "the text says three percent, and twice five"

# after limits
for units in (320, 512):
    for length in LENGTHS[:2]:
        with_dropout, without = (
            gb.select_runs(trained, length=length, num_hiddens=units, dropout=dropout)[0].result
            for dropout in (0.3, 0)
        )
        assert with_dropout["test"] < without["test"], "the text says that dropout helps"
