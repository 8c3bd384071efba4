#!/bin/sh
# Installs mcpass for the current user, without root. Downloads the archive of a release, compares its
# SHA-256, and moves the program into ~/.local/bin as the last step.
#
#   curl -fsSL <URL of the release's files>/install.sh | sh
#
# A release's copy of this script contains the URL, the version and the SHA-256 sums of the release.
# These variables override them:
#
#   MCPASS_VERSION      another version
#   MCPASS_RELEASE      URL of the release's files (https)
#   MCPASS_INSTALL_DIR  the folder to install into (default: ~/.local/bin)
set -eu

# Set in a release.
stamped_release=''
stamped_version=''
stamped_sums=''

main() {
  version=${MCPASS_VERSION:-$stamped_version}
  case "$version" in
    "") fail "MCPASS_VERSION is not set. Set it to a version, for example 0.1.0" ;;
    *[!0-9A-Za-z.+-]*) fail "MCPASS_VERSION \"$version\" is not a version such as 0.1.0" ;;
  esac
  choose_release
  bin=${MCPASS_INSTALL_DIR:-${MCPASS_BIN:-${HOME:+$HOME/.local/bin}}}
  [ -n "$bin" ] || fail "HOME is not set. Set HOME or MCPASS_INSTALL_DIR"
  case "$bin" in
    /*) ;;
    *) bin=${PWD%/}/$bin ;;
  esac

  target=$(target)
  check_glibc "$target"
  archive="mcpass-$version-$target.tar.gz"
  mkdir -p "$bin" 2>/dev/null && [ -w "$bin" ] ||
    fail "cannot write to \"$bin\". Set MCPASS_INSTALL_DIR to a folder that you can write to"
  [ ! -d "$bin/mcpass" ] || fail "\"$bin/mcpass\" is a folder"
  work=$(mktemp -d "$bin/.mcpass-install.XXXXXX") || fail "cannot write to \"$bin\""
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' HUP INT TERM

  expected=$(printf '%s\n' "$stamped_sums" | sum_of "$archive")
  if [ -z "$expected" ]; then
    download "$release/SHA256SUMS" "$work/SHA256SUMS"
    expected=$(sum_of "$archive" <"$work/SHA256SUMS")
    [ -n "$expected" ] || fail "the release's SHA256SUMS has no line for \"$archive\""
  else
    checked=yes
  fi
  echo "Downloading mcpass $version ($target)" >&2
  download "$release/$archive" "$work/$archive"
  actual=$(hash "$work/$archive")
  [ "$actual" = "$expected" ] ||
    fail "the SHA-256 of \"$archive\" is $actual, expected $expected. Nothing was installed"

  tar -xzf "$work/$archive" -C "$work" mcpass || fail "cannot unpack \"$archive\""
  chmod 755 "$work/mcpass"
  "$work/mcpass" --version >/dev/null || fail "the program does not run on this machine"
  mv -f "$work/mcpass" "$bin/mcpass"
  report
}

# Sets `release`. Another version than the stamped one is at the same URL with that version in it, and
# the stamped sums are only for the stamped URL.
choose_release() {
  release=${MCPASS_RELEASE:-$stamped_release}
  release=${release%/}
  [ -n "$release" ] || fail "MCPASS_RELEASE is not set. Set it to the URL of the release's files"
  case "$release" in
    *@*) fail "MCPASS_RELEASE must not have a user name" ;;
    https://* | http://127.0.0.1:*) ;;
    *) fail "MCPASS_RELEASE \"$release\" is not an https URL" ;;
  esac
  [ -z "${MCPASS_RELEASE:-}" ] || stamped_sums=
  [ -z "${MCPASS_RELEASE:-}" ] && [ "$version" != "$stamped_version" ] || return 0
  stamped_sums=
  case "$release" in
    *"$stamped_version"*)
      release=${release%"$stamped_version"*}$version${release##*"$stamped_version"}
      ;;
  esac
}

fail() {
  echo "mcpass was not installed: $1" >&2
  exit 1
}

# The SHA-256 of a file in a list of sums on standard input.
sum_of() {
  sed -n "s/^\([0-9a-f]\{64\}\)  $1\$/\1/p"
}

target() {
  case "$(uname -s) $(uname -m)" in
    "Linux x86_64") echo x86_64-unknown-linux-gnu ;;
    "Linux aarch64" | "Linux arm64") echo aarch64-unknown-linux-gnu ;;
    "Darwin x86_64") echo x86_64-apple-darwin ;;
    "Darwin arm64") echo aarch64-apple-darwin ;;
    *) fail "there is no program for $(uname -s) $(uname -m)" ;;
  esac
}

# Alpine Linux, for example, has musl instead of glibc.
check_glibc() {
  case "$1" in
    x86_64-unknown-linux-gnu) loader=/lib64/ld-linux-x86-64.so.2 ;;
    aarch64-unknown-linux-gnu) loader=/lib/ld-linux-aarch64.so.1 ;;
    *) return 0 ;;
  esac
  [ -e "$loader" ] ||
    fail "mcpass needs glibc, and \"$loader\" is missing. Alpine Linux has musl: use an image with glibc, such as debian:bookworm-slim"
}

download() {
  if command -v curl >/dev/null; then
    curl -fsSL --proto-redir '=https' --retry 2 -o "$2" "$1" || fail "cannot download $1"
  elif command -v wget >/dev/null; then
    case "$(wget --help 2>&1)" in
      *BusyBox*)
        # It may not check certificates, so it gets only what a sum in this script checks.
        [ -n "${checked:-}" ] ||
          fail "the wget of BusyBox does not check certificates. Install curl or GNU wget"
        wget -q -O "$2" "$1" || fail "cannot download $1"
        return 0
        ;;
    esac
    wget -S -t 2 -O "$2" "$1" 2>"$2.log" || fail "cannot download $1"
    # wget follows a redirect from https to http.
    unsafe=$(sed -n 's/^ *[Ll]ocation: *\([Hh][Tt][Tt][Pp]:\)/\1/p' "$2.log")
    [ -z "$unsafe" ] || fail "cannot download $1: it redirects to an http URL"
  else
    fail "curl or wget is required"
  fi
}

hash() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1" | cut -d ' ' -f 1
  else
    shasum -a 256 "$1" | cut -d ' ' -f 1
  fi
}

# A path as a shell reads it: in quotes if it has other than plain characters.
quoted() {
  case "$1" in
    *[!A-Za-z0-9/._-]*) printf "'%s'\n" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) echo "$1" ;;
  esac
}

# What was installed, and how to run and remove it.
report() {
  echo "Installed $("$bin/mcpass" --version) as $bin/mcpass"
  first=$(command -v mcpass || true)
  if [ "$first" = "$bin/mcpass" ]; then
    echo "To start: mcpass"
  elif [ -n "$first" ]; then
    echo "\"mcpass\" still runs $first, which comes first on your PATH"
  else
    line="export PATH=$(quoted "$bin"):\"\$PATH\""
    profile="~/.profile"
    case "${SHELL:-}" in
      */bash) profile="~/.bashrc" ;;
      */zsh) profile="~/.zshrc" ;;
      */fish) line="fish_add_path $(quoted "$bin")" profile="" ;;
    esac
    printf '%s\n  %s\n' "$bin is not on your PATH. To add it, run:" "$line"
    [ -z "$profile" ] || echo "For new terminals, add the same line to $profile"
  fi
  echo "To uninstall: rm $(quoted "$bin/mcpass")"
}

main "$@"
