# after larger
if reads_text:
    assert larger + 0.1 < min(of_seeds), "twice as many units: clearly lower"
    assert larger + 0.1 < longer, "twice as many epochs help much less"
