#!/usr/bin/env bash
# Tell how the weekly run ended: in one issue, which is opened, added to, or closed.
#
# RESULTS is what GitHub knows of the jobs, as JSON; RUN the address of the run's page.
set -euo pipefail

results=$(jq --raw-output 'to_entries[] | "- \(.key): \(.value.result)"' <<<"$RESULTS")
failed=$(grep -v ': success$' <<<"$results" | grep -v -e '^- next-python' -e '^- mac' || true)
news=$(grep -e '^- next-python: success' -e '^- mac: success' <<<"$results" || true)
said="$results

$RUN"
[ -z "$news" ] || said="What could not be relied on works now. Support it, or take it out of weekly.yml.

$said"

issue=$(gh issue list --label weekly --state open --json number --jq '.[0].number // empty')
if [ -n "$failed$news" ]; then
    if [ -n "$issue" ]; then
        gh issue comment "$issue" --body "$said"
    else
        gh label create weekly --force --description "What the weekly run tells"
        gh issue create --label weekly --title "The weekly run has something to tell" --body "$said"
    fi
elif [ -n "$issue" ]; then
    gh issue close "$issue" --comment "All is well again.

$said"
fi
