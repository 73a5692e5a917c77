#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep status`: what it lists is what /proc says, and which processes it lists.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/policies

setup_file() {
  etc_setup_file
}

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
  [[ ${lines[0]} =~ ^PID\ +USER\ +COMMAND\ +NNP\ +KEEPER\ +PERMITTED\ +EFFECTIVE\ +INHERITABLE\ +AMBIENT\ +BOUNDING\ +SECUREBITS\ +POLICY$ ]]
  [[ ${lines[1]} =~ ^$pid\ +nobody\ +sh\ +no\ +unknown\ +cap_kill,cap_net_raw,\ +cap_kill,cap_net_raw,\ .*\ -\ +-$ ]]
  # A list that is too long goes on in its column, and nothing ends with a blank.
  local before_ambient=${lines[0]%%AMBIENT*}
  [[ ${lines[1]:${#before_ambient}} == cap_kill,* && ${lines[2]:${#before_ambient}} == cap_sys_time ]]
  run ! grep -q ' $' "$work/table"
}

# --- who keeps it

# entry PID FILTER: the entry of a process satisfies a filter of jq.
entry() {
  lists "$1"
  jq -e ".[0] | $2" "$work/status" || { cat "$work/status"; return 1; }
}

# A launcher that lives on, below which a program of nobody's waits; their pids in $pid and $child.
launch() {
  local name=$1
  shift
  start "$name" "$@" sh -c '"$@"; true' sh setpriv --reuid 65534 --clear-groups
  child=$(pgrep -P "$pid")
  pids+=("$child")
  [[ $(sed -n 's/^CapAmb:\t//p' "/proc/$child/status") == 0000000000000020 ]]
}

@test "status: who keeps it: the library, a supervisor, a launcher above, the file, or nobody that is to be seen" {
  launch library env LD_PRELOAD="$lib" CAPKEEP_LOG=none CAPKEEP_AMBIENT=cap_kill
  entry "$pid" '.kept_by == "library" and .shim and .keeper == null and .policy == {source: "environment", file: null, changed: null}'
  entry "$child" ".kept_by == \"below\" and .keeper == $pid and .shim == false and .policy == null"
  "$bin" status "$child" | grep -E "^$child +nobody +sh +no +below sh +cap_kill "
  launch supervised "$bin" run --log none --method=ptrace -a cap_kill --
  local tracer
  tracer=$(sed -n 's/^TracerPid:\t//p' "/proc/$pid/status")
  entry "$pid" ".kept_by == \"supervisor\" and .keeper == $tracer and .shim == false and .replaced == false and .policy.source == \"environment\""
  entry "$child" ".kept_by == \"below\" and .keeper == $pid"
  local launcher=$pid
  lists
  jq -e --argjson pid "$launcher" 'any(.pid == $pid)' "$work/status"
  "$bin" status "$launcher" | grep -E "^$launcher +root +sh +no +supervisor .* environment$"
  start setpriv setpriv --reuid 65534 --clear-groups --inh-caps +kill --ambient-caps +kill
  entry "$pid" '.kept_by == "unknown" and .keeper == null and .replaced == null'
  start plain env
  entry "$pid" '.kept_by == "nothing"'
  start user setpriv --reuid 65534 --clear-groups
  entry "$pid" '.kept_by == "nothing"'
  start lowered "$bin" run --log none -a cap_kill --descendants=no -- setpriv --reuid 65534 --clear-groups
  entry "$pid" '.kept_by == "library" and .caps.permitted == ["cap_kill"] and .policy.source == "none"'
  start disabled env LD_PRELOAD="$lib" CAPKEEP_DISABLE=yes CAPKEEP_AMBIENT=cap_kill
  entry "$pid" '.kept_by == "nothing" and .shim and .policy == null'
}

@test "status: a file's capabilities, and a process that somebody else traces" {
  cp /bin/dash "$work/sh_caps"
  setcap cap_kill+ep "$work/sh_caps" || skip_because "$BATS_TEST_DESCRIPTION" "the file system has no file capabilities"
  mkfifo "$work/caps.end"
  : >"$work/caps"
  chmod 666 "$work/caps" "$work/caps.end"
  setpriv --reuid 65534 --clear-groups "$work/sh_caps" -c 'echo >"$0"; read -r line <"$0.end"' "$work/caps" 3>&- &
  pid=$!
  pids+=("$pid")
  wait_until 10 test -s "$work/caps"
  entry "$pid" '.kept_by == "file" and .caps.permitted == ["cap_kill"]'
  start traced "$bin" trace -o /dev/null --
  child=$(pgrep -P "$pid")
  pids+=("$child")
  [[ $(sed -n 's/^TracerPid:\t//p' "/proc/$child/status") == "$pid" ]]
  entry "$child" '.kept_by == "nothing"'
}

# --- with which policy

# outdated PID yes|no: whether the policy that it has is another than that which is there now.
outdated() {
  lists "$1"
  jq -e ".[0].policy.changed == $([[ $2 == yes ]] && echo true || echo false)" "$work/status" >/dev/null
}

# changes PID COMMAND…: until it shows, as what was changed at the very beginning does not.
changes() {
  local of=$1
  shift
  outdated "$of" no
  changed_once() { "$@" && outdated "$of" yes; }
  wait_until 10 changed_once "$@"
}

rewrite() {
  printf '[Keep a]\nAmbientCapabilities=cap_kill\n' >"$1"
}

move_there() {
  rewrite "$1.new" && touch -d '2020-01-01' "$1.new" && mv "$1.new" "$1"
}

@test "status: which policy file, and whether it has changed since" {
  local way policy=$work/policy
  # Not in the tree: on the way there may be folders whose owner a user namespace does not know.
  mkdir "$work/elsewhere"
  cd "$work/elsewhere"
  for way in env ptrace preload relative; do
    rewrite "$policy"
    case $way in
      env) start "$way" env LD_PRELOAD="$lib" CAPKEEP_LOG=none CAPKEEP_POLICY="$policy" ;;
      relative) start "$way" "$bin" run --log none --policy "$(realpath --relative-to=. "$policy")" -- ;;
      *) start "$way" "$bin" run --log none --method="$way" --pol="$policy" -- ;;
    esac
    entry "$pid" ".policy.source == \"file\""
    [[ $(jq -r '.[0].policy.file' "$work/status" | xargs realpath) == "$(realpath "$policy")" ]]
    run ! grep -F '(changed)' <("$bin" status "$pid")
    changes "$pid" move_there "$policy"
    "$bin" status "$pid" >"$work/table"
    grep -qF "/policy (changed)" "$work/table" # under the name that was given
    grep -q '^(changed), (replaced): ' "$work/table"
    # One that starts now has the new one.
    start "$way-new" env LD_PRELOAD="$lib" CAPKEEP_LOG=none CAPKEEP_POLICY="$policy"
    changes "$pid" rm -f "$policy"
  done
  rewrite "$policy"
  # A supervisor stands in / (it holds no file system), so it is not known what a relative name was relative to.
  start left "$bin" run --log none --method=ptrace --policy "$(realpath --relative-to=. "$policy")" --
  entry "$pid" ".policy == {source: \"file\", file: \"$(realpath --relative-to=. "$policy")\", changed: null}"
  start both env LD_PRELOAD="$lib" CAPKEEP_LOG=none CAPKEEP_POLICY="$policy" CAPKEEP_AMBIENT=cap_chown
  entry "$pid" '.policy.source == "environment" and .policy.changed == false'
  changes "$pid" rewrite "$policy"
}

