# after live
# Another processor rounds differently, and a run that is otherwise the same drifts away.
stored = [
    r.result["test"] for r in gb.load_runs("measured/size.json") if r.setting["text"] == "novel"
]
if reads_text:
    assert 0.97 * min(stored) < here < 1.03 * max(stored), (here, stored)


# after bootstrap
assert [len(networks(length)) for length in LENGTHS] == [4, 4, 4], "the text says four sizes"

# after any
for length in LENGTHS:
    network, table = best(networks(length)), best(best_tables(length))["test"]
    tests = seeds(network)
    assert network["num_hiddens"] == 512, "the text says the largest"
    assert len(tests) == 3 and max(tests) < 1.02 * min(tests), tests
    assert (max(tests) < table) == (tests[0] < table) == (length != 160_000), tests
    gap = abs(math.log(tests[0] / table))
    assert 0.02 < gap < 0.06, "the text says three percent, and twice five"


# after bible
def ahead(text):
    """Tell for each length, network by network, whether it is ahead beyond the blocks' range."""
    found = {length: [] for length in LENGTHS}
    for length in LENGTHS:
        for network in networks(length, text):
            if table := table_as_large(network):
                differences = np.subtract(network["test blocks"], table["test blocks"])
                found[length].append(float(np.exp(gb.bootstrap_range(differences)[1])) < 1)
    return found


assert ahead("austen") == {160_000: [False] * 2, 640_000: [True] * 4, None: [True] * 4}
found = ahead("bible")
assert not any(found[160_000]) and all(found[None]), found
for length, low, high in ((160_000, 1.08, 1.12), (640_000, 0.98, 1.02), (None, 1.01, 1.05)):
    table = best(best_tables(length, "bible"))["test"]
    tests = seeds(best(networks(length, "bible")))
    assert all(low < test / table < high for test in tests), (tests, table)

# after quoted
# Those of the Bible, which comes last.
assert (factors < 1).sum() == 7 and (share[factors < 1] < 0.08).all(), "the text says little"
assert np.corrcoef(share, np.log(factors))[0, 1] > 0.8

# after eight
assert (
    (np.exp(gb.bootstrap_range(np.subtract(network["test blocks"], eight["test blocks"])))[1]) < 1
)
assert blocks_ahead == 20, "of all of the text, which comes last"

# after layers
for length, ahead_of_three in ((640_000, 1), (None, 2)):
    found = {}
    for model, units in (("LSTM", 150), ("GRU", 174), ("tanh", 310)):
        (network,) = [n for n in networks(length, model=model) if n["num_hiddens"] == units]
        table = table_as_large(network)["test"]
        found[model] = [test < table for test in seeds(network)]
    assert found["LSTM"] == [True] * 3 and found["tanh"] == [False] * 3, found
    assert sum(found["GRU"]) == ahead_of_three, found
trials = gb.select_runs(gb.load_runs("measured/size-rates.json"), model="ReLU")
survived = [run.result["validation"] for run in trials if run.result["validation"]]
assert len(trials) == 5 and len(survived) == 1 and survived[0] > 4, survived

# after limits
for units in (320, 512):
    for length in LENGTHS[:2]:
        with_dropout, without = (
            gb.select_runs(runs, text="austen", length=length, num_hiddens=units, dropout=dropout)[
                0
            ].result
            for dropout in (0.3, 0)
        )
        assert with_dropout["test"] < without["test"], "the text says that dropout helps"
