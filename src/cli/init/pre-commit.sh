#!/bin/sh
# Installed by `rseal init --hook git`: no plaintext Secret enters a commit.
# The hook that was here before runs first, since it may change what is committed.
kept="${0%/*}/pre-commit.before-rseal"
if [ -x "$kept" ]; then
  "$kept" "$@" || exit
fi
command -v rseal >/dev/null || {
  echo 'rseal: error: rseal is not on the PATH, so nothing has looked for plaintext Secrets in this commit' >&2
  echo 'rseal: hint: install it; git commit --no-verify commits without any hook' >&2
  exit 1
}
exec rseal check --staged
