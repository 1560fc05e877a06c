# after changes
if reads_text:
    tanh, large_tanh, relu, large_relu = (
        [perplexity for perplexity, _ in found] for found in reached.values()
    )
    assert max(relu + large_relu) < min(tanh), "every network with ReLU did better"
    assert max(tanh) < min(large_tanh), "with tanh, more units are worse"
    assert max(large_relu) < min(relu), "with ReLU, more units are better"
# after train
if reads_text:
    assert history[-1].perplexity < 1.4 < history[0].perplexity, "the text is learned by heart"
# after curve
if reads_text:
    # A single late epoch may differ by a quarter on another processor, but the median of ten by less
    # than a hundredth.
    held_out = [epoch.perplexity for epoch in keep]
    late = sorted(held_out[-10:])[5]
    assert baseline["validation"]["unigram"] < late < 23, "the text says: past the unigram model"
    assert 7 < min(held_out) < 7.9, "three seeds had 7.16 to 7.42, and an older processor 7.28"
# after best-epoch
if reads_text:
    assert 30 <= keep.best.number <= 60, f"five seeds had 35 to 45, and this one had {keep.best}"
    early_stopped = gb.evaluate_perplexity(model, text.test)
    assert baseline["test"]["interpolated"] < early_stopped < 9.5, "interpolated counts are better"
    assert early_stopped < 2 ** in_the_end.mean() / 3, (
        "the text says: more than three times as high"
    )
# after letter-kinds
if reads_text:
    more = np.subtract(*costs.values())
    by_kind = {kind: more[kinds == kind].mean() for kind in np.unique(kinds)}
    assert max(by_kind, key=by_kind.get) == "in words read once", by_kind
    assert abs(by_kind["first letters of words"]) < 0.2, "the text says: level"
# after letters
if reads_text:
    assert "paradox" in train, "the text says that both models have read this word"
# after writer
assert gb.num_params(model) == 88_107, "the text gives this number of parameters"
if reads_text:
    a, b = (gb.write(model, text, prefix=p, num_chars=150)[-60:] for p in ("the time", "what"))
    repeated = [any(s[i : i + 6] * 1 in s[i + 6 :] for i in range(20)) for s in (a, b)]
    assert all(repeated), "the text asks whether both end in a loop"
