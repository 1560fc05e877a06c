# after exercise-1-times
assert all(len(times) == 5 and min(times.values()) > 0 for times in seconds.values())
# after exercise-1-figure
assert len(said) == 2
# after exercise-2-run
assert histories["with detach"][0] == histories["without detach"][0]
# after exercise-2-times
assert all(min(seconds_taken) > 0 for _, _, seconds_taken in histories.values())
