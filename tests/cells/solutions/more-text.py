# after larger
if reads_text:
    assert larger + 0.1 < min(of_seeds), "twice as many units: clearly lower"
    assert larger + 0.1 < longer, "twice as many epochs help much less"

# after evidence-size
assert [blocks >= 17 for _, blocks in lead.values()] == [True, True]
assert max(ratio for ratio, _ in lead.values()) < 0.98

# after evidence-discounts
assert min(low for low, _ in finer[160_000]) > 1, "every table is ahead"
assert max(high for length in (640_000, None) for _, high in finer[length]) < 1, "every network"

# after evidence-quotation
assert min(correlations[20][:2]) > 0.6, "by ranks, and without the block that is quoted most"
assert max(correlations[5]) < -0.5
assert abs(correlations[20][2]) < 0.2, "no slope in the middle"

# after evidence-unquoted
kept = ("nothing", "as much elsewhere")
assert slopes["quotations", 20] + 0.3 < min(slopes[name, 20] for name in kept)
assert most_quoted["quotations"] + 0.2 < min(most_quoted[name] for name in kept)