@test "status: the installed policy: each file, and the folder for one that is gone" {
  etc_setup
  local kind
  for kind in new gone main first; do
    rm -rf "$conf"
    mkdir -m 755 "$conf" "$conf/capkeep.conf.d"
    rewrite "$conf/capkeep.conf.d/a.conf"
    start "$kind" "${in_etc[@]}" env LD_PRELOAD="$lib" CAPKEEP_LOG=none
    entry "$pid" '.policy == {source: "installed", file: "/etc/capkeep", changed: false}'
    case $kind in
      new) changes "$pid" rewrite "$conf/capkeep.conf.d/b.conf" ;;
      gone) changes "$pid" rm -f "$conf/capkeep.conf.d/a.conf" ;;
      main) changes "$pid" rewrite "$conf/capkeep.conf" ;;
      first) changes "$pid" rewrite "$conf/capkeep.conf.d/a.conf" ;;
    esac
  done
  rm -rf "$conf"
  start none "${in_etc[@]}" env LD_PRELOAD="$lib" CAPKEEP_LOG=none
  entry "$pid" '.policy.source == "none"'
}

@test "status: by /etc/ld.so.preload the installed policy counts; a title over the environment shows none" {
  etc_setup
  echo "$lib" >"$etc/ld.so.preload"
  start everywhere "${in_etc[@]}" env CAPKEEP_AMBIENT=cap_chown CAPKEEP_LOG=none
  entry "$pid" '.kept_by == "library" and .policy == {source: "installed", file: "/etc/capkeep", changed: false}'
  rm "$etc/ld.so.preload"
  command -v perl >/dev/null || skip_because "$BATS_TEST_DESCRIPTION: a title" "perl is not installed"
  mkfifo "$work/title.end"
  # shellcheck disable=SC2016 # Perl's
  LD_PRELOAD=$lib CAPKEEP_AMBIENT=cap_chown CAPKEEP_LOG=none perl -e '$0 = "x" x 100000; open(my $said, ">", $ARGV[0]);
    print $said "\n"; close($said); open(my $end, "<", "$ARGV[0].end"); <$end>' "$work/title" 3>&- &
  pid=$!
  pids+=("$pid")
  wait_until 10 test -s "$work/title"
  entry "$pid" '.kept_by == "library" and .policy == null'
  "$bin" status "$pid" | grep -E "^$pid .* -  +\\?$"
}

