#!/bin/sh
# Installs mcpass for the current user: downloads the archive of a release, compares its SHA-256 with
# the release's list, and puts the program into ~/.local/bin. Nothing is half installed: the program
# is moved into place as the last step.
#
#   MCPASS_RELEASE  where the files of the release are (an https URL)
#   MCPASS_VERSION  which version
#   MCPASS_BIN      the folder to install to (default: ~/.local/bin)
set -eu

main() {
  release=${MCPASS_RELEASE:-}
  release=${release%/}
  version=${MCPASS_VERSION:-}
  [ -n "$release" ] || fail "set MCPASS_RELEASE to the URL of the release's files"
  case "$release" in
    *@*) fail "MCPASS_RELEASE has a name before its host" ;;
    https://* | http://127.0.0.1:*) ;;
    *) fail "MCPASS_RELEASE is no https URL" ;;
  esac
  case "$version" in
    "") fail "set MCPASS_VERSION, such as 0.1.0" ;;
    *[!0-9A-Za-z.+-]*) fail "MCPASS_VERSION \"$version\" is no version, such as 0.1.0" ;;
  esac
  bin=${MCPASS_BIN:-${HOME:+$HOME/.local/bin}}
  [ -n "$bin" ] || fail "set HOME or MCPASS_BIN"
  case "$bin" in
    /*) ;;
    *) bin=${PWD%/}/$bin ;;
  esac

  archive="mcpass-$version-$(target).tar.gz"
  mkdir -p "$bin" 2>/dev/null && [ -w "$bin" ] ||
    fail "cannot write to \"$bin\": set MCPASS_BIN to a folder that you may write to"
  [ ! -d "$bin/mcpass" ] || fail "\"$bin/mcpass\" is a folder"
  work=$(mktemp -d "$bin/.mcpass-install.XXXXXX") || fail "cannot write to \"$bin\""
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' HUP INT TERM

  download "$release/SHA256SUMS" "$work/SHA256SUMS"
  download "$release/$archive" "$work/$archive"
  wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" "$work/SHA256SUMS")
  [ -n "$wanted" ] || fail "the release's SHA256SUMS has no line for \"$archive\""
  found=$(hash "$work/$archive")
  [ "$found" = "$wanted" ] ||
    fail "the SHA-256 of \"$archive\" is $found and should be $wanted: nothing was installed"

  tar -xzf "$work/$archive" -C "$work" mcpass || fail "cannot unpack \"$archive\""
  chmod 755 "$work/mcpass"
  "$work/mcpass" --version >/dev/null || fail "the program does not run on this machine"
  mv -f "$work/mcpass" "$bin/mcpass"

  echo "Installed $("$bin/mcpass" --version) as $bin/mcpass"
  case ":$PATH:" in
    *":$bin:"*) ;;
    *) echo "It is not on your PATH. To add it: export PATH=$(quoted "$bin"):\"\$PATH\"" ;;
  esac
  echo "To uninstall: rm $(quoted "$bin/mcpass")"
}

fail() {
  echo "mcpass was not installed: $1" >&2
  exit 1
}

# A path as a shell takes it: in quotes where it has other than plain characters.
quoted() {
  case "$1" in
    *[!A-Za-z0-9/._-]*) printf "'%s'\n" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) echo "$1" ;;
  esac
}

target() {
  case "$(uname -s) $(uname -m)" in
    "Linux x86_64") echo x86_64-unknown-linux-gnu ;;
    "Linux aarch64" | "Linux arm64") echo aarch64-unknown-linux-gnu ;;
    "Darwin x86_64") echo x86_64-apple-darwin ;;
    "Darwin arm64") echo aarch64-apple-darwin ;;
    *) echo "unknown-$(uname -s)-$(uname -m)" ;;
  esac
}

download() {
  if command -v curl >/dev/null; then
    curl -fsSL --proto-redir '=https' --retry 2 -o "$2" "$1" || fail "cannot download $1"
  elif command -v wget >/dev/null; then
    case "$(wget --help 2>&1)" in
      *BusyBox*) fail "the wget of BusyBox does not check certificates: install curl or GNU wget" ;;
    esac
    wget -S -t 2 -O "$2" "$1" 2>"$2.log" || fail "cannot download $1"
    # wget follows redirects out of https, too.
    unsafe=$(sed -n 's/^ *[Ll]ocation: *\([Hh][Tt][Tt][Pp]:\)/\1/p' "$2.log")
    [ -z "$unsafe" ] || fail "cannot download $1: it leads out of https"
  else
    fail "neither curl nor wget is here"
  fi
}

hash() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1" | cut -d ' ' -f 1
  else
    shasum -a 256 "$1" | cut -d ' ' -f 1
  fi
}

main "$@"
