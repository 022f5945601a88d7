# What launch/run does on other hosts; sourced, never run.
# shellcheck shell=bash

# This host's names and addresses, found when they are first asked for.
own_names=''
is_here() {
  [[ -n $own_names ]] ||
    own_names=" localhost $(hostname 2>/dev/null) $(hostname -f 2>/dev/null) $(hostname -I 2>/dev/null) " || true
  [[ $1 == 127.* || $own_names == *" $1 "* ]]
}

# on_host NAME COMMANDS: by the way that mpirun goes, as arguments. Any login shell may be there, so that sh reads the
# commands; they are one line without a single quote, as csh wants it.
on_host() {
  local agent=${OMPI_MCA_plm_rsh_agent:-ssh} polite=()
  if is_here "$1"; then
    sh -c "$2"
    return
  fi
  [[ ${agent##*/} != ssh ]] || polite=(-o BatchMode=yes -o ConnectTimeout=5)
  # Its own words are wanted: the agent may be a command with options.
  # shellcheck disable=SC2086
  timeout 15 $agent "${polite[@]}" "$1" "sh -c '$2'" </dev/null >/dev/null 2>&1
}

# The processes of the last start on one host: they carry its name in their environment. What Open MPI leaves where it
# was killed goes with them, as it is memory: segments that nobody maps any more (a minute old, because younger ones may
# still be going to be mapped), and folders of an mpirun that is no more.
# shellcheck disable=SC2016,SC2034 # expanded on that host; used by launch/run
end_leftovers='tries=0;
while pids=$(grep -lszx -- "VLM_DIST_ATTEMPT=$ATTEMPT" /proc/[0-9]*/environ | grep -oE "[0-9]+"); do
  [ $tries -lt 50 ] || exit 1;
  tries=$((tries + 1));
  kill -KILL $pids 2>/dev/null;
  sleep 0.1;
done;
mapped=$(cat /proc/[0-9]*/maps 2>/dev/null | grep -o "/dev/shm/vader_segment[^ ]*");
find /dev/shm -maxdepth 1 -name "vader_segment.$(hostname).$(id -u).*" -mmin +1 2>/dev/null | grep -vxF "$mapped" |
  xargs -r rm -f;
for folder in "${TMPDIR:-/tmp}/ompi.$(hostname).$(id -u)"/pid.*; do
  [ -e "/proc/${folder##*.}" ] || rm -rf "$folder";
done'
readonly end_leftovers=${end_leftovers//$'\n'/ }
