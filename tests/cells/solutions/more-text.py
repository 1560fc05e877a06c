# after layers
tables = {160_000: 3.80, 640_000: 3.41, None: 3.21}
for length, ahead_of_three in ((160_000, 0), (640_000, 1), (None, 2)):
    ahead, on_training = {}, {}
    for model, units in (("LSTM", 150), ("GRU", 174), ("tanh", 310)):
        found = gb.select_runs(
            runs, text="austen", length=length, model=model, num_hiddens=units, dropout=0
        )
        ahead[model] = [run.result["test"] < tables[length] for run in found]
        on_training[model] = found[0].result["read"]
    assert sum(ahead["GRU"]) == ahead_of_three and not any(ahead["tanh"]), ahead
    assert all(ahead["LSTM"]) == (length != 160_000), ahead
    assert min(on_training, key=on_training.get) == "LSTM", on_training
trials = gb.select_runs(gb.load_runs("../measured/size-rates.json"), model="ReLU")
survived = [run.result["validation"] for run in trials if run.result["validation"]]
assert len(trials) == 5 and len(survived) == 1 and survived[0] > 4, survived

rates = gb.select_runs(gb.load_runs("../measured/size-rates.json"), model="GRU")
by_rate = {run.setting["rate"]: run.result["validation"] for run in rates}
top = sorted(by_rate)[-2:]
assert len(by_rate) == 4 and by_rate[top[1]] < 1.01 * by_rate[top[0]], "the two largest tie"
assert by_rate[top[0]] == min(by_rate.values()) or by_rate[top[1]] == min(by_rate.values())

# after shares
dues = [
    (short_share - whole_share) @ d / (first - last) for d in (short_difference, whole_difference)
]
assert 0.74 < dues[0] < 0.8 and 0.24 < dues[1] < 0.3, dues

# after mixtures
for length in (160_000, 640_000, None):
    (run,) = gb.select_runs(counted, text="austen", length=length)
    table = min(table["test"] for table in run.result["Kneser-Ney"])
    for found in gb.select_runs(runs, text="austen", length=length, model="LSTM"):
        assert found.result["mixed"]["test"] < min(found.result["test"], table)
        if not length:
            less = found.result["mixed"]["test"] < 0.99 * run.result["mixed"]["test"]
            assert less == (found.setting["num_hiddens"] > 66), "the smallest helps no more"
