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
# after exercise-5-code
if reads_text:
    assert history[-1].perplexity < 2.5, "the largest model should memorise"
    assert best.number <= 60 and on_validation[-1].perplexity > best.perplexity + 2, best

# after sampling-load
by_seed = {
    order: np.exp(losses(order, state).mean(axis=1))
    for order, state in (mistake, in_order, ("random", "zeros"), ("random starts", "zeros"))
}
assert max(by_seed["shuffled"]) < min(by_seed["adjacent"]), "better than adjacent sampling"


def interval(kind, baseline, **how):
    return gb.bootstrap_interval(losses(*kind, **how), losses(*baseline, **how))


assert interval(mistake, ("random", "zeros"))[1] < 0, "better than random sampling"
low, high = interval(mistake, ("random starts", "zeros"))
assert low < 0 < high, "only random starts are about as good"
for other in (in_order, ("random", "zeros"), ("random starts", "zeros")):
    by_reading = [
        (losses(*mistake, read=read).mean() - losses(*other, read=read).mean())
        for read in ("at once", "from zeros")
    ]
    assert abs(by_reading[0] - by_reading[1]) < 0.01, f"{other}: less than one percent"

# after sampling-why
for name, baseline in {
    ("adjacent", "of another row"): in_order,
    ("adjacent", "zeros"): in_order,
    ("shuffled", "zeros"): ("adjacent", "zeros"),
}.items():
    low, high = gb.bootstrap_interval(losses(*name), losses(*baseline))
    assert low < 0 < high, f"{name}: no clear difference"
low, high = gb.bootstrap_interval(losses("adjacent", "of random rows"), losses(*in_order))
assert low > -0.06 and high < 0, "four or five percent"
low, high = gb.bootstrap_interval(losses(*different), losses(*same))
assert high < 0, "it is the variety that helped"

# after sampling-falling
for kind in (
    mistake,
    ("adjacent", "of another row"),
    ("adjacent", "of random rows"),
    ("adjacent", "zeros"),
):
    ratio = np.exp((losses(*kind, "falling") - losses(*in_order, "falling")).mean())
    assert 0.975 < ratio < 1.005, f"{kind}: no more than two percent"
assert high < 1, "in order at a falling rate is better than the mistake at a constant rate"
constant_rate = (mistake, in_order, ("random", "zeros"), ("random starts", "zeros"))
assert falling.mean(axis=1).max() < min(
    losses(*kind).mean(axis=1).min() for kind in constant_rate
), "better than the best of those that were trained at a constant rate"

# after evidence-longer
if reads_text:
    for name in settings:
        assert max(longer[name, 64]) < min(longer[name, 256]), f"{name}: the larger one is behind"

# after evidence-words
if reads_text:
    assert len(paid_more) == 4, "the ledger says: four places"
    for found in paid_more:
        assert max(found, key=found.get) == "once", found
