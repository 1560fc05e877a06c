#!/usr/bin/env bash
# Run the notebooks as Google Colab would: as-on-colab.sh [NOTEBOOK...] (chapter_rnn/scaling.ipynb).
#
# Each copy that tools/colab.py writes runs alone in an empty folder, without make and without the
# files beside it, in an environment that has what Colab has: the newest NumPy and Matplotlib for
# this python3. Its first cell gets everything else, from this clone's last commit instead of GitHub.
set -euo pipefail
cd "$(dirname "$0")/.."

repository=someone/a-book
there=$PWD/_build/colab
rm -rf "$there" && mkdir -p "$there/home"
python3 -m tools.colab $repository "$there/copies"
python3 -m venv "$there/venv"
export PATH="$there/venv/bin:$PATH" HOME="$there/home" COLAB_RELEASE_TAG=release-colab
pip install --quiet --disable-pip-version-check \
    ipykernel ipython matplotlib nbclient "numpy>=2" pip tqdm
python3 --version
pip freeze | grep -e ^numpy -e ^matplotlib=

# git takes this clone wherever it is told to take the one on GitHub.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$PWD.insteadOf"
export GIT_CONFIG_VALUE_0="https://github.com/$repository"

cd "$there/copies"
[ $# -gt 0 ] || set -- $(find chapter_rnn -name '*.ipynb' | sort)
failed=
for name; do
    echo "$name"
    rm -rf ../content && mkdir ../content && cp "$name" ../content
    (cd ../content && jupyter-execute --timeout=1800 --inplace ./*.ipynb) || failed+=" $name"
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
