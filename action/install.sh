#!/usr/bin/env bash
# Installs the mcpass of this action's own release. The SHA-256 sums are in the script beside this one,
# which `deno task packaging` stamps: sums that are downloaded with a program prove nothing.
set -euo pipefail

fail() {
  echo "::error title=mcpass::$1"
  exit 1
}

if [ -n "${INPUT_BINARY:-}" ]; then
  [ -x "$INPUT_BINARY" ] || fail "the input binary does not name a program"
  mcpass=$INPUT_BINARY
else
  script=$ACTION/release/install.sh
  [ -f "$script" ] || fail "this copy of the action belongs to no release: use the tag of a release, or the input binary"
  export MCPASS_INSTALL_DIR="${RUNNER_TEMP:?}/mcpass-bin"
  mkdir -p "$MCPASS_INSTALL_DIR"
  sh "$script" >&2
  mcpass=$MCPASS_INSTALL_DIR/mcpass
fi
echo "mcpass=$mcpass" >>"$GITHUB_OUTPUT"
