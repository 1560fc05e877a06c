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
