# after exercise-1-code
if reads_text:
    assert all(0.1 < share < 0.14 for share in kept[0.01]), "a little more than 0.112"
    assert max(kept[0.5]) < 0.02, "hardly anything is left"

# after exercise-2-code
if reads_text:
    assert min(nats[3]) > 0.05, "three characters later, the change still matters"
    assert max(nats[8]) < 0.04, "eight characters later, it hardly matters"
    times = [number for k in (1, 3, 5, 8) for number in quotients[k]]
    assert min(times) > 1.2 and max(times) < 3, f"{times}: about twice the square of the trace"

# after evidence-counter
if reads_text:
    assert min(of_units) > 0.55 and abs(np.median(of_units) - of_tables[0]) < 0.08, "as a table"
    assert of_tables[1] > max(of_units) + 0.1, "a table of the last three does better"

# after evidence-probe
if reads_text:
    for how in ("last three", "state alone", "30,000 characters"):
        trained, random = (found[how][name][:4] for name in ("trained", "random"))
        assert (random > trained).all(), f"{how}: more from the random layer"
    for bent in ("random, then trained", "trained, shuffled"):
        shares = (found["last three"][name][0] for name in (bent, "random"))
        assert np.subtract(*shares) < -0.15, f"{bent}: far less than from the random layer"

# after evidence-later
if reads_text:
    rest = {k: np.mean(of, axis=0)[1] for k, of in harm.items()}
    assert rest[2] < min(0.05, rest["a random number"]) < rest[0], rest

# after evidence-strings
if reads_text:
    assert max(of_strings["unread", "never"]) < 0.025, of_strings
    known = [np.mean(of_strings[part, "twice or more"]) for part in parts]
    assert 0.03 < known[0] < known[1], f"{known} bits in strings that were read"

# after evidence-starts
if reads_text:
    for kind in ("zeros", "mean", "others"):
        unread, read = (beyond_five[kind, part] for part in parts)
        assert read > 2 * unread, f"{kind}: {unread} and {read}"
