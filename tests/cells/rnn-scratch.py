# after clipping
w = nd.array([3, 4], ctx=ctx)
w.attach_grad()
for theta in (10, 1, 0.3):
    found = []
    for clip in (grad_clipping, gb.grad_clipping):
        with autograd.record():
            half_square = (w**2).sum() / 2
        half_square.backward()
        found.append([clip([w], theta).asscalar(), *w.grad.asnumpy()])
    for ours, of_the_package in zip(*found, strict=True):
        assert abs(ours - of_the_package) < 1e-5, found
# after toy
assert perplexities[-1] > 1.59, "the text says that it stays above the bound without memory"
recurrent = toy_models["recurrent"]
assert gb.evaluate_perplexity(recurrent, gb.Text("aab" * 10).train) < 1.05, "nearly certain"
ours, of_the_package = (
    train(ScratchModel(2, toy.size), toy, 5, 10, 0.1, batch_size=2, num_steps=5)
    for train in (train_model, gb.train_model)
)
for found, expected in zip(ours, of_the_package, strict=True):
    assert all(abs(a / b - 1) < 1e-4 for a, b in zip(found, expected, strict=True))
for writer in (write, gb.write):
    assert writer(recurrent, toy, prefix="ba", num_chars=10) == "baabaabaabaa"
# after plain-loop
if reads_text:
    assert 11 < perplexities[-1] < 13.5, "the loop should learn as much as with the first seeds"
assert min(norms) > 0.05, "the text says that each is many times as long as the threshold"
# after without-clipping
assert clipped["recurrent", 100, 0.01] == 1, "the text says that every step was clipped"
assert clipped["recurrent", 3, 0.5] < 0.1, "the text says that few steps were clipped"
if reads_text:
    lost = {setting: sum(not found < 60 for found in reached[setting]) for setting in settings}
    assert lost["recurrent", 3, inf] > 0, "the text says that some runs were lost"
    kept = ("recurrent", 3, 0.5), ("no memory", 3, inf), ("recurrent", 1.5, inf)
    assert not any(lost[setting] for setting in kept), "the text says: none of five"
# after test
ours, of_the_package = (f(model, text.test) for f in (evaluate_perplexity, gb.evaluate_perplexity))
assert abs(ours / of_the_package - 1) < 1e-4, "the two functions measure the same"
if reads_text:
    assert tables["trigram"] < ours < tables["bigram"], "the text says between the two"
# after loops
if reads_text:
    assert written[-60:] in written[:-1], "the text says that the model repeats itself"
