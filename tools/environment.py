"""Make the environment: ``python3 tools/environment.py`` installs requirements.lock in .venv.

Only wheels are installed, each checked against its hash in the lock, so that no compiler
is needed. A good .venv is left as it is; one that is half made, moved, or made from
another lock is made again. With ``--this-python`` so is one with another Python.

Any Python 3 may start this, if only to be told that it is too old. So this file must be
readable for Python 3.6 and needs nothing but the standard library.
"""

import contextlib
import ctypes
import errno
import hashlib
import importlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
ROOT = Path(__file__).resolve().parents[1]

# What the files of MXNet's wheel need besides glibc and what it contains, found with
# `readelf -d`, and the packages of Debian and Ubuntu that have it.
SYSTEM_LIBRARIES = {
    "libgcc_s.so.1": "libgcc-s1",
    "libgomp.so.1": "libgomp1",
    "libquadmath.so.0": "libquadmath0",
    "libstdc++.so.6": "libstdc++6",
}

DISK_FULL = (
    "The disk is full: the environment takes 1.3 GB, and while it is installed half as much "
    "again in the folder for temporary files. Make room, then run the same command again"
)
WRONG_PLATFORM = (
    "MXNet 1.9.1 can be installed on Linux for x86-64 processors only. Elsewhere use a virtual "
    "machine or a container of that kind (on Windows: WSL), or Binder"
)

# What pip's log says when an installation fails, and what that means.
FAILURES = (
    (r"No space left on device|Disk quota exceeded", DISK_FULL),
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that requirements.lock names. Run the same command "
        "again; if this happens again, do not trust that package index",
    ),
    (
        r"connection broken|ConnectionError|Max retries exceeded|Timeout|IncompleteRead|HTTP error",
        "No connection to the package index. Check the network, or pip's settings for a proxy or "
        "a mirror, then run the same command again",
    ),
    (
        r"No matching distribution found for (\S+)",
        r"There is no wheel of \1 for this Python and platform. Python 3.11 to 3.14 on "
        "Linux for x86-64, with glibc, have all that are needed",
    ),
)


class SetupError(Exception):
    """The environment cannot be made; the message says why and what to do."""


def main() -> None:
    """Make the environment, or end with one line that says why not."""
    try:
        make_environment(ROOT, this_python="--this-python" in sys.argv[1:])
    except SetupError as error:
        sys.exit(f"{error}.")
    except KeyboardInterrupt:
        sys.exit("Interrupted. The next run begins again.")
    except OSError as error:
        sys.exit(f"{DISK_FULL if error.errno == errno.ENOSPC else error}.")


def make_environment(root: Path, this_python: bool) -> None:
    """Make .venv in the folder `root`, unless it is there and good."""
    stamp = root / ".venv" / "complete.json"
    wanted = description(root)
    if is_complete(stamp, wanted, this_python):
        return
    check_python(sys.version_info[:2])
    check_platform(platform.system(), platform.machine())
    check_system()
    with alone(root) as lock_file:
        if is_complete(stamp, wanted, this_python):  # someone else has just made it
            return
        print("Making the environment in .venv: 1.3 GB, a few minutes.", flush=True)
        begin = time.time()
        install(root, lock_file)
        stamp.write_text(json.dumps(wanted))
        print(f"The environment is ready after {time.time() - begin:.0f} seconds.", flush=True)


def description(root: Path) -> dict:
    """Return what an environment made now would be made from."""
    return {
        "lock": hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest(),
        "python": os.path.realpath(sys.executable),
        "venv": str(root / ".venv"),  # a moved environment does not work
    }


def is_complete(stamp: Path, wanted: dict, this_python: bool) -> bool:
    """Tell whether the environment is the wanted one; its Python matters only if asked for."""
    try:
        made = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return False
    if not this_python and os.path.exists(made["python"]):
        wanted = dict(wanted, python=made["python"])
    return made == wanted


# --- what must be there -----------------------------------------------------------


def check_python(version: tuple) -> None:
    """Refuse a Python that the lock was not made for.

    ``ANY_PYTHON=1`` lets a newer one try: the weekly checks find out when it works.
    """
    if version < OLDEST or (version > NEWEST and os.environ.get("ANY_PYTHON") != "1"):
        raise SetupError(
            "No supported Python: this is {}.{}. Install one of Python 3.11 to 3.14, or name one "
            "that is there: make PYTHON=/path/to/python3.12".format(*version)
        )


def check_platform(system: str, machine: str) -> None:
    """Refuse a platform that MXNet cannot be installed on.

    PyPI has MXNet 1.9.1 for two more. The one for Linux on arm64 needs Arm's performance
    libraries, which PyPI does not have. The one for macOS is for Intel processors, which
    other packages of the lock no longer support.
    """
    if (system, machine) != ("Linux", "x86_64"):
        raise SetupError(f"This is {system} on {machine}: {WRONG_PLATFORM}")


