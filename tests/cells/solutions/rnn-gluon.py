# after exercise-1-times
for name, (model, _) in models.items():
    assert gb.evaluate_perplexity(model, text.validation) < 0.8 * text.size, name
# after exercise-2-run
assert histories["with detach"][0] == histories["without detach"][0]
assert np.diff(histories["without detach, graph retained"][1]).min() == 1, "the text says: by one"
# after exercise-3-frequencies
if reads_text:
    right, wrong = (gb.evaluate_perplexity(model, text.validation) for model in models.values())
    assert right < 10 and wrong > 18, "what was learned in the wrong order is of no use"
    alone = np.exp(-(frequencies * np.log(frequencies)).sum())
    assert curves["wrong order"][-1].perplexity < alone, "some of the wrong targets are memorised"
# after exercise-4-shares
assert 1.75 < further < 1.98, "the text says: nearly twice as far"
assert 0.85 < less < 0.99, "the text says: slightly less far"
# after exercise-4-alone
if reads_text:
    one, shorter, longer, two = (np.array(reached) for reached in after_five.values())
    assert min(longer - one) > 0.7 * max(two - one), "the longer steps do the harm"
    assert max(shorter - one) < 0.5 * min(longer - one), "the text says: by much less"
# after exercise-6-code
if reads_text:
    assert history[-1].perplexity < 2.5, "the largest model should memorise"
    assert best.number <= 60 and on_validation[-1].perplexity > best.perplexity + 2, best
