"""Make the environment of the peers: ``python tools/peers.py`` puts PyTorch and JAX in .venv-peers.

They need another NumPy than MXNet, so they have an environment of their own. If PyTorch's
index cannot be reached, the environment is made without it, with a message.
"""

import hashlib
import json
import sys
from pathlib import Path

from tools import environment

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "benchmarks" / "peers"
EVERYTHING_ELSE, PYTORCH = PEERS / "requirements.txt", PEERS / "requirements-pytorch.txt"


def main(root: Path = ROOT) -> None:
    """Make the environment, or end with one line that says why not."""
    try:
        with environment.alone(root) as lock_file:
            make_environment(root / ".venv-peers", root / "_build", lock_file)
    except environment.SetupError as error:
        sys.exit(f"{error}.")
    except KeyboardInterrupt:
        sys.exit("Interrupted. The next run begins again.")


def make_environment(venv: Path, build: Path, lock_file) -> None:
    """Make the environment, unless it is there; try to add PyTorch if that is missing."""
    stamp = venv / "complete.json"
    wanted = {
        "python": sys.version,
        "requirements": hashlib.sha256(EVERYTHING_ELSE.read_bytes()).hexdigest(),
        "pytorch": hashlib.sha256(PYTORCH.read_bytes()).hexdigest(),
    }
    made = json.loads(stamp.read_text()) if stamp.exists() else None
    if made == wanted:
        return
    with (build / "peers.log").open("w", encoding="utf-8") as log:
        if made != wanted | {"pytorch": None}:
            print("Making the environment of the peers in .venv-peers: 1.3 GB.", flush=True)
            environment.remove(venv, build / "old-environments")
            environment.run([sys.executable, "-m", "venv", str(venv)], log, lock_file)
            install(venv, EVERYTHING_ELSE, log, lock_file)
            stamp.write_text(json.dumps(wanted | {"pytorch": None}))
        try:
            install(venv, PYTORCH, log, lock_file)
        except environment.SetupError as error:
            print(f"PyTorch is left out: {error}.", flush=True)
        else:
            stamp.write_text(json.dumps(wanted))


def install(venv: Path, requirements: Path, log, lock_file) -> None:
    """Install what a file pins: wheels only, and only those with the hashes that it names."""
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install"]
    pip += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-input"]
    pip += ["--disable-pip-version-check", "--progress-bar=off", "--retries=1", "--timeout=15"]
    environment.run([*pip, "-r", str(requirements)], log, lock_file)


if __name__ == "__main__":
    main()
