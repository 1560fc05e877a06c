"""Run the notebooks as Google Colab would: ``python -m tools.as_on_colab [NOTEBOOK...]``.

Each copy that `colab.py` writes runs alone in an empty folder, without ``make`` and without the
files beside it, in an environment that has what Colab has: the newest NumPy and Matplotlib for
the Python that runs this. Its first cell gets everything else, from this clone's last commit
instead of GitHub. The environment is made afresh in ``_build/colab``, where the executed
notebooks are found afterwards, too. NOTEBOOK names a few, such as ``chapter_rnn/scaling.ipynb``.
"""

import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

from tools import colab

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "_build" / "colab"
REPOSITORY = "someone/a-book"

# What a notebook finds on Colab, and what runs it here.
ON_COLAB = ["ipykernel", "ipython", "matplotlib", "nbclient", "numpy>=2", "pip", "tqdm"]


def main() -> None:
    """Run the notebooks named on the command line, or all; exit with an error if one fails."""
    copies = FOLDER / "copies"
    shutil.rmtree(FOLDER, ignore_errors=True)
    colab.write_copies(REPOSITORY, copies)
    names = [Path(name) for name in sys.argv[1:]]
    names = names or sorted(path.relative_to(copies) for path in copies.rglob("*.ipynb"))
    make_environment()
    failed = [name for name in names if not runs(copies / name, FOLDER / "run" / name)]
    if failed:
        sys.exit("failed: " + ", ".join(map(str, failed)))


def make_environment() -> None:
    """Make an environment with what Colab has, and print the versions."""
    venv.create(FOLDER / "venv", with_pip=True)
    pip = [FOLDER / "venv/bin/python", "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", *ON_COLAB], check=True)
    installed = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout
    print(f"Python {sys.version.split()[0]}")
    print(*(line for line in installed.splitlines() if line.startswith(("numpy", "matplotlib"))))


def runs(copy: Path, target: Path) -> bool:
    """Run a notebook alone in an empty folder; return whether it ran to the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = FOLDER / "content"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(copy, folder)
    begin = time.monotonic()
    command = [FOLDER / "venv/bin/jupyter-execute", "--timeout=1800", f"--output={target}"]
    done = subprocess.run(
        [*command, folder / copy.name], env=environment(), capture_output=True, text=True
    )
    is_well = done.returncode == 0
    print(f"{target.relative_to(FOLDER / 'run')}  {time.monotonic() - begin:.0f} s", flush=True)
    if not is_well:
        print(done.stderr[-4000:], flush=True)
    return is_well


def environment() -> dict[str, str]:
    """Return the environment variables of Colab's kernels, with this clone as GitHub."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "GLUONBOOK_UNWATCHED", "JPY_SESSION_NAME", "VSCODE_PID")
    return {
        **{name: value for name, value in os.environ.items() if name not in ours},
        "COLAB_RELEASE_TAG": "release-colab_20261101-000000_RC00",
        "HOME": str(FOLDER / "home"),
        "PATH": f"{FOLDER / 'venv/bin'}:{os.environ['PATH']}",
        # git takes this clone wherever it is told to take the one on GitHub.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{ROOT}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{REPOSITORY}",
    }


if __name__ == "__main__":
    main()
