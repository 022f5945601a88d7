# Shared by the launch scripts; sourced, never run.
# shellcheck shell=bash

# Exit codes are those of vlm-dist itself (sysexits.h), so that a caller can tell a typing error from a broken disk.
# shellcheck disable=SC2034 # not every script has a use for all of them
readonly EXIT_USAGE=64 EXIT_MISSING_INPUT=66 EXIT_UNAVAILABLE=69 EXIT_INTERNAL=70 EXIT_CANNOT_WRITE=74

# Results go to stdout and everything else to stderr, as vlm-dist does it. Where that is a file on a full disk, or a pipe
# whose reader is gone, what cannot be said must not end what could go on.
say() { (trap '' PIPE && printf '%s: %s\n' "${0##*/}" "$*" >&2 2>/dev/null) || true; }

# die CODE SENTENCE...
die() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# note_breaks: `set -e` ends a script without a word; from here on it leaves in `broken` where that was, for the trap on EXIT.
broken=''
note_breaks() {
  set -E
  trap 'broken="line $LINENO of ${BASH_SOURCE[0]##*/}: $BASH_COMMAND"' ERR
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

# positive OPTION VALUE
positive() { [[ $2 =~ ^[1-9][0-9]*$ ]] || die "$EXIT_USAGE" "$1 wants a positive number, not '$2'"; }

# host_lines HOSTFILE: its lines as mpirun reads them, words apart by one space, without comments.
host_lines() { sed 's/#.*//' "$1" | awk 'NF { $1 = $1; print }'; }

# slots_in HOSTFILE: the ranks of its hosts together.
slots_in() {
  host_lines "$1" | awk '{ match($0, / slots ?= ?[0-9]+/); slots = substr($0, RSTART, RLENGTH)
    sub(/.*=/, "", slots); sum += slots } END { print sum + 0 }'
}

# check_hostfile HOSTFILE: refuses one that cannot be read, or does not say for every host how many ranks it has.
check_hostfile() {
  [[ -r $1 && ! -d $1 ]] || die "$EXIT_MISSING_INPUT" "cannot read the hostfile $1"
  local line
  line=$(host_lines "$1" |
    awk '!/ slots ?= ?0*[1-9][0-9]*( |$)/ && !found++ { print } END { if (!NR) print "(nothing)" }')
  [[ -z $line ]] || die "$EXIT_USAGE" "$1: every line is 'NAME slots=RANKS'; this is not: $line"
}

# retry_option CODE: refuses what an ExitCode policy would not try again.
retry_option() {
  [[ $1 =~ ^(12[89]|1[3-9][0-9]|2[0-4][0-9]|25[0-5])$ ]] ||
    die "$EXIT_USAGE" "--retry-code wants a number from 128 to 255, not '$1'"
}

# retry_code_for CODE: the code to leave with when --retry-code was given (`retry_code`): that one where another start goes
# on from the last checkpoint. A typing error, bad data or a fault of the program it would only repeat.
retry_code_for() {
  case $1 in
  0 | 64 | 65 | 66 | 69 | 70) echo "$1" ;;
  *)
    if [[ -n ${retry_code:-} ]] && (($1 < 128)); then
      echo "$retry_code"
    else
      echo "$1"
    fi
    ;;
  esac
}

# The checkout that the running script belongs to, and the program that launch/build makes there.
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by the scripts that source this
program=$checkout/.build/release/vlm-dist

# find_program: VLM_DIST_PROGRAM, or else what launch/build makes, into `program`.
find_program() {
  if [[ -n ${VLM_DIST_PROGRAM:-} ]]; then
    [[ -f $VLM_DIST_PROGRAM && -x $VLM_DIST_PROGRAM ]] ||
      die "$EXIT_MISSING_INPUT" "VLM_DIST_PROGRAM=$VLM_DIST_PROGRAM is no program"
    program=$(realpath "$VLM_DIST_PROGRAM")
  elif [[ ! -x $program ]]; then
    "$checkout/launch/build"
  fi
}

