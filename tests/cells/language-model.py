# after unseen
if reads_text:
    assert counts[""]["h"] > counts[""]["y"], "the text says that h is more frequent"
    assert counts["t"]["h"] > counts[""]["h"] / 2, "the text says that h mostly follows t"
    assert predecessors[""]["h"] < predecessors[""]["y"], "the text says that y follows more"
