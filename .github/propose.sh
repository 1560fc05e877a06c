#!/usr/bin/env bash
# Propose what has changed in this folder as a pull request, and let the tests see it.
set -euo pipefail

if git diff --quiet; then
    echo "Nothing is newer."
    exit
fi
git switch --create renew-lock
git -c user.name=github-actions -c user.email=actions@github.com \
    commit --all --message "Take newer versions of what the lock pins"
git push --force origin renew-lock
if [ -z "$(gh pr list --head renew-lock --state open --json number --jq '.[].number')" ]; then
    gh pr create --head renew-lock --title "Newer versions in the lock" \
        --body "Made by \`make lock ARGS=--upgrade\`. The tests of this branch are under *Actions*."
fi
gh workflow run test.yml --ref renew-lock
