#!/usr/bin/env bash
# Installs mcpass from the release that this action belongs to. The SHA-256 sums are in
# release/install.sh, into which `deno task packaging` writes them: sums that are downloaded together
# with a program prove nothing.
set -euo pipefail

fail() {
  echo "::error title=mcpass::$1"
  exit 1
}

if [ -n "${INPUT_BINARY:-}" ]; then
  [ -x "$INPUT_BINARY" ] || fail "the input binary is not an executable file"
  mcpass=$INPUT_BINARY
else
  script=$ACTION/release/install.sh
  [ -f "$script" ] || fail "this copy of the action is not from a release: use the tag of a release, or the input binary"
  export MCPASS_INSTALL_DIR="${RUNNER_TEMP:?}/mcpass-bin"
  mkdir -p "$MCPASS_INSTALL_DIR"
  sh "$script" >&2
  mcpass=$MCPASS_INSTALL_DIR/mcpass
fi
echo "mcpass=$mcpass" >>"$GITHUB_OUTPUT"
