# Shared by the fault drills; sourced, never run. A drill has a work folder `drill`, gone with it, and prints one table.
# shellcheck shell=bash
# shellcheck source=launch/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../launch/common.sh"

# Everything that a drill starts carries this in its environment, so that it harms nothing else.
VLM_DIST_DRILL=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
export VLM_DIST_DRILL
failures=0 drill='' supervisor='' code=0 answer='' rank_name=''

# drill_options NAMES... -- ARGUMENTS: sets the variable of each --name given, refuses the others.
drill_options() {
  local known=()
  while [[ $1 != -- ]]; do
    known+=("$1")
    shift
  done
  shift
  while (($#)); do
    case $1 in -h | --help) usage && exit 0 ;; esac
    [[ $1 == --* && " ${known[*]} " == *" ${1#--} "* ]] || die "$EXIT_USAGE" "no option $1; see --help"
    [[ ${2:-} =~ ^[0-9]{1,9}$ ]] || die "$EXIT_USAGE" "$1 wants a number, not '${2:-}'"
    printf -v "${1#--}" %d "$((10#$2))"
    shift 2
  done
}

# begin_drill SETTING...: the work folder, the program, and in $drill/world data and the recipe tiny.yaml with these settings.
begin_drill() {
  find_program
  export VLM_DIST_PROGRAM=$program
  # The kernel keeps so much of a name.
  rank_name=${program##*/}
  rank_name=${rank_name:0:15}
  need_packages openmpi-bin
  drill=$(mktemp -d)
  trap end_drill EXIT
  note_breaks
  local name
  # shellcheck disable=SC2064 # this name, now
  for name in HUP INT TERM PIPE; do trap "die $((128 + $(kill -l "$name"))) 'ended by SIG$name'" "$name"; done
  local world=$drill/world settings=() setting
  "$program" data synth "$world/data" --pictures 60 --held-out 2 >/dev/null 2>&1 ||
    die "$EXIT_CANNOT_WRITE" "cannot write the data of the drill to $world"
  cp "$(dirname "${BASH_SOURCE[0]}")/tiny.yaml" "$world/tiny.yaml"
  for setting in "$@"; do settings+=(--set "$setting"); done
  "$program" train "$world/tiny.yaml" "${settings[@]}" --dry-run >"$world/recipe.yaml"
}

# A run of 200 short steps, whose samples are logged.
# shellcheck disable=SC2034 # for the drills
readonly long_run=(stages.0.until.steps=200 stages.0.batch.global=16 checkpoint.every_steps=5 log_samples=true)

# shellcheck disable=SC2317 # by the trap above
end_drill() {
  [[ -z $broken ]] || say "broke off at $broken"
  end_all
  [[ -z ${started_cluster:-} ]] || "$checkout/cluster/virtual" down || true
  [[ -z $drill ]] || rm -rf "$drill"
}

# end_all: SIGKILL to everything that the drill has started, and what that starts meanwhile.
end_all() {
  local tries pids
  for ((tries = 0; tries < 50; tries++)); do
    pids=$(marked | grep -vx $$ || true)
    # One of them is the search itself, which is over.
    # shellcheck disable=SC2086 # a list
    kill -KILL $pids 2>/dev/null || return 0
    sleep 0.1
  done
}

# Processes of this drill, without those that are only its own shell.
marked() { grep -lszx -- "VLM_DIST_DRILL=$VLM_DIST_DRILL" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\n' || true; }

# processes_of NAME: those of this drill that run a program of this name.
processes_of() {
  local pid name
  for pid in $(marked); do
    read -r name 2>/dev/null <"/proc/$pid/comm" || continue
    [[ $name != "$1" ]] || echo "$pid"
  done
}

# rank_process N: the process of rank N.
rank_process() {
  local pid
  for pid in $(processes_of "$rank_name"); do
    ! grep -qszx -- "OMPI_COMM_WORLD_RANK=$1" "/proc/$pid/environ" || echo "$pid"
  done
}

# is_running: whether launch/run is, by the shell's own table: when it is over, its process id may be anybody's.
is_running() { [[ $'\n'$(jobs -rp)$'\n' == *$'\n'"$supervisor"$'\n'* ]]; }
has_ended() { ! is_running; }

# pause_by_lot MILLISECONDS: less than so many. Never $(... RANDOM ...): in a subshell it begins anew, without the seed.
pause_by_lot() {
  local pause
  printf -v pause %04d $((RANDOM % $1))
  sleep "${pause:0:-3}.${pause: -3}"
}

# since MOMENT: seconds, by bash's own clock.
since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# wait_for SECONDS COMMAND...: until the command succeeds; fails when it takes longer.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.02
  done
}

has_checkpoint() { [[ -e $1/checkpoints/step-$2/manifest.json ]]; }

# What must not depend on any fault, without what clocks say: a line per step, text for text; floats read back to the bits.
figures() {
  awk '{
    line = ""
    for (i = split("stage step loss grad_norm samples supervised_tokens", key, " "); i > 0; i--) {
      match($0, "\"" key[i] "\": [^,}]+")
      line = substr($0, RSTART, RLENGTH) " " line
    }
    print line
  }' "$1/metrics.jsonl"
}
same_figures() { cmp -s <(figures "$1") <(figures "$2"); }

# equal_runs A B: the same figures and samples, and the same weights to the bit.
equal_runs() {
  local side
  for side in "$1" "$2"; do
    [[ -e $side/exported/model.safetensors ]] ||
      "$program" export "$side" "$side/exported" >/dev/null 2>"$drill/export.log" || return 1
  done
  same_figures "$1" "$2" && cmp -s "$1/samples.jsonl" "$2/samples.jsonl" &&
    cmp -s "$1/exported/model.safetensors" "$2/exported/model.safetensors"
}

# train_once RUN RANKS ARGUMENTS OF vlm-dist train...: without a supervisor; the exit code is the run's.
train_once() {
  local run=$1 ranks=$2 options
  shift 2
  mapfile -t options < <("$checkout/cluster/mpirun-options" "$ranks")
  mpirun "${options[@]}" --oversubscribe -n "$ranks" "$program" train "$drill/world/recipe.yaml" --run "$run" "$@" \
    >"$run.log" 2>&1 </dev/null
}

# complaint RUN: the program's own first sentence in what the run has said.
complaint() { grep -m 1 '^vlm-dist: ' "$1.log" | cut -c 11- || true; }

# What trains; a drill may set another one.
launcher=("$checkout/launch/run" --backoff 0)
# train RUN ARGUMENTS OF launch/run...: in the background; its process in `supervisor`, what it says in RUN.log.
train() {
  local run=$1
  shift
  "${launcher[@]}" "$drill/world/recipe.yaml" --run "$run" "$@" >>"$run.log" 2>&1 &
  supervisor=$!
}

# finish_training: waits for it; the code in `code`.
finish_training() {
  code=0
  wait "$supervisor" || code=$?
}

# reference ARGUMENTS OF vlm-dist train...: the undisturbed run of one process that others are held against.
# shellcheck disable=SC2120 # not every drill has arguments for it
reference() {
  "$program" train "$drill/world/recipe.yaml" --run "$drill/reference" "$@" >"$drill/reference.log" 2>&1 ||
    die "$EXIT_INTERNAL" "the undisturbed run failed: $(tail -n 1 "$drill/reference.log")"
}

# said RUN TEXT: whether the training has said it.
said() { grep -qF -- "$2" "$1.log"; }

# keep RUN: what is needed to find out what happened in it, where the drill does not remove it.
keep() {
  local kept
  kept=$(mktemp -d --suffix=-drill)
  mv "$1" "$1.log" "$kept"
  cp -r "$drill/world" "$drill/reference" "$kept"
  say "its run directory, its log and the undisturbed run are kept in $kept"
}

# end_of_drill: the exit code is 0 only where all held.
end_of_drill() {
  ((failures == 0)) || die 1 "$failures things did not hold"
  say "all held"
}

# within A B: whether the number A is at most B.
within() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 <= b + 0) }'; }

# larger A B: the larger of two numbers.
larger() { if within "$1" "$2"; then echo "$2"; else echo "$1"; fi; }

# yes_or_no COMMAND...: for a cell of the table; a no is counted.
# shellcheck disable=SC2034 # `answer` is what its callers read
yes_or_no() {
  if "$@"; then
    answer=yes
  else
    answer=NO
    failures=$((failures + 1))
  fi
}

# check SENTENCE COMMAND...: counts what does not hold, and says it.
check() {
  local sentence=$1
  shift
  "$@" || {
    failures=$((failures + 1))
    say "not true that $sentence"
  }
}

# state_of RUN KEY: a value of the supervisor's file.
state_of() { sed -n "s/^  \"$2\": //p" "$1/supervisor.json" | sed 's/,$//; s/^"\(.*\)"$/\1/'; }
