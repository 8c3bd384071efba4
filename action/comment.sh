#!/usr/bin/env bash
# Writes the result as a comment on the pull request, or updates the comment of an earlier run.
set -euo pipefail

[ -f "$COMMENT_FILE" ] || exit 0
if [ -z "${GH_TOKEN:-}" ]; then
  echo "::warning title=mcpass::No comment was written: the input github-token is empty"
  exit 0
fi
marker=$(head -n 1 "$COMMENT_FILE")
case $marker in
  "<!-- mcpass:"*) ;;
  *)
    echo "::warning title=mcpass::No comment was written: the report has no marker"
    exit 0
    ;;
esac
comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
MARKER=$marker
export MARKER
found=$(gh api --paginate "$comments" --jq '.[] | select(.body | startswith(env.MARKER)) | .id' | head -n 1)
if [ -n "$found" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$found" -F "body=@$COMMENT_FILE"
else
  gh api --silent --method POST "$comments" -F "body=@$COMMENT_FILE"
fi
