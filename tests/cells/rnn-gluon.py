# after predict-untrained
written_untrained = predict_rnn_gluon(prefix="traveller", num_chars=10, model=model, **vocabulary)
assert written_untrained.startswith("traveller") and len(written_untrained) == 19
# after biases
two, one, loop = found
assert two > one + 0.5, "two biases should end higher"
assert abs(one - loop) < 0.05, "with one bias fixed the layer should be our loop"
# after train
if reads_text:
    assert curve[-1].perplexity < 1.4 < curve[0].perplexity
# after best-epoch
if reads_text:
    assert 30 <= keep.best.number <= 60, keep.best
    assert bar["test"]["interpolated"] < gb.evaluate_perplexity(model, text.test) < 9.5
    assert at_the_end > bar["test"]["unigram"]
    assert min(epoch.perplexity for epoch in keep) > bar["validation"]["interpolated"]
# after verbatim
if reads_text:
    medians = {
        who: np.median([len(gb.longest_copy(piece, text.decode(text.train))) for piece in pieces])
        for who, pieces in written.items()
    }
    assert medians[200] > max(1.5 * medians["Wells"], medians[50] + 3), medians
# after writer
assert sum(param.size for param in gb.params_of(model)) == 88_107