@test "status: a library that was replaced, or removed, since" {
  local how here=$work/libcapkeep.so
  replaced() { entry "$pid" ".kept_by == \"library\" and .replaced == $1"; }
  put() { cp "$lib" "$here.new" && mv "$here.new" "$here"; }
  replaced_once() { "$@" && replaced true; }
  for how in put 'rm -f'; do
    cp "$lib" "$here"
    start "${how%% *}" env LD_PRELOAD="$here" CAPKEEP_LOG=none CAPKEEP_AMBIENT=cap_kill
    replaced false
    # shellcheck disable=SC2086 # words
    wait_until 10 replaced_once $how "$here"
    "$bin" status "$pid" | grep -E "^$pid +root +sh +no +library \(replaced\) "
  done
  # An older file in its place: by its times it would be the same.
  can_unshare --mount || skip_because "$BATS_TEST_DESCRIPTION: covered" "no mount namespace to be had"
  cp "$lib" "$here"
  cp "$lib" "$work/older"
  start covered unshare --mount --propagation private env LD_PRELOAD="$here" CAPKEEP_LOG=none CAPKEEP_AMBIENT=cap_kill
  replaced false
  nsenter --target "$pid" --mount mount --bind "$work/older" "$here"
  replaced true
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

# Whether the kernel tells what is used: in a user namespace, or before Linux 6.14, the command says that it does not.
need_tracepoint() {
  if ! "$bin" status --used 1ms $$ >"$work/said" 2>&1 && grep -q 'the kernel does not tell' "$work/said"; then
    skip_because "$BATS_TEST_DESCRIPTION" "the kernel does not tell what is used (Linux 6.14, CAP_SYS_ADMIN)"
  fi
}

# start_busy: a process that has cap_kill and cap_chown, uses the first all the time, and is denied a third; its pid in $pid.
# Each of its rounds is a line of $work/busy.
start_busy() {
  : >"$work/busy"
  chmod 666 "$work/busy"
  setpriv --reuid 65534 --clear-groups --inh-caps -all,+kill,+chown --ambient-caps -all,+kill,+chown \
    sh -c 'echo >"$0"; while :; do kill -0 1; true 2>/dev/null >/etc/denied; echo >>"$0"; sleep 0.02; done' "$work/busy" 3>&- &
  pid=$!
  pids+=("$pid")
  wait_until 10 test -s "$work/busy"
}

# Whether the busy process, whose pid is $pid, has got to a round while it was looked at.
list_sees_it() {
  lists --used 500ms
  jq -e --argjson busy "$pid" 'any(.pid == $busy and .used != [])' "$work/status" >/dev/null
}

table_sees_it() {
  "$bin" status --used 500ms "$@" >"$work/table"
  awk -v busy="$pid" '$1 == busy && $(NF - 1) != "none" { seen = 1 } END { exit !seen }' "$work/table"
}

@test "status --used: what each process has made use of meanwhile, and what not" {
  need_tracepoint
  start ambient setpriv --reuid 65534 --clear-groups --inh-caps -all,+kill --ambient-caps -all,+kill
  local idle=$pid
  start_busy
  wait_until 10 list_sees_it
  agrees "$pid"
  jq -e --argjson busy "$pid" --argjson idle "$idle" '
    any(.pid == $busy and .used == ["cap_kill"] and .unused == ["cap_chown"]) and
    any(.pid == $idle and .used == [] and .unused == ["cap_kill"])' "$work/status"
  wait_until 10 table_sees_it "$pid" "$idle"
  cat "$work/table"
  awk -v busy="$pid" -v idle="$idle" '
    NR == 1 && ($13 != "USED" || $14 != "UNUSED") || $1 == busy && ($(NF - 1) != "cap_kill" || $NF != "cap_chown") ||
    $1 == idle && ($(NF - 1) != "none" || $NF != "cap_kill") { exit 1 }
    $1 == busy || $1 == idle { found++ }
    END { if (found != 2) exit 1 }' "$work/table"
  # Without it there is no such column, nor such a member.
  "$bin" status "$pid" >"$work/table"
  run ! grep -q USED "$work/table"
  lists "$pid"
  jq -e 'all(has("used") or has("unused") | not)' "$work/status"
}

@test "status --used: SIGINT and SIGTERM end it, and it tells what it has seen" {
  need_tracepoint
  start_busy
  for signal in INT TERM; do
    # In the background a shell has SIGINT ignored.
    env --default-signal=INT "$bin" status --used 1h --format json "$pid" >"$work/status" 3>&- &
    local status=$!
    wait_until 10 catches "$status"
    # Some rounds of the other process's.
    : >"$work/busy"
    wait_until 10 rounds 20
    kill -"$signal" "$status"
    pids+=("$status")
    wait_until 10 gone "$status"
    wait "$status"
    jq -e '.[0].used == ["cap_kill"]' "$work/status"
  done
}

# catches PID: it has handlers for SIGINT and SIGTERM (signal(7)).
catches() {
  local mask
  mask=$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status")
  (((16#$mask & 0x4002) == 0x4002))
}

gone() {
  ! kill -0 "$1" 2>/dev/null
}

# rounds N: the busy process has gone through so many.
rounds() {
  (($(wc -l <"$work/busy") >= $1))
}

@test "status --used: where the kernel does not tell, or not for so long, it says so" {
  run -125 setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$bin" status --used 1s
  [[ $output == "capkeep: status: --used: the kernel does not tell"* ]]
  run -125 "$bin" status --used 25h
  [[ $output == *'not a duration'* ]]
  run -125 "$bin" status --used
}
