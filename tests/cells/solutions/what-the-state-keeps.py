# after exercise-1-code
for prefix in ("he said (it was so", "he said it was so", "he said (so"):
    for model in models:
        assert probabilities_after([prefix], model)[0, text.index[")"]] < 0.05, prefix
