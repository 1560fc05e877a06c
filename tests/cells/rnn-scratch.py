# after clipping
w = nd.array([3, 4], ctx=ctx)
w.attach_grad()
for theta, clipped in ((10, [3, 4]), (1, [0.6, 0.8]), (0.3, [0.18, 0.24])):
    found = []
    for clip in (grad_clipping, gb.grad_clipping):
        with autograd.record():
            half_square = (w**2).sum() / 2
        half_square.backward()
        found.append([clip([w], theta).asscalar(), *w.grad.asnumpy()])
    for norm_and_gradient in found:
        for a, b in zip(norm_and_gradient, [5, *clipped], strict=True):
            assert abs(a - b) < 1e-5, found
# after 2539ef1a
assert perplexities[-1] < 1.05, "the text says: with near certainty"
for writer in (write, gb.write):
    assert writer(toy_model, toy, prefix="ca", num_chars=8) == "cabcabcabc"
# after plain-loop
if reads_text:
    assert 11 < perplexities[-1] < 13.5, "the loop should learn as much as with the first seeds"
assert min(norms) > 0.05, "the text says that each is many times as long as the threshold"
# after without-clipping
if reads_text:
    without = {lr: sorted(found) for lr, found in reached.items() if lr != 100}
    assert max(reached[100]) < min(found[0] for found in without.values()), "no run does as well"
    assert without[1.5][-1] < 20, "the text says that all runs train"
    assert max(without[3]) > 1e3, "the text says that some diverge"
# after evaluate-check
assert abs(as_a_network - as_counts) < 1e-3 * as_counts, "a table of bigrams is measured twice"
ours, of_the_package = (f(model, text.test) for f in (evaluate_perplexity, gb.evaluate_perplexity))
assert abs(ours / of_the_package - 1) < 1e-4, "the two functions measure the same"
# after train
for name, curve in curves.items():
    assert curve[-1].perplexity < (10 if "training" in name else 12), (
        f"{name}: it learned too little"
    )
if reads_text:
    for sampling in ("random", "adjacent"):
        training, validation = curves[f"{sampling}, training"], curves[f"{sampling}, validation"]
        at = {epoch.number: epoch.perplexity for epoch in training}
        assert validation[0].perplexity < at[10], "the text says that the curve is below at first"
        assert validation[2].perplexity > at[30], "the text says that it is higher by epoch 30"
        assert validation[-1].perplexity > at[40] + 0.5, "and above in the end"
# after test
if reads_text:
    for sampling, model in models.items():
        reached = gb.evaluate_perplexity(model, text.test)
        assert baseline["test"]["interpolated"] + 1 < reached < baseline["test"]["bigram"], (
            f"with {sampling} sampling, the network lies between interpolation and bigrams"
        )
# after spelling
if reads_text:
    of_all, of_longer = (
        {name: sorted(values[which] for values in found)[2] for name, found in shares.items()}
        for which in (0, 1)
    )
    assert abs(of_all["network"] - of_all["bigrams"]) < 0.05 and 0.2 < of_all["network"] < 0.3, (
        "the text says: about a quarter, as with the bigrams"
    )
    assert 2 * of_longer["bigrams"] < of_longer["network"] < of_longer["trigrams"], of_longer
    assert 0.03 < of_longer["network"] < 0.08, "the text says: one in twenty"
    assert of_all["trigrams"] > max(of_all["network"], of_all["bigrams"]) + 0.05, of_all
# after trigram
if reads_text:
    assert written == "traveller and the the the the the the the the the the the t", (
        "the text says that the most probable trigrams repeat one word for ever"
    )
