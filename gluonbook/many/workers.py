"""Start processes that train side by side, and make sure that all of them end."""

import contextlib
import multiprocessing
import os
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing import connection, resource_tracker
from pathlib import Path
from typing import Any

from gluonbook.many.member import work

# One thread for each process. MXNet reads this when it is imported.
ENVIRONMENT = {"OMP_NUM_THREADS": "1"}
LINES_OF_OUTPUT = 10
"""How many of the last lines that a process printed are shown if it crashes."""

# A setting and a seed.
Task = tuple[Any, int]


class Worker:
    """A process that trains once, and this end of the connection to it."""

    def __init__(self, train: Callable[[Any, int], Any], task: Task, output: Path):
        self.task, self.output = task, output
        self.begun = False
        self.share = 0.0
        """How much of the training is done."""
        spawn = multiprocessing.get_context("spawn")
        self.connection, other_end = spawn.Pipe()
        self.process = spawn.Process(
            target=work, args=(train, *task, other_end, output), daemon=True
        )
        with environment(ENVIRONMENT), without_interrupts():
            self.process.start()
        other_end.close()  # the process has it alone, so its end is noticed here

    def receive(self) -> tuple[Any, ...] | None:
        """Read a message; return it if it is the outcome of the training.

        Raises
        ------
        RuntimeError
            If the process has ended before it could begin.
        """
        try:
            word, *content = self.connection.recv()
        except (EOFError, ConnectionResetError):
            if not self.begun:
                raise RuntimeError(
                    f"a process that should have trained {self.how_it_ended()} before it could "
                    "begin, see above. It imports the file that train is in: does that work, and "
                    "does a script call train_many below if __name__ == '__main__': only?"
                ) from None
            return "error", f"{self.printed()}the process {self.how_it_ended()}"
        if word == "share":
            self.begun, self.share = True, *content
            return None
        return word, *content

    def how_it_ended(self) -> str:
        """Put the end of the process into words."""
        self.process.join()
        code = self.process.exitcode
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"

    def printed(self) -> str:
        """Return the last lines that the process printed."""
        lines = self.output.read_text(errors="replace").splitlines()
        return "".join(f"{line}\n" for line in lines[-LINES_OF_OUTPUT:])

    def end(self) -> None:
        """Kill the process: there is nothing that it would have to clean up."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def train_side_by_side(
    train: Callable[[Any, int], Any],
    tasks: Sequence[Task],
    num_workers: int,
    show: Callable[[Sequence[float]], Any],
) -> Iterator[tuple[Task, tuple[Any, ...]]]:
    """Train each task in a process of its own; yield its outcome as soon as it is known.

    Parameters
    ----------
    train : callable
        ``train(setting, seed)``.
    tasks : sequence of Task
        What to train, begun in this order.
    num_workers : int
        How many processes run at a time.
    show : callable
        Called with how much of each running training is done, from 0 to 1.

    Yields
    ------
    task : Task
        The task that is finished.
    message : tuple
        ``("result", result, seconds)``, or ``("error", what)``.

    Raises
    ------
    RuntimeError
        If a process ends before it can begin.
    """
    waiting = deque(tasks)
    workers: dict[connection.Connection, Worker] = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            while waiting or workers:
                while waiting and len(workers) < num_workers:
                    output = Path(folder) / f"{len(waiting)}.txt"
                    worker = Worker(train, waiting.popleft(), output)
                    workers[worker.connection] = worker
                for ready in connection.wait(list(workers)):
                    message = workers[ready].receive()
                    if message:
                        worker = workers.pop(ready)
                        worker.end()
                        yield worker.task, message
                show([worker.share for worker in workers.values()])
        finally:
            for worker in workers.values():
                worker.end()


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Give some environment variables to processes that are started inside the ``with``."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C, meant for this process, from processes started inside the ``with``.

    A training function returns at Ctrl-C as if it had finished, and its result would be kept.
    """
    resource_tracker.ensure_running()  # else it would be started now, and unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
