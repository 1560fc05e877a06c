#!/usr/bin/env bash
# Propose new lock files as a pull request, and let the tests see it: propose.sh FOLDER.
#
# The folder was filled by a job that runs what others have published. So of all that may be in it,
# only the two files are taken, by their names.
set -euo pipefail

locks=(requirements.lock benchmarks/peers/requirements.txt)
for lock in "${locks[@]}"; do
    cp --no-dereference "$1/$lock" "$lock"
    [ -f "$lock" ] && [ ! -L "$lock" ] # a link would lead somewhere else
done
if git diff --quiet -- "${locks[@]}"; then
    echo "Nothing is newer."
    exit
fi
git switch --create renew-lock
git -c user.name=github-actions -c user.email=actions@github.com \
    commit --message "Take newer versions of what the lock pins" -- "${locks[@]}"
git push --force origin renew-lock
if [ -z "$(gh pr list --head renew-lock --state open --json number --jq '.[].number')" ]; then
    gh pr create --head renew-lock --title "Newer versions in the lock" \
        --body "Made by \`make lock ARGS=--upgrade\`. The tests of this branch are under *Actions*."
fi
gh workflow run test.yml --ref renew-lock
