"""Where PyTorch and JAX are: `make peers` installs them in an environment of their own."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PEERS_ENVIRONMENT = ROOT / ".venv-peers"


def peers_packages():
    """Return the version of each package in the environment of PyTorch and JAX."""
    packages = PEERS_ENVIRONMENT.glob("lib/python*/site-packages/*.dist-info")
    return dict(package.stem.split("-")[:2] for package in packages)