def check_system() -> None:
    """Refuse a system where something is missing that pip cannot install; name all of it at once."""
    missing = [(name, "python3-venv") for name in ("venv", "ensurepip") if not has_module(name)]
    missing += [item for item in SYSTEM_LIBRARIES.items() if not has_library(item[0])]
    if missing:
        packages = " ".join(sorted({package for _, package in missing}))
        names = ", ".join(name for name, _ in missing)
        sudo = "" if os.geteuid() == 0 else "sudo "
        raise SetupError(
            f"MXNet and its environment need what is not on this system: {names}. "
            "On Debian or Ubuntu, run\n\n"
            f"    {sudo}apt-get update && {sudo}apt-get install -y {packages}\n\n"
            "and then the same command again"
        )


def has_module(name: str) -> bool:
    """Tell whether this Python has a module of the standard library: Debian packages some apart."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def has_library(name: str) -> bool:
    """Tell whether the system has a shared library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


# --- the work ---------------------------------------------------------------------


@contextlib.contextmanager
def alone(root: Path):
    """Wait until nobody else makes the environment, and keep others waiting meanwhile.

    The commands that are run inherit the open file and with it the lock. So if `make` is killed
    and its pip goes on, the next one waits for that pip.
    """
    import fcntl  # not on Windows, which has been refused by now

    (root / "_build").mkdir(exist_ok=True)
    with (root / "_build" / "environment.lock").open("w") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another command is making the environment: waiting for it.", flush=True)
            fcntl.flock(lock_file, fcntl.LOCK_EX)
        yield lock_file


def install(root: Path, lock_file) -> None:
    """Make .venv from nothing, install the lock in it and see whether MXNet can be imported.

    pip installs uv alone, which installs the lock in a fraction of the time that pip takes. Where
    uv fails pip goes on: its settings may name a proxy or a mirror, and its messages are known.
    """
    venv, lock = root / ".venv", root / "requirements.lock"
    python = str(venv / "bin" / "python")
    checked = ["--no-deps", "--require-hashes", "--only-binary=:all:", "-r"]
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    pip += ["--progress-bar=off", *checked]
    # Whom the system trusts, as pip does: it may be a company's own mirror.
    uv = [str(venv / "bin" / "uv"), "pip", "install", "--system-certs", "--python", python]
    # As pip does. Where Python may write no bytecode, each of a hundred processes would compile
    # all that it imports: two seconds for MXNet alone.
    uv += ["--compile-bytecode", *checked]
    remove(venv, root / "_build" / "old-environments")
    with (root / "_build" / "environment.log").open("w", encoding="utf-8") as log:
        run([sys.executable, "-m", "venv", str(venv)], log, lock_file)
        run([*pip, str(lock_of_uv(root))], log, lock_file)
        try:
            run([*uv, str(lock)], log, lock_file)
        except SetupError:
            run([*pip, str(lock)], log, lock_file)
        # This file alone: the package around it may be in the middle of a change. It keeps what it
        # compiles, too.
        writing = ["env", "--unset=PYTHONDONTWRITEBYTECODE", python, "-P"]
        run([*writing, str(root / "gluonbook" / "runtime.py")], log, lock_file)


def lock_of_uv(root: Path) -> Path:
    """Write the part of the lock that is about uv to a file of its own."""
    path = root / "_build" / "uv.lock"
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    path.write_text(re.search(r"^uv==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL).group())
    return path


def remove(venv: Path, old: Path) -> None:
    """Remove an environment, although a process in it may still be running and writing.

    Deleted in place, it might not become empty. Moved, it is out of the way at once, and what
    cannot be deleted now can be the next time.
    """
    if venv.exists():
        old.mkdir(exist_ok=True)
        venv.rename(Path(tempfile.mkdtemp(dir=str(old))) / venv.name)
    shutil.rmtree(str(old), ignore_errors=True)


def run(command: list, log, lock_file) -> None:
    """Run a command whose output goes to the log; on a terminal, show how far uv or pip is."""
    lines = []
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=[lock_file.fileno()],
    )
    with process:
        for line in process.stdout:
            log.write(line)
            lines.append(line)
            show(how_far(lines))
    show("")
    if process.returncode:
        raise SetupError("{}. The log is {}".format(meaning("".join(lines)), log.name))


def how_far(lines: list) -> str:
    """Return the progress of uv or pip, from the lines that it has printed."""

    def count(beginning: str) -> int:
        return sum(line.startswith(beginning) for line in lines)

    if count("Downloading "):  # uv, which does so side by side, and is silent about the small ones
        return f"downloaded {count(' Downloaded ')} of {count('Downloading ')} large packages"
    if count("Collecting "):
        return f"downloaded {count('Collecting ')} packages, one after the other"
    return ""


def meaning(output: str) -> str:
    """Explain the output of a command that failed: a known failure, else its last line."""
    for pattern, message in FAILURES:
        found = re.search(pattern, output)
        if found:
            return found.expand(message)
    last_words = output.strip().splitlines()[-1:] or ["It failed without a word"]
    return re.sub(r"^(ERROR|\w*Error): |\.$", "", last_words[0])


def show(text: str) -> None:
    """Show a text in place of the last one, on a terminal."""
    if sys.stdout.isatty():
        print("\r\033[K" + text, end="", flush=True)


if __name__ == "__main__":
    main()
