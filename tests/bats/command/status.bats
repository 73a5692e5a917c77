#!/usr/bin/env bats
# `capkeep status`: what it lists is what /proc says, and which processes it lists.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION" "needs root"
  pids=()
}

teardown() {
  local pid
  for pid in "${pids[@]}"; do
    kill -KILL "$pid" || true
    wait "$pid" || true
  done 2>/dev/null
}

# start NAME COMMAND…: a process that waits, once it has said that it is there; its pid in $pid and pid_of[NAME].
declare -gA pid_of=()
start() {
  local name=$1
  shift
  mkfifo "$work/$name.end"
  : >"$work/$name"
  chmod 666 "$work/$name" "$work/$name.end"
  "$@" sh -c 'echo >"$0"; read -r line <"$0.end"' "$work/$name" 3>&- &
  pid=$!
  pids+=("$pid")
  pid_of[$name]=$pid
  wait_until 10 test -s "$work/$name"
}

# listed PID…: which of the processes that the test has started are in $work/status.
listed() {
  jq -r '.[].pid' "$work/status" | grep -xF "$(printf '%s\n' "${pids[@]}")" | sort
}

# lists OPTION…: in $work/status, as JSON.
lists() {
  "$bin" status --format json "$@" >"$work/status"
}

# agrees PID: its entry says what the kernel says.
agrees() {
  jq --argjson pid "$1" '.[] | select(.pid == $pid) + {started: true, secure: false}' "$work/status" >"$work/entry"
  { cat "/proc/$1/status" && echo $'Secure:\t0'; } >"$work/kernel"
  assert_state_is "$work/kernel" "$work/entry"
  jq -e --arg comm "$(<"/proc/$1/comm")" --argjson nnp "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$1/status")" '
    .command == $comm and .no_new_privs == ($nnp == 1) and .securebits == null' "$work/entry"
}

@test "status: those with ambient or inheritable capabilities, or with the library, and no others" {
  start plain env
  start ambient setpriv --reuid 65534 --clear-groups --inh-caps +kill --ambient-caps +kill
  start inheritable setpriv --reuid 65534 --clear-groups --inh-caps +kill --no-new-privs
  start shim env LD_PRELOAD="$lib" CAPKEEP_LOG=none
  start nobody setpriv --reuid 65534 --clear-groups
  lists
  diff -u <(printf '%s\n' "${pid_of[ambient]}" "${pid_of[inheritable]}" "${pid_of[shim]}" | sort) <(listed)
  agrees "${pid_of[ambient]}"
  agrees "${pid_of[inheritable]}"
  agrees "${pid_of[shim]}"
  # Another one has been installed since.
  cp "$lib" "$work/libcapkeep.so"
  start replaced env LD_PRELOAD="$work/libcapkeep.so" CAPKEEP_LOG=none
  rm "$work/libcapkeep.so"
  lists
  jq -e --argjson pid "${pid_of[replaced]}" 'any(.pid == $pid and .shim)' "$work/status"
  jq -e --argjson pid "${pid_of[shim]}" '.[] | select(.pid == $pid) | .shim and .user == "root"' "$work/status"
  jq -e --argjson pid "${pid_of[ambient]}" '.[] | select(.pid == $pid) | .shim == false and .user == "nobody" and
    .uid == [65534, 65534, 65534] and .caps.ambient == ["cap_kill"]' "$work/status"
}

@test "status --all: every process, as the kernel tells of it" {
  start plain env
  start other setpriv --reuid 65534 --clear-groups --no-new-privs --bounding-set -all,+kill
  lists --all
  diff -u <(printf '%s\n' "${pids[@]}" | sort) <(listed)
  agrees "${pid_of[plain]}"
  agrees "${pid_of[other]}"
  jq -e 'any(.pid == 1)' "$work/status"
  # Sorted, and none twice.
  jq -e '[.[].pid] | . == (unique | sort)' "$work/status"
}