# newest_step RUN: the step of its newest checkpoint, 0 without one; a checkpoint exists when its manifest does.
newest_step() {
  local manifest step newest=0
  for manifest in "$1"/checkpoints/step-*/manifest.json; do
    step=${manifest%/manifest.json}
    step=${step##*/step-}
    [[ ! -e $manifest || ! $step =~ ^[0-9]+$ ]] || ((step <= newest)) || newest=$step
  done
  echo "$newest"
}

# need_peer_scripts NAME...: in the folder `peers`.
need_peer_scripts() {
  local script
  for script in "$@"; do
    # shellcheck disable=SC2154 # the caller's
    [[ -r $peers/$script ]] || die "$EXIT_MISSING_INPUT" \
      "there is no $script in $peers: name the folder of the peer's scripts with --peers DIR"
  done
}

# find_peer_python: checks that `python` has what the peer needs, or makes an environment of its own if it is empty.
find_peer_python() {
  local modules='import torch, transformers, safetensors'
  if [[ -z $python ]]; then
    python=$checkout/.build/peer/bin/python
    if ! "$python" -c "$modules" 2>/dev/null; then
      command -v python3 >/dev/null || need_packages python3
      python3 -c 'import venv, ensurepip' 2>/dev/null || need_packages python3-venv
      say "making a Python environment in .build/peer (torch, transformers, safetensors: about 1 GB)"
      rm -rf "$checkout/.build/peer"
      python3 -m venv "$checkout/.build/peer"
      "$python" -m pip install --quiet 'torch==2.13.0+cpu' transformers safetensors || die "$EXIT_UNAVAILABLE" \
        "pip could not install torch==2.13.0+cpu, transformers and safetensors: set PIP_EXTRA_INDEX_URL to an index" \
        "that has PyTorch for CPUs, or use --python"
    fi
  fi
  "$python" -c "$modules" 2>/dev/null ||
    die "$EXIT_UNAVAILABLE" "$python has no torch, transformers and safetensors: install them there, or leave --python out"
}

# make_bench_model SIZE: bench, large or smollm2, as `folder`/SIZE, if it is not there; model and batch come in one rename.
make_bench_model() {
  local size=$1
  # shellcheck disable=SC2154 # the caller's
  [[ ! -s $folder/$size/batch.safetensors ]] || return 0
  say "making the model and batch $size"
  rm -rf "$folder/$size.partial"
  if [[ $size == smollm2 ]]; then
    # Its own words and code where it fails.
    "$checkout/launch/smollm2" "$folder/SmolLM2-135M-Instruct" || exit $?
    "$python" "$checkout/launch/smollm2_llava.py" "$folder/SmolLM2-135M-Instruct" "$folder/smollm2.partial" >&2
  else
    "$python" "$peers/make_bench_model.py" "$folder/$size.partial" --size "$size" >&2
  fi || die "$EXIT_INTERNAL" "the model $size could not be made, see above"
  sync -f "$folder/$size.partial"
  rm -rf "${folder:?}/$size"
  mv -T "$folder/$size.partial" "$folder/$size"
}

# start_virtual_hosts N: unless some are up already; then `started_cluster` says that they are the caller's to remove.
# shellcheck disable=SC2034 # that is the caller's variable, like `asked`: a wish to stop
start_virtual_hosts() {
  need_packages iproute2
  ! "$checkout/cluster/virtual" status >/dev/null || return 0
  # Before they are up, because it may be interrupted half-way.
  started_cluster=yes
  "$checkout/cluster/virtual" up "$1" || {
    local code=$?
    # What it refused it has removed itself.
    [[ -n ${asked:-} ]] || started_cluster=''
    exit $code
  }
}

# ranks_of_virtual_hosts N: as many ranks as they have cores, and one each at least.
ranks_of_virtual_hosts() {
  local cores
  cores=$(nproc)
  echo $(($1 * (cores < $1 ? 1 : cores / $1)))
}

# The one list of what vlm-dist is linked with (build) and started by (openmpi-bin).
need_build_packages() {
  need_packages openmpi-bin libopenmpi-dev libopenblas-dev libdnnl-dev libzstd-dev libjpeg62-turbo-dev libpng-dev \
    libwebp-dev libxml2 pkg-config
}

# Makes `swift` a command: where it is not on the PATH, the usual places are looked through.
find_swift() {
  local place
  for place in "$HOME"/.local/share/swiftly/bin "$HOME"/.swiftly/bin /opt/swift*/usr/bin /usr/local/swift*/usr/bin; do
    command -v swift >/dev/null && break
    [[ ! -x $place/swift ]] || PATH=$place:$PATH
  done
  command -v swift >/dev/null || die "$EXIT_UNAVAILABLE" \
    "no Swift toolchain found: install Swift 6.2 or later (www.swift.org/install/linux) and put its usr/bin on the PATH"
  local version
  version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | grep -oE '[0-9]+\.[0-9]+$')
  [[ $(printf '%s\n' 6.2 "$version" | sort -V | head -n 1) == 6.2 ]] ||
    die "$EXIT_UNAVAILABLE" "Swift $version is too old, 6.2 or later is needed: www.swift.org/install/linux"
}

# with_progress COMMAND...: says how far a build is; the whole output only when it fails.
with_progress() {
  local log
  log=$(mktemp)
  say "$* (some minutes the first time)"
  if "$@" 2>&1 | tee "$log" | show_steps; then
    rm -f "$log"
  else
    cat "$log" >&2
    rm -f "$log"
    die "$EXIT_INTERNAL" "'$*' failed, see above"
  fi
}

# Reads a build's output, passes on its step counter [12/345]: rewritten in place on a terminal, now and then in a log.
show_steps() {
  local line shown=$SECONDS
  while read -r line; do
    [[ $line =~ ^\[[0-9]+/[0-9]+\] ]] || continue
    if [[ -t 2 ]]; then
      printf '\r%s ' "${BASH_REMATCH[0]}" >&2
    elif ((SECONDS - shown >= 20)); then
      shown=$SECONDS
      say "${BASH_REMATCH[0]}"
    fi
  done
  [[ ! -t 2 ]] || printf '\r\033[K' >&2
}
