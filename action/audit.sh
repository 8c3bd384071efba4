#!/usr/bin/env bash
# Runs one audit, and writes every report from its result. Inputs become arguments, never a part of a
# script.
set -uo pipefail

fail() {
  echo "::error title=mcpass::$1"
  {
    echo "status=2"
    echo "verdict=error"
  } >>"$GITHUB_OUTPUT"
  exit 0
}

if [ -n "$INPUT_URL" ] && [ -n "$INPUT_CONFIG" ]; then
  fail "url and config are both set: use one of them"
elif [ -n "$INPUT_URL" ]; then
  arguments=(oauth conformance --url "$INPUT_URL")
elif [ -n "$INPUT_CONFIG" ]; then
  arguments=(oauth conformance-suite --config "$INPUT_CONFIG")
else
  fail "url or config is required"
fi

folder=${RUNNER_TEMP:?}/mcpass-reports
mkdir -p "$folder"
arguments+=(
  --format github --no-input --fail-on "$INPUT_FAIL_ON"
  --report "json=$folder/result.json" --report "md=$folder/result.md"
)
[ -z "$INPUT_SARIF" ] || arguments+=(--report "sarif=$INPUT_SARIF")
[ -z "$INPUT_JUNIT" ] || arguments+=(--report "junit=$INPUT_JUNIT")
[ -z "$INPUT_BASELINE" ] || arguments+=(--baseline "$INPUT_BASELINE")
while IFS= read -r argument; do
  [ -z "$argument" ] || arguments+=("$argument")
done <<<"$INPUT_ARGS"

"$MCPASS" "${arguments[@]}" 2>"$folder/messages.txt"
status=$?

# Messages can contain text from a server: GitHub must not run workflow commands in it.
token=mcpass-$RANDOM$RANDOM$RANDOM$RANDOM
echo "::stop-commands::$token"
cat "$folder/messages.txt"
echo "::$token::"

count() {
  [ -f "$folder/result.json" ] || { echo 0; return; }
  grep -c "^ *\"verdict\": \"$1\",\{0,1\}\$" "$folder/result.json" || true
}

case $status in
  0) verdict=conformant ;;
  1) verdict=not_conformant ;;
  3 | 4) verdict=incomplete ;;
  *) verdict=error ;;
esac
{
  echo "status=$status"
  echo "verdict=$verdict"
  echo "failed=$(count failed)"
  echo "warnings=$(count warning)"
  echo "incomplete=$(count inconclusive)"
  echo "report=$folder/result.json"
  echo "markdown=$folder/result.md"
  echo "sarif=$INPUT_SARIF"
} >>"$GITHUB_OUTPUT"

if [ "$INPUT_SUMMARY" = true ] && [ -f "$folder/result.md" ]; then
  cat "$folder/result.md" >>"$GITHUB_STEP_SUMMARY"
fi
