# after biases
assert early[1] > early[2] + 1, "the text says: after five epochs by more than 1"
assert abs(early[2] - early[0]) < 0.05, "with one bias fixed the layer should be our loop"
if reads_text:
    assert 0.1 < late[0] - late[1] < early[1] - early[2], "the text says: smaller, but still there"
# after changes
if reads_text:
    best = {name: [values[0] for values in found] for name, found in reached.items()}
    tanh, large_tanh, relu, large_relu, longer = best.values()
    assert max(relu) < min(tanh), "ReLU is better with 64 units"
    assert max(large_relu) < min(large_tanh), "ReLU is better with 256 units"
    assert max(tanh) < min(large_tanh), "with tanh, more units are worse"
    assert sum(large_relu) < sum(relu), "with ReLU, more units are better"
    assert sum(large_relu) < sum(longer) < sum(relu), "the text says: it came a little closer"
# after train
if reads_text:
    assert history[-1].perplexity < 1.4 < history[0].perplexity, "the text is learned by heart"
# after curve
if reads_text:
    # A single late epoch may differ by a quarter on another processor, but the median of ten by less
    # than a hundredth.
    held_out = [epoch.perplexity for epoch in keep]
    late = sorted(held_out[-10:])[5]
    assert baseline["validation"]["unigram"] < late < 23, "the text says: higher in the end"
    assert 7 < min(held_out) < 7.9, "three seeds had 7.16 to 7.42, and an older processor 7.28"
# after best-epoch
if reads_text:
    assert 30 <= keep.best.number <= 60, f"five seeds had 35 to 45, and this one had {keep.best}"
    early_stopped = gb.evaluate_perplexity(model, text.test)
    assert baseline["test"]["interpolated"] < early_stopped < 9.5, "interpolated counts are better"
    assert at_the_end > baseline["test"]["unigram"], "in the end, even single characters are better"
    assert early_stopped < at_the_end / 3, "the text says: more than three times as high"
    best_count = baseline["validation"]["interpolated"]
    assert min(epoch.perplexity for epoch in keep) > best_count, "the curve stays above counting"
# after letter-kinds
if reads_text:
    by_network, by_counts = costs.values()
    more = {kind: (by_network - by_counts)[kinds == kind].mean() for kind in np.unique(kinds)}
    assert abs(more["first letters of words"]) < 0.2, "the text says: about as good"
    assert more["rest of known words"] > 0.5, "the text says: over half a bit more"
    assert more["rest of known words"] > more["rest of new words"] + 0.1, "it lost most there"
    assert more["rest of new words"] > 0.1, "the text says: also paid more"
# after letters
if reads_text:
    assert "psychologist" in train, "the text says that the training text contains this word"
    start = test[page].index("psychologist")
    more = shown["the network"] - shown["Kneser-Ney"]
    assert np.mean(more[start : start + len("psychologist")] > 0) > 0.6, "for most letters"
# after writer
assert gb.num_params(model) == 88_107, "the text gives this number of parameters"
if reads_text:
    a, b = (gb.write(model, text, prefix=p, num_chars=150)[-60:] for p in ("the time", "what"))
    repeated = [any(s[i : i + 6] * 1 in s[i + 6 :] for i in range(20)) for s in (a, b)]
    assert all(repeated), "the text asks whether both end in a loop"
