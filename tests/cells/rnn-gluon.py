# after times
# Times depend on what else the computer does, so the reason that the text gives is asserted.
def num_operators(model):
    with mx.autograd.record():
        logits, _ = model(nd.zeros((32, 35), ctx=ctx), model.begin_state(batch_size=32, ctx=ctx))
    return mx.autograd.get_symbol(logits).tojson().count('"op"')


operators = {name: num_operators(other) for name, other in models.items()}
assert operators["from scratch"] > 100 > 20 > operators["Gluon"], operators
# after biases
loop, two_biases, one_bias = found
assert two_biases > one_bias + 0.5, "two biases should end higher"
assert abs(one_bias - loop) < 0.05, "with one bias fixed the layer should be our loop"
# after calls-of-2018
assert all(
    old.perplexity == new.perplexity for old, new in zip(old_history, history[:10], strict=True)
)
# after train
if reads_text:
    assert curve[-1].perplexity < 1.4 < curve[0].perplexity
# after best-epoch
if reads_text:
    assert 30 <= keep.best.number <= 60, keep.best
    assert baseline["test"]["interpolated"] < gb.evaluate_perplexity(model, text.test) < 9.5
    assert at_the_end > baseline["test"]["unigram"]
    assert gb.evaluate_perplexity(model, text.test) < at_the_end / 3, "the text says so"
    assert min(epoch.perplexity for epoch in keep) > baseline["validation"]["interpolated"]
# after verbatim
if reads_text:
    medians = {
        who: np.median([len(gb.longest_copy(piece, text.decode(text.train))) for piece in pieces])
        for who, pieces in written.items()
    }
    assert 2 < medians[200] / medians["novel"] < 3.2, "the text says: more than twice as long"
    assert medians[200] > medians[50] + 3, medians
# after writer
assert gb.num_params(model) == 88_107
if reads_text:
    a, b = (gb.write(model, text, prefix=p, num_chars=150)[-60:] for p in ("the time", "what"))
    repeated = [any(s[i : i + 6] * 1 in s[i + 6 :] for i in range(20)) for s in (a, b)]
    assert all(repeated), "the text asks whether both end in a loop"
