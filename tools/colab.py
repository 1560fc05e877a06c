"""Write copies of the notebooks that run on Google Colab: ``python -m tools.colab OWNER/NAME DIR``.

Colab opens one notebook at a time, without the other files in its folder. So the first cell of a copy
installs what the notebook needs, diagrams come from the published book, and links lead to other copies or
to pages of the book. The workflows start this module before any package is installed.
"""

import json
import os
import sys
from pathlib import Path

from book import places
from book.chapter import ROOT
from book.links import relink

# MXNet requires NumPy below 2. This would replace Colab's NumPy, for which Colab's other packages are
# built. gluonbook makes MXNet run on either version, so both are installed without dependencies.
SETUP = """\
# Colab has NumPy and Matplotlib. This cell downloads the files of the book, and installs MXNet and
# the book's own package.
!test -d ~/book || git clone --quiet --depth=1 https://github.com/{repository} ~/book
!mkdir -p ~/book/wheels && cp -r ~/book/chapter_rnn/measured {chapter}
%pip install --quiet pooch "setuptools<81"
%pip install --quiet --no-deps --find-links ~/book/wheels mxnet==1.9.1 ~/book
!ldconfig -p | grep -q libquadmath || apt-get install --quiet=2 libquadmath0"""


def main(repository: str, folder: str) -> None:
    """Write the copies of all notebooks into a folder."""
    for path in sorted(ROOT.glob("chapter_rnn/**/*.ipynb")):
        name = path.relative_to(ROOT)
        notebook = colab_copy(json.loads(path.read_text()), name, repository)
        target = Path(folder) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")


def colab_copy(notebook: dict, name: Path, repository: str) -> dict:
    """Make a notebook a copy for Colab, and return it; `name` is its path in the repository."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = linked("".join(cell["source"]), name, repository)
    setup = {
        "cell_type": "code",
        "execution_count": None,
        "id": "setup",
        "metadata": {},
        "outputs": [],
        # Solutions look for the measurements in the folder above theirs.
        "source": SETUP.format(
            repository=repository, chapter=os.path.relpath("chapter_rnn", name.parent)
        ),
    }
    notebook["cells"].insert(0, setup)
    return notebook


def linked(text: str, notebook: Path, repository: str) -> str:
    """Replace the targets of relative links and pictures in a notebook with addresses on the web."""

    def on_the_web(target: Path) -> str:
        if target.suffix == ".ipynb":
            return places.run_links(repository, target.as_posix())["Colab"]
        return places.published(repository, target)

    return relink(text, notebook, on_the_web)


if __name__ == "__main__":
    main(*sys.argv[1:])
