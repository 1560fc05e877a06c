# after ex4-code
if reads_text:
    assert curves["learning rate 100, seed 1"][-1].perplexity < 9, "this run should learn"
    assert max(curve[-1].perplexity for curve in curves.values()) > 12, "a run at 200 should not"

# after ex4-dead
dead = [count_dead(model) for model in models.values()]
assert all(0 <= number <= 64 for number in dead), "there are 64 units"
if reads_text:
    assert dead[0] < 10 < max(dead[1:]), "units should die at the rate of 200"

# after ex5-code
if reads_text:
    assert max(best["one of 97"]) < min(best["two of 64"]), "the single layer should be ahead"
    single, two = (sorted(best[name])[2] for name in ("one of 97", "two of 64"))
    assert 1.25 < two / single < 1.4, "the text says: more than a quarter"

# after ex7-hide
assert ((visible == text.size) == hidden).min() == 1, (
    "what is hidden, and nothing else, should have the index for hidden characters"
)

# after solution-6
for model in ("GRU", "GRU, 2 layers"):
    for run in gb.select_runs(long, model=model):
        curve = run.result["validation_curve"]
        assert run.result["best_epoch"] <= 120, "it was still improving after 120 epochs"
        assert curve[-1] > 10, "it does not get worse with more training"
