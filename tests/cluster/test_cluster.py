"""Several processes together train as one does, and if one of them fails, all end."""

import gluonbook as gb  # isort: skip  # before mxnet
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import rnn

from gluonbook import cli, cluster
from gluonbook.cluster import __main__ as command_line
from gluonbook.cluster import launcher
from tests import LIMIT, ROOT

TEXT = "the quick brown fox jumps over the lazy dog. " * 4

# What each worker runs: it draws parameters of its own, tells when an epoch is over, and
# at the end which numbers it has seen. Its patience is tried from when there is a file
# "counting": before, a busy machine may take any number of seconds until all have begun.
WORKER = """
import json, pathlib, sys, time, types
import gluonbook as gb
import mxnet as mx
from gluonbook import cluster
from gluonbook.support import watchdog
from mxnet.gluon import rnn

folder, text, num_epochs, patience = json.loads(sys.argv[1])
folder = pathlib.Path(folder)
is_counting = (folder / "counting").exists
now = lambda: time.monotonic() if is_counting() else 0
watchdog.time = types.SimpleNamespace(monotonic=now, sleep=time.sleep)
kvstore = cluster.join(patience)
idx_to_char = sorted(set(text))
mx.random.seed(1 + kvstore.rank)
model = gb.RNNModel(rnn.LSTM(16), len(idx_to_char))

def tell(epoch):
    (folder / f"began {kvstore.rank}").touch()

epochs = gb.train_data_parallel(
    model, len(idx_to_char), [mx.cpu(0), mx.cpu(1)], [idx_to_char.index(char) for char in text],
    num_epochs, 5, 2.0, 0.3, 4, kvstore=kvstore, callbacks=[tell]
)
result = [epoch.perplexity for epoch in epochs]
(folder / f"worker {kvstore.rank}.json").write_text(json.dumps(result))
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Let processes that are started from here find the package, and have no long time to end."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(launcher, "GRACE", 1)  # one that is stopped does not end before it is over


def command(folder, *, num_epochs=4, patience=LIMIT):
    if patience == LIMIT:
        (folder / "counting").touch()
    return [sys.executable, "-c", WORKER, json.dumps([str(folder), TEXT, num_epochs, patience])]


def is_running(pid):
    """Tell whether a process is there and not merely waiting to be cleared away."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition):
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def train_alone(model, num_epochs, callbacks=()):
    """Train in this process what the workers train together."""
    corpus_indices = [sorted(set(TEXT)).index(char) for char in TEXT]
    ctxs = [mx.cpu(0), mx.cpu(1)]
    return gb.train_data_parallel(
        model,
        len(set(TEXT)),
        ctxs,
        corpus_indices,
        num_epochs,
        5,
        2.0,
        0.3,
        4,
        callbacks=callbacks,
    )


# --- the same numbers -----------------------------------------------------------------


def test_four_processes_on_hosts_train_as_one(tmp_path, monkeypatch):
    # What stands in for ssh runs the command in a shell, as the other side would.
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nwhile [ "$1" = -o ]; do shift 2; done\ncd / && exec sh -c "$2"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    cluster.launch(command(tmp_path), 2, 2, hosts=["localhost"])

    mx.random.seed(1)
    alone = train_alone(gb.RNNModel(rnn.LSTM(16), len(set(TEXT))), 4)
    told = [json.loads((tmp_path / f"worker {i}.json").read_text()) for i in range(2)]
    assert told[0] == told[1]
    np.testing.assert_allclose(told[0], [epoch.perplexity for epoch in alone], rtol=1e-5)


# --- going on ---------------------------------------------------------------------------


def options(folder, num_epochs, **changes):
    """Return what the command is told, to train a small model."""
    (folder / "text.txt").write_text(TEXT)
    told = {"epochs": num_epochs, "hiddens": 8, "batch-size": 4, "steps": 5}
    told |= {"lr": 2.0, "clip": 0.3, "report": 1, "folder": folder / "run"} | changes
    return [str(folder / "text.txt"), *(f"--{name}={value}" for name, value in told.items())]


