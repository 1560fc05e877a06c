# after evidence-brackets
assert np.min(remembered["one in ten"]) > 0.05, "with other seeds, they are remembered as well"
assert np.max(np.abs(remembered["one in fifty"])) < 0.01, "the section says: none of four"
if reads_text:
    assert np.max(np.abs(np.array(remembered["in the novel"])[:, 1:])) < 0.01, "for five characters"

# after evidence-vowels
if reads_text:
    for name in ("before training", "random order"):
        assert (places[name] > 1).all(), "without anything learned, the vowels do not come first"
        assert np.median(places[name]) > 200, "and are not near the top"
    for name in ("other seeds", "64 units", "200 epochs", "no recurrence"):
        assert (places[name] == 1).any(axis=0).all(), (
            "in some networks of each kind, they come first"
        )
        assert places[name].max() < 400, "and in all, they are near the top"
    assert (places["other seeds"] == 1).sum(axis=0).min() >= 7, "in most networks with other seeds"
