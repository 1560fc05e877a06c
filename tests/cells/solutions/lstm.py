# after ex3-step
assert (C - H).abs().max().asscalar() < 1e-4, "the text says that the two steps are one"

# after ex4-print
assert max(max(found) for found in begun_as_opposites.values()) < 0.6, (
    "the text says that none of the runs learns the task"
)

# after evidence-recall
for (bias, drawn, _, num_batches), found in recalled.items():
    learned = sum(accuracy > 0.9 for accuracy in found)
    if drawn == "by gate, tripled":
        assert 0 < learned < 6, "the text says that some learned it, three of ten"
    elif bias == 0 and num_batches == 200:
        assert max(found) < 0.6, "the section says that none learned it with ordinary weights"
    if num_batches == 2_000:
        assert 1 <= learned < 3, "the section says one of three"
    if bias == 1:
        assert learned >= 2 if drawn == "by gate" else learned == 0, (
            "the section says that larger weights help"
        )

# after evidence-frozen
for (name, seed), (ratio, full, after) in rises.items():
    if name in ("bias 5", "bias 5, Adam"):
        assert max(abs(ratio - 1)) < (0.04 if "Adam" in name else 0.005), (name, seed, ratio)
    if name in ("bias 1, Adam", "bias 2"):
        assert min(ratio) > 1.15, (name, seed, ratio)
    if name == "bias 3":
        assert max(abs(ratio - 1)) < 0.3, "the text says that a bias of 3 is close to one of 5"
    if name == "bias 5":
        assert abs(after - 5) < 0.05, "the section says that the mean bias is still 5.0"
    if name == "bias 5, b_i = -5":
        assert full < 0.2, "the text says that the cells stay below saturation"

# after evidence-refitted
for (bias, _), cost in costs.items():
    if bias == 1:
        assert 1.1 < cost < 1.5, ("the section says that frozen cells cost about a quarter", cost)
    else:
        assert abs(cost - 1) < 0.05, ("the section says that frozen cells cost nothing", cost)