def run(folder, num_epochs):
    """Start the command; return the launcher."""
    return subprocess.Popen(
        [sys.executable, "-m", "gluonbook.cluster", *options(folder, num_epochs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def children(pid):
    """Return the processes that a process has started, each with its role in the cluster."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    roles = (
        Path(f"/proc/{child}/environ").read_text().split("GLUONBOOK_ROLE=")[1] for child in found
    )
    return [(int(child), role.split("\0")[0]) for child, role in zip(found, roles, strict=True)]


def perplexities(report):
    """Return the number of each epoch and its perplexity, as reports tell them."""
    found = re.findall(r"^epoch (\d+), perplexity ([\d.]+), time", report, re.MULTILINE)
    return {int(number): float(perplexity) for number, perplexity in found}


def test_a_training_that_lost_a_worker_goes_on_with_the_same_numbers(tmp_path, capsys):
    with run(tmp_path, 10**6) as starter:
        for _ in range(3):
            starter.stdout.readline()
        worker = next(pid for pid, role in children(starter.pid) if role == "worker")
        os.kill(worker, signal.SIGKILL)
        said = starter.stderr.read()
    assert starter.returncode == 1
    assert re.fullmatch(r"error: worker \d on 127.0.0.1 was killed by SIGKILL.*\n", said)

    done = json.loads((tmp_path / "run" / "checkpoint.json").read_text())["epoch"]
    with run(tmp_path, done + 5) as starter:
        report = perplexities(starter.stdout.read())
    assert starter.returncode == 0
    assert list(report) == list(range(done + 1, done + 6))

    mx.random.seed(1)
    model = gb.RNNModel(rnn.RNN(8), len(set(TEXT)))
    alone = train_alone(model, done + 5)
    expected = [epoch.perplexity for epoch in alone[done:]]
    np.testing.assert_allclose(list(report.values()), expected, atol=1e-6)

    # What was trained here is of use for the other commands.
    assert cli.main(["evaluate", str(tmp_path / "run"), str(tmp_path / "text.txt")]) == 0
    assert cli.main(["sample", str(tmp_path / "run")]) == 0
    assert "the quick " in capsys.readouterr().out


def test_another_training_is_left_as_it_is(tmp_path, monkeypatch, capsys):
    settings = {"num_epochs": 1, "num_steps": 5, "lr": 2.0, "clipping_theta": 0.3, "batch_size": 4}
    settings |= {"pred_period": 1, "pred_len": 50, "prefixes": [TEXT[:10]]}
    model = gb.RNNModel(rnn.RNN(8), len(set(TEXT)))
    keep = gb.Checkpoint(tmp_path / "run", model, sorted(set(TEXT)), settings)
    train_alone(model, 1, callbacks=[keep])
    before = (tmp_path / "run" / "checkpoint.json").read_bytes()
    monkeypatch.setattr(sys, "argv", ["cluster", *options(tmp_path, 2, lr=1.0)])
    assert command_line.main() == 2
    assert (
        "holds a training run with lr 2.0, not 1.0; it is left as it is" in capsys.readouterr().err
    )
    assert (tmp_path / "run" / "checkpoint.json").read_bytes() == before


@pytest.mark.parametrize("change", ["text", "part"])
def test_another_text_is_not_gone_on_with(change, tmp_path, monkeypatch, capsys):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    settings = {"num_epochs": 1, "num_steps": 5, "lr": 2.0, "clipping_theta": 0.3, "batch_size": 4}
    settings |= {"pred_period": 1, "pred_len": 50, "prefixes": [TEXT[:10]]}
    notes = {"text": str(path), "sha256": cli.hash_of(path), "num_chars": None}
    if change == "part":
        notes["num_chars"] = 100
    model = gb.RNNModel(rnn.RNN(8), len(set(TEXT)))
    keep = gb.Checkpoint(tmp_path / "run", model, sorted(set(TEXT)), settings, notes=notes)
    train_alone(model, 1, callbacks=[keep])
    before = (tmp_path / "run" / "checkpoint.json").read_bytes()
    command_of = options(tmp_path, 2)
    if change == "text":
        path.write_text(TEXT[:100] + TEXT[100:].replace("fox", "oxf"))
    monkeypatch.setattr(sys, "argv", ["cluster", *command_of])
    assert command_line.main() == 2
    said = "it has changed" if change == "text" else "a part of the text only, the first 100"
    assert said in capsys.readouterr().err
    assert (tmp_path / "run" / "checkpoint.json").read_bytes() == before


# --- one fails, all end ---------------------------------------------------------------


def launch_and_hurt(
    monkeypatch, tmp_path, victim, signal_number, patience_of_launcher=LIMIT, **changes
):
    """Launch a training without end, and send a signal to some processes once it is on its way.

    Raise what the launcher raises.
    """
    pids, over = [], threading.Event()
    watch = launcher.watch

    def watch_and_hurt(members, patience):
        pids.extend(member.process.pid for member in members)
        victims = [member.process.pid for member in members if member.name.startswith(victim)]
        assert victims

        def hurt():
            wait_until(lambda: (tmp_path / "began 0").exists() or over.is_set())
            for pid in victims:
                os.kill(pid, signal_number)
            (tmp_path / "counting").touch()

        hurting = threading.Thread(target=hurt)
        hurting.start()
        try:
            watch(members, patience)
        finally:
            over.set()
            hurting.join()

    monkeypatch.setattr(launcher, "watch", watch_and_hurt)
    endless = command(tmp_path, num_epochs=10**6, **changes)
    try:
        cluster.launch(endless, 2, patience=patience_of_launcher)
    finally:
        assert len(pids) == 4
        assert not any(map(is_running, pids))


@pytest.mark.parametrize("victim", ["worker 1", "server 0", "scheduler"])
def test_a_process_that_is_killed_ends_all_others(victim, monkeypatch, tmp_path):
    with pytest.raises(cluster.ClusterError, match=rf"{victim}.* was killed by SIGKILL"):
        launch_and_hurt(monkeypatch, tmp_path, victim, signal.SIGKILL)


def test_a_server_that_no_longer_answers_ends_all(monkeypatch, tmp_path, capfd):
    with pytest.raises(cluster.ClusterError, match=r"worker . on .* ended with code 1"):
        launch_and_hurt(monkeypatch, tmp_path, "server 0", signal.SIGSTOP, patience=4)
    assert "gave up after 4 seconds without a mini-batch" in capfd.readouterr().err


@pytest.mark.parametrize("victim", ["worker", "scheduler"])
def test_processes_that_stand_still_are_not_waited_for_longer_than_that(
    victim, monkeypatch, tmp_path
):
    with pytest.raises(cluster.ClusterError, match=rf"{victim} 0 on .* stopped by a signal for 2 "):
        launch_and_hurt(monkeypatch, tmp_path, victim, signal.SIGSTOP, patience_of_launcher=2)


def test_a_process_that_stands_still_for_a_while_may_go_on(monkeypatch):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    members = [launcher.Member("worker 0 on 127.0.0.1", process)]
    now = 0.0
    monkeypatch.setattr(launcher.time, "monotonic", lambda: now)
    rounds = 0

    def pass_time(seconds):
        # Twice stopped, and each time for less than the patience.
        nonlocal now, rounds
        now, rounds = now + 2, rounds + 1
        if rounds in (1, 4):
            process.send_signal(signal.SIGSTOP)
        elif rounds in (3, 6):
            process.send_signal(signal.SIGCONT)
        elif rounds == 7:
            process.communicate(b"\n")
        while rounds < 7 and launcher.is_stopped(process) != (rounds in (1, 2, 4, 5)):
            pass

    monkeypatch.setattr(launcher.time, "sleep", pass_time)
    launcher.watch(members, 5)
    assert rounds == 7


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_survives_its_launcher(signal_number, tmp_path):
    with run(tmp_path, 10**6) as starter:
        assert starter.stdout.readline().startswith("epoch 1, perplexity ")
        started = children(starter.pid)
        roles = sorted(role for _, role in started)
        assert roles == ["scheduler", "server", "worker", "worker"]
        starter.send_signal(signal_number)
        starter.stdout.read()
    assert starter.returncode == (1 if signal_number == signal.SIGTERM else -signal.SIGKILL)
    wait_until(lambda: not any(is_running(pid) for pid, _ in started))


def test_an_error_in_a_worker_ends_all(tmp_path, capfd):
    failing = command(tmp_path, num_epochs=10**6)
    failing[2] = WORKER.replace(".touch()", ".touch(); assert kvstore.rank == 0, 'no more'")
    with pytest.raises(cluster.ClusterError, match=r"worker . on .* ended with code 1"):
        cluster.launch(failing, 2)
    assert "AssertionError: no more" in capfd.readouterr().err


# What the workers do when they have trained: one is at its end, and the other is not.
ASLEEP = """
import os
(folder / f"done {kvstore.rank}").write_text(str(os.getpid()))
if kvstore.rank == 1:
    while not (folder / "done 0").exists():
        time.sleep(0.1)
    (folder / "counting").touch()
    time.sleep(1000)
"""


def asleep(folder, patience):
    program = command(folder, num_epochs=1, patience=patience)
    program[2] += ASLEEP
    return program


def test_a_worker_that_is_done_does_not_wait_for_ever_for_one_that_is_not(tmp_path, capfd):
    with pytest.raises(cluster.ClusterError, match=r"worker . on .* ended with code 1"):
        cluster.launch(asleep(tmp_path, 3), 2, patience=3)
    assert "worker 0 is done and gave up after 3 seconds" in capfd.readouterr().err
    pids = [int((tmp_path / f"done {rank}").read_text()) for rank in range(2)]
    assert not any(map(is_running, pids))


LAUNCH = """
import json, sys
from gluonbook import cluster
cluster.launch(json.loads(sys.argv[1]), 2)
"""


@pytest.mark.parametrize("stopped", [None, "scheduler", "server"])
def test_nobody_who_is_done_survives_a_launcher_that_is_killed(stopped, tmp_path):
    program = json.dumps(asleep(tmp_path, LIMIT))
    with subprocess.Popen([sys.executable, "-c", LAUNCH, program]) as launching:
        wait_until(lambda: all((tmp_path / f"done {rank}").exists() for rank in range(2)))
        started = children(launching.pid)
        for pid, role in started:
            if role == stopped:
                os.kill(pid, signal.SIGSTOP)
        time.sleep(1)  # so that worker 0 waits for the others
        launching.kill()
    wait_until(lambda: not any(is_running(pid) for pid, _ in started))


def test_workers_that_are_done_do_not_wait_for_ever_for_a_scheduler(monkeypatch, tmp_path, capfd):
    program = command(tmp_path, num_epochs=1, patience=3)
    program[2] += (
        "(folder / f'done {kvstore.rank}').touch()\n"
        "while not (folder / 'counting').exists(): time.sleep(0.1)"
    )
    watch = launcher.watch

    def watch_and_stop(members, patience):
        def stop():
            wait_until(lambda: all((tmp_path / f"done {rank}").exists() for rank in range(2)))
            members[0].process.send_signal(signal.SIGSTOP)
            (tmp_path / "counting").touch()

        stopping = threading.Thread(target=stop)
        stopping.start()
        try:
            watch(members, patience)
        finally:
            stopping.join()

    monkeypatch.setattr(launcher, "watch", watch_and_stop)
    with pytest.raises(cluster.ClusterError, match=r"worker . on .* ended with code 1"):
        cluster.launch(program, 2)
    assert "is done and gave up after 3 seconds" in capfd.readouterr().err


@pytest.mark.parametrize("patience", [0, -1, float("nan"), float("inf")])
def test_a_patience_that_is_none_is_refused(patience, monkeypatch, tmp_path, capsys):
    with pytest.raises(ValueError, match="patience is a number of seconds above 0"):
        cluster.launch([sys.executable, "-c", ""], 1, patience=patience)
    monkeypatch.setenv("GLUONBOOK_ROLE", "worker")
    with pytest.raises(ValueError, match="patience is a number of seconds above 0"):
        cluster.join(patience)
    monkeypatch.delenv("GLUONBOOK_ROLE")
    monkeypatch.setattr(sys, "argv", ["cluster", *options(tmp_path, 2, patience=patience)])
    assert command_line.main() == 2
    assert "patience is a number of seconds above 0" in capsys.readouterr().err


def test_ctrl_c_is_answered_in_one_line(monkeypatch, tmp_path, capsys):
    def interrupt(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "launch", interrupt)
    monkeypatch.setattr(sys, "argv", ["cluster", *options(tmp_path, 2)])
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert command_line.main() == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capsys.readouterr().err == "interrupted: all processes were ended\n"


@pytest.mark.parametrize("host", ["no-such-machine.invalid", "x" * 300, ""])
def test_a_machine_without_an_address_is_named(host):
    with pytest.raises(OSError, match=f"the machine '{host}' has no address"):
        cluster.launch([sys.executable, "-c", ""], 1, hosts=[host])


def test_all_are_ended_even_if_that_is_interrupted(monkeypatch):
    stubborn = """
import signal
signal.signal(signal.SIGTERM, lambda *_: print("asked", flush=True))
print("begun", flush=True)
while True:
    signal.pause()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", stubborn],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for process in processes:
        process.stdout.readline()

    def interrupt():
        for process in processes:
            process.stdout.readline()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    monkeypatch.setattr(launcher, "GRACE", LIMIT)
    with pytest.raises(KeyboardInterrupt):
        launcher.end(processes)
    assert all(process.returncode == -signal.SIGKILL for process in processes)
    for process in processes:
        process.stdout.close()


def test_who_is_to_be_trusted_is_said():
    assert "no authentication" in command_line.arguments().format_help()
    assert "authentication" in cluster.__doc__ and "trusted" in cluster.launch.__doc__


def test_a_worker_that_reaches_nobody_gives_up(tmp_path):
    (tmp_path / "counting").touch()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {
            "GLUONBOOK_ROLE": "worker",
            "DMLC_PS_ROOT_URI": "127.0.0.1",
            "DMLC_PS_ROOT_PORT": str(silent.getsockname()[1]),
            "DMLC_NODE_HOST": "127.0.0.1",
            "DMLC_NUM_SERVER": "1",
            "DMLC_NUM_WORKER": "1",
        }
        worker = subprocess.Popen(
            command(tmp_path, patience=1),
            env=os.environ | settings,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with worker:
            said = worker.stderr.read()
    assert worker.returncode == 1
    assert "gave up after 1 seconds: it did not reach the scheduler at 127.0.0.1:" in said
