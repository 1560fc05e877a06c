#!/usr/bin/env bash
# Make a folder the one commit of the branch "colab": push-colab.sh FOLDER.
set -euo pipefail

export GIT_DIR GIT_INDEX_FILE
GIT_DIR=$(git rev-parse --absolute-git-dir)
GIT_INDEX_FILE=$(mktemp --dry-run)
message="Copies of the notebooks for Colab, made from $(git rev-parse --short HEAD)"
cd "$1"
git --work-tree=. add --force .
commit=$(git -c user.name=github-actions -c user.email=actions@github.com \
    commit-tree "$(git write-tree)" -m "$message")
git push --force origin "$commit:refs/heads/colab"
