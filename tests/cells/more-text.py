# after live
# Another processor rounds differently, and a run that is otherwise the same drifts away.
stored = [
    r.result["test"] for r in gb.load_runs("measured/size.json") if r.setting["text"] == "novel"
]
if reads_text:
    assert 0.97 * min(stored) < here < 1.03 * max(stored), (here, stored)
