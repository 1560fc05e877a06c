"""What is asserted of the cells of rnn-gluon.ipynb: see checks/assertions.py."""

# after biases
assert early[1] > early[2] + 0.5, "the text says that two biases end higher after five epochs"
assert abs(early[2] - early[0]) < 0.05, "with one bias fixed the layer should be our loop"
if reads_text:
    assert late[0] > late[1] + 0.1, "the text says: still higher after 40 epochs"
# after changes
if reads_text:
    best = {name: [values[0] for values in found] for name, found in reached.items()}
    assert max(best["relu", 64]) < min(best["tanh", 64]), "ReLU is better with 64 units"
    assert max(best["relu", 256]) < min(best["tanh", 256]), "ReLU is better with 256 units"
    assert max(best["tanh", 64]) < min(best["tanh", 256]), "with tanh, more units are worse"
    assert sum(best["relu", 256]) < sum(best["relu", 64]), "with ReLU, more units are better"
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
    assert early_stopped < at_the_end / 3, "the text says: less than a third"
    best_count = baseline["validation"]["interpolated"]
    assert min(epoch.perplexity for epoch in keep) > best_count, "the curve stays above counting"
# after writer
assert gb.num_params(model) == 88_107, "the text gives this number of parameters"
if reads_text:
    a, b = (gb.write(model, text, prefix=p, num_chars=150)[-60:] for p in ("the time", "what"))
    repeated = [any(s[i : i + 6] * 1 in s[i + 6 :] for i in range(20)) for s in (a, b)]
    assert all(repeated), "the text asks whether both end in a loop"