@test "status PID: just these, and 1 if there is no such process" {
  start plain env
  lists "$pid" "$$"
  diff -u <(printf '%s\n' "$pid" "$$") <(jq -r '.[].pid' "$work/status")
  run -1 --separate-stderr "$bin" status --format json 4194305 "$pid"
  [[ $stderr == 'capkeep: status: process 4194305: no such process' ]]
  jq -e --argjson pid "$pid" 'length == 1 and .[0].pid == $pid' <<<"$output"
}

@test "status: a user sees his own processes whole, and of others what /proc tells everybody" {
  start mine setpriv --reuid 65534 --clear-groups --inh-caps +kill --ambient-caps +kill
  start theirs env LD_PRELOAD="$lib" CAPKEEP_LOG=none
  start preloaded setpriv --reuid 65534 --clear-groups env LD_PRELOAD="$probes/second_preload.so" 
  # As that user, and without the capabilities that would open every process.
  setpriv --reuid 65534 --clear-groups "$bin" status --format json --all >"$work/status"
  agrees "${pid_of[mine]}"
  agrees "${pid_of[theirs]}"
  jq -e --argjson pid "${pid_of[preloaded]}" '.[] | select(.pid == $pid) | .shim == false' "$work/status"
  jq -e --argjson pid "${pid_of[theirs]}" '.[] | select(.pid == $pid) | .shim == null' "$work/status"
  run -0 setpriv --reuid 65534 --clear-groups "$bin" status "${pid_of[theirs]}"
  [[ ${lines[1]} =~ ^"${pid_of[theirs]}"\ +root\ +sh\ +no\ +\?\  ]]
}

@test "status: the table for a terminal" {
  start ambient setpriv --reuid 65534 --clear-groups --inh-caps +kill,+sys_time,+net_raw --ambient-caps +kill,+sys_time,+net_raw
  "$bin" status "$pid" >"$work/table"
  mapfile -t lines <"$work/table"
  ((${#lines[@]} == 3))
  [[ ${lines[0]} =~ ^PID\ +USER\ +COMMAND\ +NNP\ +SHIM\ +PERMITTED\ +EFFECTIVE\ +INHERITABLE\ +AMBIENT\ +BOUNDING\ +SECUREBITS$ ]]
  [[ ${lines[1]} =~ ^$pid\ +nobody\ +sh\ +no\ +no\ +cap_kill,cap_net_raw,\ +cap_kill,cap_net_raw,\ .*\ -$ ]]
  # A list that is too long goes on in its column, and nothing ends with a blank.
  local before_ambient=${lines[0]%%AMBIENT*}
  [[ ${lines[1]:${#before_ambient}} == cap_kill,* && ${lines[2]:${#before_ambient}} == cap_sys_time ]]
  run ! grep -q ' $' "$work/table"
}

@test "status: a process's name does nothing to the terminal, nor to JSON" {
  local odd=$work/$'\033[2J\n"\xff'
  cp /bin/dash "$odd"
  mkfifo "$work/odd.end"
  : >"$work/odd"
  "$odd" -c 'echo >"$0"; read -r line <"$0.end"' "$work/odd" 3>&- &
  pid=$!
  pids+=("$pid")
  wait_until 10 test -s "$work/odd"
  run -0 "$bin" status "$pid"
  [[ ${#lines[@]} == 2 && $output != *$'\033'* && ${lines[1]} == *'\x1b[2J'* ]]
  lists "$pid"
  /usr/bin/python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1], encoding="utf-8"))) == 1' "$work/status"
}

@test "status: wrong uses" {
  run -125 "$bin" status --all 1
  run -125 "$bin" status 0
  run -125 "$bin" status x
  run -125 "$bin" status 1 12x
  run -125 "$bin" status 99999999999
  run -125 "$bin" status --format html
  run -125 "$bin" status --nonsense
  run -0 "$bin" status --help
}
