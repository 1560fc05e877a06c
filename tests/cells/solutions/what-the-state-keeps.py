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
    for how in ((10_000, 0), (30_000, 0)):
        trained, random = (found[name, *how] for name in ("trained", "random"))
        assert (random[:4] > trained[:4]).all(), f"{how}: more from the random layer"

# after evidence-later
if reads_text:
    rest = {k: np.array(each)[:, 1:].sum(axis=1).mean() for k, each in harm.items()}
    assert rest[2] < 0.05 < rest[0], rest

# after evidence-pages
if reads_text:
    assert min(beyond["trained on them"]) > 2 * max(beyond["trained on others"]), beyond
