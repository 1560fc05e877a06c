# after ex2-code
if reads_text:
    assert max(best["one of 97"]) < min(best["two of 64"]), "the single layer should be ahead"
    single, two = (sorted(best[name])[2] for name in ("one of 97", "two of 64"))
    assert 1.25 < two / single < 1.4, "the text says: more than a quarter"

# after ex3-hide
assert ((visible == text.size) == hidden).min() == 1, (
    "what is hidden, and nothing else, should have the index for hidden characters"
)

# after ex3-compare
if reads_text:
    left, both = scores.values()
    assert left[2] - both[2] > 1.5, "the text says that the median is lower by more than two"
    assert max(both) < min(left) + 1, "the worst run is about level with the best from the left"

# after ex4
for model in ("GRU", "GRU, 2 layers"):
    for run in gb.select_runs(runs, model=model):
        curve = run.result["validation_curve"]
        assert run.result["best_epoch"] <= 120, "the best epochs are about the same"
        assert curve[-1] > 10, "by the end it has risen to more than 10"
single = gb.load_runs("../measured/models.json")
single = {run.seed: run.result["validation"] for run in gb.select_runs(single, model="GRU")}
for run in gb.select_runs(runs, model="GRU, 2 layers, dropout 0.3"):
    assert run.result["best_epoch"] > 130, "the text says that each run went on improving"
    assert run.result["validation"] < 1.02 * single[run.seed], "that of the single layer, or lower"

# after ex5-train
if reads_text:
    plain_validation, plain_test = zip(*plain, strict=True)
    window_validation, window_test = zip(*window, strict=True)
    assert sorted(plain_test)[1] < 1.03 * sorted(window_test)[2], "at least level"
    assert min(plain_validation) > max(window_validation), (
        "the network with a window is still ahead"
    )
