"""A process that makes no progress ends itself."""

import os
import subprocess
import sys

import pytest

from tests import LIMIT, ROOT


def run(program):
    # The module needs none of the others, and they would take seconds to load.
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT / "gluonbook" / "support")},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )


@pytest.mark.parametrize(
    "program",
    [
        # Waiting inside a call that knows no Python, as MXNet's calls do.
        "watchdog.start(0, 'now'); ctypes.CDLL(None).sleep(3600)",
        "watchdog.start(3600, 'no'); watchdog.start(0, 'now'); time.sleep(3600)",
    ],
)
def test_a_process_without_progress_ends(program):
    done = run(f"import ctypes, time; from watchdog import watchdog; {program}")
    assert (done.returncode, done.stderr) == (1, "now\n")


# A clock that goes on when it is told to, and knows when the watchdog looks at it.
WITH_A_CLOCK = """
import threading, time, watchdog

class Clock:
    now = 0
    looks = threading.Semaphore(0)

    def monotonic():
        return Clock.now

    def sleep(seconds):
        Clock.looks.release()
        time.sleep(0.001)

watchdog.time = Clock
dog = watchdog.watchdog

def pass_time(seconds):
    Clock.now += seconds
    while Clock.looks.acquire(blocking=False):
        pass
    for _ in range(2):  # one look may have begun before
        Clock.looks.acquire()
    print("alive", flush=True)
"""


@pytest.mark.parametrize(
    ("program", "num_lives"),
    [
        ("dog.start(10, 'no'); pass_time(9); dog.pat(); pass_time(9); pass_time(2)", 2),
        (
            "dog.start(10, 'no'); dog.rest(); pass_time(99); dog.pat(); pass_time(9); pass_time(2)",
            2,
        ),
    ],
    ids=["pat", "rest"],
)
def test_progress_and_rest_keep_a_process_alive(program, num_lives):
    done = run(WITH_A_CLOCK + program)
    assert (done.returncode, done.stderr) == (1, "no\n")
    assert done.stdout == "alive\n" * num_lives


def test_a_pat_before_the_start_begins_nothing():
    done = run("from watchdog import watchdog; watchdog.pat(); assert watchdog._thread is None")
    assert (done.returncode, done.stderr) == (0, "")
