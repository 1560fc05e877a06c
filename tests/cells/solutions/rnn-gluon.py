# after exercise-1-times
for name, (model, _) in models.items():
    assert gb.evaluate_perplexity(model, text.validation) < 0.8 * text.size, name
# after exercise-3-frequencies
if reads_text:
    right, wrong = (gb.evaluate_perplexity(model, text.validation) for model in models.values())
    assert right < 10 and wrong > 18, "what was learned in the wrong order is of no use"
    alone = np.exp(-(frequencies * np.log(frequencies)).sum())
    assert curves["wrong order"][-1].perplexity < alone, "some of the wrong targets are memorised"
# after exercise-4-shares
assert 1.75 < further < 1.98, "the text says: nearly twice as far"
assert 0.85 < less < 0.99, "the text says: slightly less far"
# after exercise-5-code
if reads_text:
    assert history[-1].perplexity < 2.5, "the largest model should memorise"
    assert best.number <= 60 and on_validation[-1].perplexity > best.perplexity + 2, best

# after evidence-longer
if reads_text:
    for name in settings:
        assert max(longer[name, 64]) < min(longer[name, 256]), f"{name}: the larger one is behind"

# after evidence-words
if reads_text:
    assert len(paid_more) == 4, "the ledger says: four places"
    for found in paid_more:
        assert max(found, key=found.get) == "once", found
