# Shared by the launch scripts; sourced, never run.
# shellcheck shell=bash

# Exit codes are those of vlm-dist itself (sysexits.h), so that a caller can tell a typing error from a broken disk.
readonly EXIT_USAGE=64 EXIT_MISSING_INPUT=66 EXIT_UNAVAILABLE=69 EXIT_CANNOT_WRITE=74

# Results go to stdout and everything else to stderr, as vlm-dist does it.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die CODE SENTENCE...
die() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# cache_folder: a folder for what is worth keeping between runs and can be deleted at any time.
cache_folder() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/vlm-dist
  mkdir -p "$cache" || die "$EXIT_CANNOT_WRITE" "cannot make $cache: set XDG_CACHE_HOME to a folder that can be written"
  printf '%s\n' "$cache"
}

# one_at_a_time: waits until no other run of this script by this user is at work; the lock goes with the process.
one_at_a_time() {
  local cache
  cache=$(cache_folder)
  exec 9>"$cache/${0##*/}.lock"
  flock 9
}

# Prints the comment block at the top of the running script: the help lives in one place, where a reader looks first.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# Runs a command as root, if there is a way to.
as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "$EXIT_UNAVAILABLE" "'$*' needs root and there is no sudo: run it as root once, then start this again"
  fi
}

# need_packages PACKAGE...: installs the Debian packages among them that are not there yet.
need_packages() {
  local missing=() package
  for package in "$@"; do
    # Virtual and half-removed packages have an entry too; only this status means usable.
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null ||
    die "$EXIT_UNAVAILABLE" "missing: ${missing[*]} (Debian's names); there is no apt-get here, install them by hand"
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  # A machine fresh from an image has no package lists; refreshing them costs seconds and is only done when needed.
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    as_root apt-get update >"$log" 2>&1 || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 || {
      tail -n 5 "$log" >&2
      die "$EXIT_UNAVAILABLE" "apt-get could not install ${missing[*]}; its full output is in $log"
    }
  fi
  rm -f "$log"
}
