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
old, new = ([epoch.perplexity for epoch in epochs] for epochs in (old_history, history[:10]))
assert old == new, "the function of 2018 should train exactly as gb.train does"
# after train
if reads_text:
    assert curve[-1].perplexity < 1.4 < curve[0].perplexity, "the text is learned by heart"
# after best-epoch
if reads_text:
    assert 30 <= keep.best.number <= 60, keep.best
    reached = gb.evaluate_perplexity(model, text.test)
    assert baseline["test"]["interpolated"] < reached < 9.5, "counting with interpolation is better"
    assert at_the_end > baseline["test"]["unigram"], "in the end, even single characters are better"
    assert reached < at_the_end / 3, "the text says that the best epoch is far better than the last"
    best_count = baseline["validation"]["interpolated"]
    assert min(epoch.perplexity for epoch in keep) > best_count, "the curve stays above counting"
# after verbatim
if reads_text:
    medians = {
        who: np.median([len(gb.longest_copy(piece, text.decode(text.train))) for piece in pieces])
        for who, pieces in written.items()
    }
    assert 2 < medians[200] / medians["novel"] < 3.2, "the text says: more than twice as long"
    assert medians[200] > medians[50] + 3, medians
# after writer
assert gb.num_params(model) == 88_107, "the text gives this number of parameters"
if reads_text:
    a, b = (gb.write(model, text, prefix=p, num_chars=150)[-60:] for p in ("the time", "what"))
    repeated = [any(s[i : i + 6] * 1 in s[i + 6 :] for i in range(20)) for s in (a, b)]
    assert all(repeated), "the text asks whether both end in a loop"
