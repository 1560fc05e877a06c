# after ex3-step
assert (C - H).abs().max().asscalar() < 1e-4, "the text says that the two steps are one"

# after ex4-print
assert max(max(found) for found in begun_as_opposites.values()) < 0.6, (
    "the text says that none of the runs learns the task"
)
