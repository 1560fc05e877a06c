# after plain-loop
if reads_text:
    assert 11 < perplexity < 13.5
assert min(norms) > 0.05, "the text says that each is many times as long as the threshold"
# after train
for name, curve in curves.items():
    assert curve[-1].perplexity < (10 if "training" in name else 12), (
        f"{name}: it learned too little"
    )
# after test
if reads_text:
    for sampling, model in models.items():
        reached = gb.evaluate_perplexity(model, text.test)
        assert bar["test"]["interpolated"] + 1 < reached < bar["test"]["bigram"], sampling
# after trigram
assert drawn.startswith("traveller") and len(drawn) == len("traveller") + 50
if reads_text:
    loop = " and the the the the the the the the the the the t"
    assert write_by_trigrams("traveller", num_chars=50) == "traveller" + loop
