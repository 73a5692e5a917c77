#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep learn`: its sets are held against an oracle, which tries every subset of a command's candidates with setpriv and
# asks the same check. As games, in namespaces of their own.
# shellcheck disable=SC2016,SC2054,SC2089,SC2090,SC2154 # expanded by the commands under test; the variables that find_what_is_tested sets

load ../lib/common
load ../lib/learn
bats_require_minimum_version 1.5.0

setup() {
  learn_setup
  inner_variables+=(work F bin policies before check caps expected without options capability_names capability_number)
  before=: check='[ $CAPKEEP_STATUS = 0 ]' without='' caps='' expected='' options=()
  # Where a policy counts: nobody else can write there.
  policies=$work/policies
  mkdir -m 755 "$policies"
}

# --- the oracle

# passes_with CAPS COMMAND…: the check, after a run with exactly these, by setpriv alone.
passes_with() {
  local list=${1//cap_/+}
  shift
  sh -c "$before" >/dev/null 2>&1
  CAPKEEP_STATUS=0 CAPKEEP_OUTPUT=$work/oracle.out
  setpriv --reuid games --regid games --init-groups --inh-caps "-all${list:+,${list// /,}}" --ambient-caps "-all${list:+,${list// /,}}" \
    "$@" </dev/null >"$CAPKEEP_OUTPUT" 2>&1 || CAPKEEP_STATUS=$?
  CAPKEEP_STATUS=$CAPKEEP_STATUS CAPKEEP_OUTPUT=$CAPKEEP_OUTPUT sh -c "$check" >/dev/null 2>&1
}

# The subsets of $caps with which it passes, and none of theirs does: one a line, "none" for the empty one.
minimal_sets() {
  local -a all passing=()
  local number size index set other
  read -ra all <<<"$caps"
  for ((size = 0; size <= ${#all[@]}; size++)); do
    for ((number = 0; number < 1 << ${#all[@]}; number++)); do
      set=()
      for ((index = 0; index < ${#all[@]}; index++)); do
        ((number >> index & 1)) && set+=("${all[index]}")
      done
      ((${#set[@]} == size)) || continue
      for other in "${passing[@]}"; do
        (((other & number) == other)) && continue 2
      done
      passes_with "${set[*]}" "$@" || continue
      passing+=("$number")
      echo "${set[*]:-none}"
    done
  done
}

# learned: the set that was printed.
learned() {
  if grep -q '^# no capability: ' "$work/policy"; then
    echo none
  else
    sed -n 's/^AmbientCapabilities=//p' "$work/policy"
  fi
}

learn() {
  local status=0
  CAPKEEP_LEARN_WITHOUT=$without timeout 600 "$bin" learn -u games --before "$before" --check "$check" "${options[@]}" -- "$@" \
    >"$work/policy" 2>"$work/said" || status=$?
  ((status == 0)) || { echo "learn: $status"; cat "$work/policy" "$work/said"; return 1; }
}

# same_as_oracle COMMAND…: with the tracepoint and without it, and what is expected is among what setpriv finds.
same_as_oracle() {
  minimal_sets "$@" >"$work/minimal"
  grep -qxF -- "$expected" "$work/minimal" || { echo "setpriv finds:"; cat "$work/minimal"; return 1; }
  for without in '' tracepoint ptrace; do
    learn "$@"
    grep -qxF -- "$(learned)" "$work/minimal" || { echo "without '$without':"; cat "$work/policy" "$work/said"; return 1; }
  done
}

oracle() {
  caps=$1 expected=$2
  shift 2
  sandbox same_as_oracle "$@"
}

process_of_daemon() {
  start_of_another
  same_as_oracle "$@" "$another"
  kill "$another"
}

@test "learn, oracle: a server on a low port" {
  [[ $(command -v busybox) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs busybox"
  # It has ended, or it serves.
  oracle 'cap_net_bind_service cap_kill cap_net_admin' cap_net_bind_service \
    bash -c 'busybox httpd -f -p 127.0.0.1:88 & while [[ $(jobs -r) ]]; do : 2>/dev/null >/dev/tcp/127.0.0.1/88 && kill $!; done; wait $!; (($? == 143))'
}

@test "learn, oracle: chmod of another's file" {
  before='rm -f "$F"; : >"$F"; chmod 600 "$F"; chown 1 "$F"' check='[ "$(stat -c %a "$F")" = 640 ]'
  oracle 'cap_fowner cap_dac_override cap_chown' cap_fowner chmod 640 "$F"
}

@test "learn, oracle: taskset of another's process" {
  caps='cap_sys_nice cap_kill cap_sys_ptrace' expected=cap_sys_nice
  sandbox process_of_daemon taskset -p 1
}

@test "learn, oracle: install with an owner and a mode" {
  before='rm -f "$F"' check='[ "$(stat -c %u:%a "$F")" = 1:4755 ]'
  oracle 'cap_chown cap_fowner cap_fsetid cap_dac_override' 'cap_chown cap_fowner' install -o 1 -m 4755 /bin/true "$F"
}

@test "learn, oracle: a route, which netlink refuses in a message" {
  before='ip route del 10.3.0.0/16 2>/dev/null; :' check='ip route | grep -q ^10.3'
  oracle 'cap_net_admin cap_net_raw cap_sys_admin' cap_net_admin ip route add 10.3.0.0/16 dev lo
}

@test "learn, oracle: two needs, one after the other" {
  before='rm -f "$F"; : >"$F"; chown games "$F"' check='[ "$(stat -c %g "$F")" = 1 ] && [ "$CAPKEEP_STATUS" = 0 ]'
  oracle 'cap_chown cap_sys_nice cap_fsetid' 'cap_chown cap_sys_nice' sh -c 'chgrp 1 "$F" && renice -n -5 -p $$'
}

@test "learn, oracle: a refusal that is tolerated" {
  oracle 'cap_sys_nice cap_chown' none sh -c 'renice -n -5 -p $$; exit 0'
}

# few_runs SET COMMAND…: SET is learned, in at most eight judged runs, and by setpriv it passes, and nothing less.
few_runs() {
  local expected=$1 member
  shift
  options=(--format json)
  learn "$@"
  jq -e --arg set "$expected" '(.set | sort) == ($set | split(" ")) and (.runs | map(select(.observed | not)) | length <= 8)' "$work/policy" >/dev/null ||
    { echo "$*:"; jq -c '.set, (.runs[] | [.set, .observed, .passed])' "$work/policy"; return 1; }
  passes_with "$expected" "$@"
  for member in $expected; do
    ! passes_with "$(grep -vx "$member" <<<"${expected// /$'\n'}" | xargs)" "$@" || { echo "$*: without $member"; return 1; }
  done
}

three_needs() {
  local owned='rm -rf "$F" "$work/new"; : >"$F"; chown games "$F"'
  echo text >"$work/secret"
  chmod 600 "$work/secret"
  before=$owned
  few_runs 'cap_chown cap_dac_read_search cap_sys_nice' sh -c 'cat "$1" && chown 1 "$0" && renice -n -5 -p $$' "$F" "$work/secret"
  few_runs 'cap_kill cap_net_bind_service cap_sys_nice' /usr/bin/python3 -Ic 'import os, socket
os.kill(1, 0); os.nice(-1); socket.socket().bind(("127.0.0.1", 88))'
  # Not every control group gives time to real-time priorities (cpu.rt_runtime_us).
  local first='os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(9))'
  chrt --rr 9 true 2>/dev/null || first='os.nice(-1)'
  few_runs 'cap_ipc_lock cap_net_raw cap_sys_nice' /usr/bin/python3 -Ic 'import ctypes, os, socket
'"$first"'; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
assert ctypes.CDLL(None).mlockall(3) == 0'
  few_runs 'cap_setgid cap_setuid cap_sys_chroot' chroot --userspec=1:1 / true
  before="$owned; ip rule del from 10.1.1.1 2>/dev/null; :"
  few_runs 'cap_chown cap_net_admin cap_sys_admin' sh -c 'unshare -u true && ip rule add from 10.1.1.1 && chown 1 "$0"' "$F"
  before='rm -rf "$work/from" "$work/to"; mkdir -m 777 "$work/from" "$work/to"; : >"$work/from/file"; chmod 600 "$work/from/file"; chown 1:1 "$work/from/file"'
  check='[ "$(stat -c %u:%a "$work/to/from/file")" = 1:600 ]'
  few_runs 'cap_chown cap_dac_read_search' cp -a "$work/from" "$work/to"
}

@test "learn, oracle: three needs take at most eight judged runs" {
  sandbox three_needs
}

without_enough() {
  local status=0
  "$bin" learn -u games -- sh -c '[ "$(id -u)" = 0 ]' >"$work/policy" 2>"$work/said" || status=$?
  [[ $status == 3 ]]
  grep -q '^# *it looks at its uid' "$work/policy"
  run ! grep -q '^AmbientCapabilities' "$work/policy"
}

@test "learn, oracle: no set is enough for what looks at its uid" {
  sandbox without_enough
}

# ioprio_set is content with CAP_SYS_ADMIN or CAP_SYS_NICE, in one call. It passes by its sets alone, and more is less: of
# CAP_SYS_ADMIN, CAP_SYS_NICE and CAP_KILL neither the first can be left out of all, nor the last of what the second leaves.
one_call_two_needs() {
  learn /usr/bin/python3 -Ic 'import ctypes, os, sys
ctypes.CDLL(None).syscall(251, 1, 0, 1 << 13)
try: os.kill(1, 0)
except OSError: pass
effective = int([line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")][0], 16)
admin, nice, kill = 1 << 21, 1 << 23, 1 << 5
sys.exit(effective & (admin | nice | kill) not in (admin | nice | kill, admin | kill, admin, nice))'
  [[ $(learned) == cap_sys_nice ]]
}

@test "learn: what the same call asked for is tried in place of cap_sys_admin" {
  [[ $(uname -m) == x86_64 ]] || skip_because "$BATS_TEST_DESCRIPTION" "has the number of a system call of x86-64"
  sandbox one_call_two_needs
}

# --- what is printed

a_mode() {
  before='rm -f "$F"; : >"$F"; chmod 600 "$F"; chown 1 "$F"' check='[ "$(stat -c %a "$F")" = 640 ]'
  export before check
}

@test "learn: capkeep check takes the policy, and capkeep run with it passes the check" {
  a_mode
  learn chmod 640 "$F"
  cat "$work/policy"
  cp "$work/policy" "$policies/learned.conf"
  "$bin" check --policy "$policies/learned.conf"
  sh -c "$before"
  "$bin" run --log none -u games --policy "$policies/learned.conf" -- chmod 640 "$F"
  CAPKEEP_STATUS=0 sh -c "$check"
  # As the comment has it.
  sh -c "$before"
  sed -n 's/^# or: capkeep/"$bin"/p' "$work/policy" >"$work/line"
  bin=$bin sh "$work/line"
  CAPKEEP_STATUS=0 sh -c "$check"
}

@test "learn: what check --strict has against the policy is said in it" {
  a_mode
  learn chmod 640 "$F"
  cp "$work/policy" "$policies/learned.conf"
  run "$bin" check --strict --policy "$policies/learned.conf"
  [[ $status == 1 && $output == *"cap_fowner amounts to root"* ]]
  grep -q '^# warning: cap_fowner amounts to root' "$work/policy"
  before=: check='[ $CAPKEEP_STATUS = 0 ]'
  sandbox strict_of_port
}

strict_of_port() {
  learn python3 -c 'import socket; socket.socket().bind(("127.0.0.1", 88))'
  cp "$work/policy" "$policies/learned.conf"
  "$bin" check --strict --policy "$policies/learned.conf"
}

@test "learn: evidence, advice, and what was asked for in vain" {
  a_mode
  learn chmod 640 "$F"
  grep -qE "^#   cap_fowner  fchmodat2? $F  chmod \(EPERM without\)$" "$work/policy"
  grep -q '^#   cap_fowner  the file in the ownership of the user' "$work/policy"
  grep -qxF "#   cap_fowner  $F is of 1:0, mode 0600" "$work/policy"
  # A directory on the way is the one that is told.
  mkdir -m 700 "$work/closed"
  echo text >"$work/closed/file"
  before=: check='[ $CAPKEEP_STATUS = 0 ]'
  learn cat "$work/closed/file"
  [[ $(learned) == cap_dac_read_search ]]
  grep -qxF "#   cap_dac_read_search  $work/closed is of 0:0, mode 0700" "$work/policy"
  learn sh -c 'renice -n -5 -p $$; exit 0'
  grep -q '^#   cap_sys_nice  setpriority .* -> EACCES$' "$work/policy"
}

@test "learn: JSON has the runs, the set and the evidence" {
  a_mode
  options=(--format json --output "$work/json")
  learn chmod 640 "$F"
  [[ ! -s $work/policy ]]
  jq -e --arg file "$F" --arg kernel "$(uname -r)" '.version == 1 and .user == "games" and .command == ["chmod", "640", $file] and .verdict == "proven"
    and .set == ["cap_fowner"] and .exact and (.runs | length >= 5) and .runs[0].set == [] and .runs[0].observed
    and (.runs[0].passed | not) and .runs[1].passed and .members[0].cap == "cap_fowner"
    and .members[0].calls[0].object == $file and .members[0].calls[0].error == "EPERM"
    and (.members[0].instead | length == 2) and .reasons == []
    and (.program | endswith("/chmod")) and .kernel == $kernel' "$work/json"
}

@test "learn --all: every minimal set" {
  before='rm -f "$F"; echo text >"$F"; chmod 600 "$F"' check='[ "$(cat "$CAPKEEP_OUTPUT")" = text ]'
  options=(--all --from cap_dac_override,cap_dac_read_search,cap_kill --format json)
  learn cat "$F"
  jq -e '[.sets[] | join("")] | sort == ["cap_dac_override", "cap_dac_read_search"]' "$work/policy"
  options=(--from cap_dac_override,cap_dac_read_search)
  learn cat "$F"
  [[ $(learned) == cap_dac_read_search ]]
}

@test "learn --runs: runs nothing, and says what it would run" {
  run -0 --separate-stderr "$bin" learn --runs -u games --before "touch $work/ran" --check "touch $work/ran" -- touch "$work/ran"
  [[ ! -e $work/ran && $output == *"as games"*"touch $work/ran"*"once with none"*"--before"*"--check"* ]]
}

@test "learn: its hazards are told before the first run" {
  "$bin" learn -u games -- sh -c 'exit 0' --before >/dev/null 2>"$work/said"
  grep -q 'run several times as games.*at least once with all.*only what it does meanwhile is learned' "$work/said"
  # The runs and we write to one place here; that of the first comes behind.
  "$bin" learn -u games --before 'echo before >&2' -- true >/dev/null 2>"$work/said"
  [[ $(head -n 1 "$work/said") == *"several times"* && $(sed -n 2p "$work/said") == before ]]
}

# --- each run

as_run_has_it() {
  local state='grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)" /proc/self/status'
  learn sh -c "$state"' >"$0/state"; kill -0 1' "$work"
  "$bin" run --log none -u games -a cap_kill -- sh -c "$state" >"$work/expected"
  [[ $(learned) == cap_kill ]]
  # The last run with it is the last but one.
  learn sh -c 'kill -0 1 || exit; '"$state"' >"$0/state"' "$work"
  diff -u "$work/expected" "$work/state"
}

@test "learn: a run has what run -u -a gives" {
  chmod 777 "$work"
  sandbox as_run_has_it
}

@test "learn: only observed runs are traced" {
  install -m 666 /dev/null "$work/traced"
  options=(--format json)
  learn sh -c 'sed -n s/^TracerPid:.//p /proc/self/status >>"$0"; renice -n -5 -p $$' "$work/traced"
  jq -r '.runs[].observed' "$work/policy" >"$work/observed"
  diff -u "$work/observed" <(sed 's/^0$/false/; t; s/.*/true/' "$work/traced")
  [[ $(sort -u "$work/observed" | wc -l) == 2 ]]
}

@test "learn: nothing is left, and none takes two runs" {
  options=(--format json)
  learn true
  jq -e '(.runs | length == 2) and .set == [] and .verdict == "proven"' "$work/policy"
  options+=(--confirm 3)
  learn true
  jq -e '.runs | length == 4' "$work/policy"
  [[ ! $(ls -A "$TMPDIR") ]]
}

@test "learn --check: it has the status, of a signal too, and the output" {
  check='[ $CAPKEEP_STATUS = 137 ] && grep -qx written $CAPKEEP_OUTPUT'
  learn sh -c 'echo written >&2; kill -KILL $$'
  [[ $(learned) == none ]]
  check='[ $CAPKEEP_STATUS = 4 ]'
  learn sh -c 'exit 4'
}

@test "learn --until: --check is asked when the daemon has ended" {
  run -0 --separate-stderr "$bin" learn -u games --until true --check '[ $CAPKEEP_STATUS = 143 ]' -- sleep 1000 # even before it is executed
  run -3 --separate-stderr "$bin" learn -u games --from cap_kill --until true --check false -- sleep 1000
}

needs_silent() {
  before='rm -f "$F" "$F.new"; cp /bin/true "$F"; chown 1:1 "$F"; chmod 2755 "$F"; chmod 777 "$work"' check='[ "$(stat -c %g:%a "$F.new")" = 1:2755 ]'
  caps='cap_chown cap_fowner cap_fsetid' expected='cap_chown cap_fowner cap_fsetid'
  same_as_oracle cp -p "$F" "$F.new"
}

@test "learn, oracle: what no call fails without" {
  sandbox needs_silent
}

# With everything it could become root again, and ends; it binds before, and what comes after that is what it was denied.
more_is_less() {
  local bound='import os, socket, sys
socket.socket().bind(("127.0.0.1", 88))
try: os.setuid(0)
except OSError: sys.exit(0)
sys.exit("could become root")'
  caps='cap_net_bind_service cap_setuid cap_kill'
  minimal_sets /usr/bin/python3 -Ic "$bound" >"$work/minimal"
  diff -u - "$work/minimal" <<<cap_net_bind_service
  for without in '' tracepoint ptrace; do # where it is not seen what to grow by
    learn /usr/bin/python3 -Ic "$bound"
    [[ $(learned) == cap_net_bind_service ]]
  done
}

@test "learn, oracle: what ends with an error with everything" {
  sandbox more_is_less
}

@test "learn: memory is asked for in passing" {
  learn /usr/bin/python3 -Ic 'import mmap, os; mmap.mmap(-1, 1 << 26); os.nice(-1)'
  [[ $(learned) == cap_sys_nice ]]
  grep -qxF '# only in passing: cap_sys_admin (memory)' "$work/policy"
}

@test "learn: what cannot be seen is proven all the same, and said to be likely" {
  options=(--format json) without=tracepoint
  learn sh -c 'renice -n -5 -p $$'
  jq -e '.set == ["cap_sys_nice"] and .verdict == "proven" and (.exact | not)' "$work/policy"
  options=()
  learn sh -c 'renice -n -5 -p $$'
  grep -q '^#   cap_sys_nice  likely setpriority' "$work/policy"
  grep -q 'the set is proven all the same' "$work/said"
  # All of these are candidates then.
  run -125 --separate-stderr env CAPKEEP_LEARN_WITHOUT=tracepoint "$bin" learn -u games --all -- false
  [[ $stderr == *'more than 10 capabilities; --from can narrow that'* && ! $output ]]
}

# --- what goes wrong

# refuses STATUS TEXT OPTION…: nothing is run.
refuses() {
  local status=0 expected=$1 text=$2
  shift 2
  "$bin" learn --before "touch $work/ran" "$@" >"$work/out" 2>"$work/said" || status=$?
  if [[ $status != "$expected" || $(<"$work/said") != *"$text"* || $(wc -l <"$work/said") != 1 || -s $work/out || -e $work/ran ]]; then
    echo "$*: $status"
    cat "$work/said"
    return 1
  fi
}

@test "learn: bad input is refused, and nothing is run" {
  refuses 125 'COMMAND is missing' -u games
  refuses 125 '-u USER is missing' -- true
  refuses 125 'nosuchuser' -u nosuchuser -- true
  refuses 125 'root has its capabilities anyway' -u root -- true
  refuses 125 'root has its capabilities anyway' -u 0 -- true
  refuses 125 'not a duration' -u games --timeout 0 -- true
  refuses 125 'not a duration' -u games --timeout 25h -- true
  refuses 125 'not a duration' -u games --timeout 5x -- true
  refuses 125 'did you mean cap_sys_time?' -u games --from sys_tme -- true
  refuses 125 '"cap_chwn"' -u games --from cap_chwn -- true
  run ! grep -qF null "$work/said"
  refuses 125 'does not have' -u games --from 63 -- true
  refuses 125 'a number from 1' -u games --confirm 0 -- true
  refuses 127 'nosuchcommand' -u games -- "$work/nosuchcommand"
  refuses 126 'Permission denied' -u games -- /etc/passwd
  refuses 125 'unknown option' -u games --nosuchoption -- true
  run -125 "$bin" trace -o /dev/null -- "$bin" learn -u games -- touch "$work/ran"
  [[ $output == *'traced by process'* && ! -e $work/ran ]]
}

@test "learn: a caller that cannot become somebody else is refused" {
  run -125 setpriv --bounding-set -setuid --inh-caps -setuid "$bin" learn -u games -- true
  [[ $output == *"without cap_setuid"* ]]
  run -125 setpriv --reuid games --clear-groups "$bin" learn -u nobody -- true
  [[ $output == *"only root"* ]]
}

@test "learn: what the user cannot execute is told before anything is" {
  cp /bin/true "$work/mine"
  chmod 700 "$work/mine"
  refuses 126 'Permission denied' -u games -- "$work/mine"
  # By a group that is his.
  chgrp games "$work/mine"
  chmod 710 "$work/mine"
  "$bin" learn -u games -- "$work/mine" >/dev/null
  # A user without an account has the group with its number.
  chgrp 4321 "$work/mine"
  "$bin" learn -u 4321 -- "$work/mine" >/dev/null
  refuses 126 'for 4322' -u 4322 -- "$work/mine"
}

@test "learn: a failing --before ends everything" {
  run -125 "$bin" learn -u games --before false -- touch "$work/ran"
  [[ $output == *"--before has failed"* && ! -e $work/ran ]]
}

@test "learn: a check that is not steady is told, with both outputs" {
  run -4 --separate-stderr "$bin" learn -u games --check "[ \$(echo x >>$work/count; wc -l <$work/count) -ne 2 ]" -- \
    sh -c 'echo written'
  # shellcheck disable=SC2154 # run sets it
  [[ $output == *"not steady: with none it failed, and then it passed"* ]]
  while read -r output; do
    [[ $(<"$output") == written ]]
    dir=${output%/*}
  done < <(sed -n 's/^#   output where it [a-z]*: //p' <<<"$output")
  rm -r -- "$dir"
}

@test "learn: a check that is true from the start is warned of" {
  run -0 --separate-stderr "$bin" learn -u games --check true -- true
  [[ $stderr == *"succeeds before anything was run"* && $output == *"succeeds before anything was run"* ]]
}

@test "learn --timeout: a run that takes too long has failed" {
  run -3 --separate-stderr "$bin" learn -u games --timeout 200ms -- sleep 1000
  [[ $output == *"did not end in time"* ]]
}

@test "learn --timeout: a run that takes too long has failed, with whatever status it ends" {
  run -3 --separate-stderr "$bin" learn -u games --from cap_kill --timeout 300ms -- sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
  [[ $output == *"did not end in time"* ]]
}

@test "learn --timeout: what does not end when it is asked to is killed" {
  run -3 --separate-stderr timeout 600 "$bin" learn -u games --from cap_kill --timeout 100ms -- sh -c 'trap "" TERM; while :; do sleep 1; done'
  [[ $output == *"did not end in time"* ]]
}

until_it_serves() {
  local serve='import http.server as h; h.HTTPServer(("127.0.0.1", 88), h.BaseHTTPRequestHandler).serve_forever()'
  "$bin" learn -u games --timeout 10m --until 'bash -c "</dev/tcp/127.0.0.1/88"' -- python3 -c "$serve" >"$work/policy" 2>"$work/said"
  [[ $(learned) == cap_net_bind_service ]]
  # Nothing is left that listens.
  run ! bash -c '</dev/tcp/127.0.0.1/88'
}

@test "learn --until: a daemon passes when it serves, and is ended then" {
  sandbox until_it_serves
}

left_behind() {
  options=()
  learn sh -c 'setsid sleep 1000 & setsid sh -c "trap \"\" TERM HUP; sleep 1000" & exit 0'
  grep -q '^# warning: the command left processes behind' "$work/policy"
  run ! pgrep -u games
}

@test "learn: what the command leaves behind is ended, and told" {
  sandbox left_behind
}

# What --before has started is not the command's.
keeps_own() {
  before='pgrep -x sleep >/dev/null || { sleep 1000 & }' options=()
  learn true
  wait_until 10 pgrep -x sleep # a shell may not have got that far
}

@test "learn: what --before has started stays" {
  sandbox keeps_own
}

# Without any capability it fails, with others it passes: there has to be a third run, however the kernel is asked.
interrupted() {
  local pid status=0
  "$bin" learn -u games --after "echo after >>$work/after" --before "echo before >>$work/before" -- \
    sh -c 'case $(wc -l <'"$work"'/before) in 1) exit 1 ;; 2) exit ;; esac; : >'"$work"'/third; sleep 1000' \
    >"$work/policy" 2>"$work/said" &
  pid=$!
  wait_until 20 test -e "$work/third"
  kill -"$1" "$pid"
  wait "$pid" || status=$?
  [[ $status == $((128 + $(kill -l "$1"))) ]]
  [[ $(wc -l <"$work/after") == 3 && $(wc -l <"$work/before") == 3 ]]
  grep -q '^# ended by signal' "$work/policy"
  run ! grep -q '^\[' "$work/policy"
  run ! pgrep -u games
  [[ ! $(find "$TMPDIR" -maxdepth 1 -name 'capkeep-learn.*' -newer "$work/before") ]]
}

@test "learn: SIGTERM in the third run ends it, and --after is run" {
  sandbox interrupted TERM
}

@test "learn: SIGHUP in the third run ends it, and --after is run" {
  sandbox interrupted HUP
}

killed() {
  local pid
  "$bin" learn -u games -- sh -c ': >'"$work"'/first; sleep 1000' >/dev/null 2>&1 &
  pid=$!
  wait_until 20 test -e "$work/first"
  kill -KILL "$pid"
  wait "$pid" || true
  wait_until 20 nobody_plays
}

nobody_plays() {
  ! pgrep -u games >/dev/null
}

@test "learn: killed, it leaves nothing that runs behind" {
  sandbox killed
}

@test "learn: the command has /dev/null, its arguments, no variable of ours and no descriptor" {
  sh -c 'ls /proc/self/fd >"$0/bare"' "$work" </dev/null >"$work/bare.out" 2>&1
  learn sh -c 'readlink /proc/self/fd/0 >"$0/input"; ls /proc/self/fd >"$0/open"; env >"$0/environment"; echo "$1" >"$0/argument"' "$work" 'a b'
  [[ $(<"$work/input") == /dev/null && $(<"$work/argument") == 'a b' ]]
  run ! grep -q CAPKEEP "$work/environment"
  diff -u "$work/bare" "$work/open"
}

# The line of a document, on a machine whose capkeep is the one under test.
as_documented() {
  local line
  line=$(sed -n "s/^    \\(\\$ sudo \\)*capkeep learn/\"\$bin\" learn/p" "$1")
  [[ $line == *--until*dnsmasq* ]]
  (cd "$work" && eval "$line") >"$work/policy" 2>"$work/said"
  [[ -s $work/policy ]] || mv "$work/dnsmasq.conf" "$work/policy"
  # What the document shows of it is there, in this order.
  sed -n '/^    \[Keep dnsmasq\]/,/^$/s/^    //p' "$1" >"$work/shown"
  [[ -s $work/shown ]]
  grep -xF -f "$work/shown" "$work/policy" | awk '!seen[$0]++' | diff -u <(awk '!seen[$0]++' "$work/shown") -
  cp "$work/policy" "$policies/learned.conf"
  "$bin" check --strict --policy "$policies/learned.conf"
}

@test "learn: a real daemon, as docs/finding-out.md and the recipes have it" {
  [[ $(command -v dnsmasq) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs dnsmasq"
  sandbox as_documented "$BATS_TEST_DIRNAME/../../../docs/recipes/README.md"
  sandbox as_documented "$BATS_TEST_DIRNAME/../../../docs/finding-out.md"
}

on_terminal() {
  "$BATS_TEST_DIRNAME/../lib/terminal" "send=$bin learn -u games --after 'touch $work/after' -- sleep 1000\n" \
    'wait=run 1 of at most [0-9]+, with none' 'send=^C' 'wait=ended by signal 2' 'send=echo status $?\n' 'wait=status 130'
  [[ -e $work/after ]]
  run ! pgrep -u games
}

@test "learn: on a terminal it says how far it is, and Ctrl-C ends it" {
  sandbox on_terminal
}

# not_enough REASON COMMAND…: status 3, and this, alone, is said to be why.
not_enough() {
  local status=0 reason=$1
  shift
  "$bin" learn -u games "$@" >"$work/policy" 2>"$work/said" || status=$?
  cat "$work/policy" "$work/said"
  [[ $status == 3 ]]
  grep -qE "^#   $reason" "$work/policy"
  [[ $(grep -c '^#   ' "$work/policy") == 1 ]]
}

# secret: what only root, or CAP_DAC_READ_SEARCH, reads.
secret() {
  echo text >"$work/secret"
  chmod 600 "$work/secret"
}

@test "learn, why no set is enough: it lowers its capabilities itself" {
  local reason='it lowers its capabilities itself, and was denied them after that$'
  secret
  # PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL
  not_enough "$reason" -- python3 -Ic 'import ctypes, os, sys
ctypes.CDLL(None).prctl(47, 4, 0, 0, 0)
os.execv("/bin/cat", ["cat", sys.argv[1]])' "$work/secret"
  not_enough "$reason" -- setpriv --inh-caps=-all --ambient-caps=-all cat "$work/secret"
  # It asks for its uid as well, and it is not why.
  not_enough "$reason" -- sh -c 'id -u; exec setpriv --inh-caps=-all --ambient-caps=-all kill -0 1'
  not_enough "$reason" -- python3 -Ic 'import ctypes, struct
ctypes.CDLL(None).capset(struct.pack("Ii", 0x20080522, 0), bytes(24))
import socket; socket.socket().bind(("127.0.0.1", 88))'
}

@test "learn, why no set is enough: what is not given here" {
  local reason='it was denied what it is not given here: '
  secret
  not_enough "$reason.*cap_dac_read_search$" --from cap_kill -- cat "$work/secret"
  not_enough "${reason}cap_kill$" --from cap_chown -- sh -c 'id -u; kill -0 1'
  not_enough "${reason}cap_sys_nice$" --from cap_chown -- sh -c 'chown 1 /nosuch; renice -n -5 -p $$'
  # Netlink refuses in a message; what of a process is not shown fails no call.
  not_enough "$reason.*cap_net_admin$" --from cap_kill -- sh -c 'chown 0 "$0"; exec ip link set lo mtu 1400' "$work/secret"
  not_enough "${reason}cap_kill$" --from cap_chown -- sh -c 'kill -0 1; read -r line </proc/1/stat; exit 1'
}

@test "learn, why no set is enough: what is ambient does not reach a program" {
  local reason='a program in it is set-user-ID, set-group-ID or has file capabilities'
  secret
  cp "$(command -v cat)" "$work/cat"
  chown 1 "$work/cat"
  chmod 4755 "$work/cat"
  not_enough "$reason" -- "$work/cat" "$work/secret"
  chown 0:1 "$work/cat"
  chmod 2755 "$work/cat"
  not_enough "$reason" -- sh -c 'id -u; "$0" "$1"' "$work/cat" "$work/secret"
  chmod 755 "$work/cat"
  setcap cap_kill=ep "$work/cat"
  not_enough "$reason" -- "$work/cat" "$work/secret"
}

# filtered NUMBER ERRNO: the beginning of a Python program, to which this system call fails so (seccomp(2)).
filtered() {
  echo 'import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
rules = b"".join(struct.pack("HBBI", *rule) for rule in ((32, 0, 0, 0), (21, 0, 1, '"$1"'), (6, 0, 0, 0x50000 | '"$2"'), (6, 0, 0, 0x7fff0000)))
place = ctypes.create_string_buffer(rules)
libc.prctl(22, 2, struct.pack("HxxxxxxQ", 4, ctypes.addressof(place)), 0, 0)'
}

mounted() {
  local none=', and no capability was asked for: a mode'
  mkdir "$work/mount"
  mount -t tmpfs -o noexec,nodev,mode=1777 none "$work/mount"
  cp /bin/true "$work/mount"
  not_enough "execve $work/mount/true: Permission denied$none" -- sh -c 'exec "$0"' "$work/mount/true"
  mknod -m 666 "$work/mount/null" c 1 3
  not_enough "openat $work/mount/null: Permission denied$none" -- cat "$work/mount/null"
  mount -o remount,ro "$work/mount"
  not_enough "openat $work/mount/new: Read-only file system$none" -- touch "$work/mount/new"
}

@test "learn, why no set is enough: a refusal with which no capability has to do" {
  local none=', and no capability was asked for: a mode'
  sandbox mounted
  : >"$work/file"
  not_enough "execve $work/file: Permission denied$none" -- sh -c 'id -u; exec "$0"' "$work/file"
  # On the way to it one was, and was there.
  mkdir -m 700 "$work/closed"
  : >"$work/closed/file"
  not_enough "execve $work/closed/file: Permission denied, with each capability that was asked for: a mode" -- sh -c 'exec "$0"' "$work/closed/file"
  # Beyond what the kernel lets anybody have (sysctl fs.nr_open).
  not_enough "prlimit64 itself: Operation not permitted$none" -- prlimit --nofile=unlimited true
  [[ $(uname -m) != x86_64 ]] || not_enough "mkdir /tmp/nosuch: Operation not permitted$none" -- python3 -Ic "$(filtered 83 1)
os.mkdir('/tmp/nosuch')"
}

@test "learn, why no set is enough: a user namespace" {
  local reason='it enters a user namespace, in which no capability counts for what is outside: '
  secret
  unshare -U true || skip_because "$BATS_TEST_DESCRIPTION" "no user namespaces to be had"
  # A newer mount(8) begins with another call.
  not_enough "${reason}(mount /mnt|fsopen)$" -- unshare -Ur mount -t tmpfs none /mnt
  not_enough "${reason}openat $work/secret$" -- unshare -U cat "$work/secret"
}

@test "learn, why no set is enough: it ends by itself" {
  local reason='nothing was denied that it would have needed; '
  not_enough "${reason}it said nothing, and ended with 3$" -- sh -c 'exit 3'
  not_enough "${reason}it said nothing, and ended with 137$" -- sh -c 'kill -KILL $$'
  # What is met on the way through the PATH is not why.
  mkdir "$work/first"
  : >"$work/first/true"
  not_enough "${reason}its last words: something else$" -- env PATH="$work/first:$PATH" sh -c 'env true; echo something else; exit 1'
  # Its own words, and not those that it has for root.
  not_enough "${reason}its last words: uid 5$" -- perl -e 'print "uid $<\n"; exit 1'
  not_enough "${reason}its last words: cat: .*No such file" -- cat "$work/nosuch"
  not_enough "it did not end in time, and was denied nothing until then$" --timeout 300ms -- sleep 1000
}

@test "learn: an output that differs from that with everything is warned of" {
  # With the default check alone.
  alone() {
    "$bin" learn -u games --before 'rm -f "$F"; : >"$F"; chown games "$F"' -- "$@" >"$work/policy" 2>"$work/said"
  }
  alone sh -c 'renice -n -5 -p $$ >/dev/null && { chgrp 1 "$F" && echo full || echo partial; }'
  [[ $(learned) == cap_sys_nice ]]
  grep -q '^# warning: with all capabilities the last line of its output is another' "$work/policy"
  alone sh -c 'renice -n -5 -p $$ >/dev/null && { chgrp 1 "$F"; echo done; }'
  run ! grep -q 'last line of its output' "$work/policy"
}

# --- several results in one

# write_result FILE CAP [JQ]: the JSON of a learn that needs CAP, or what JQ makes of it.
write_result() {
  jq -n --arg cap "$2" '{version: 1, user: "games", command: ["/srv/serve", "--once"], program: "/srv/serve", kernel: "6.18.0",
    check: null, runs: [], set: [$cap], verdict: "proven", exact: true, reasons: [],
    members: [{cap: $cap, calls: [{call: "bind", count: 1}], instead: ["less"]}]}' | jq "${3:-.}" >"$1"
}

@test "learn --merge: the union of the sets, and which file needs each member" {
  cd "$work"
  write_result a cap_net_bind_service
  write_result b cap_chown
  write_result c cap_chown '.members[0].calls[0].count = 2'
  "$bin" learn --merge a b c >policy
  cat policy
  grep -qx 'User=games' policy && grep -qx 'Program=/srv/serve' policy
  [[ $(learned) == 'cap_chown cap_net_bind_service' ]] # by number
  grep -qx '#   cap_chown  b c' policy && grep -qx '#   cap_net_bind_service  a' policy
  grep -q '^# warning: cap_chown amounts to root' policy
  run ! grep -q differ policy
  cp policy "$policies/learned.conf"
  "$bin" check --policy "$policies/learned.conf"
  "$bin" learn --merge --format json -o all a b c
  jq -e '.version == 1 and .verdict == "proven" and .set == ["cap_chown", "cap_net_bind_service"] and .user == "games"
    and .command == ["/srv/serve", "--once"] and .program == "/srv/serve" and .kernel == "6.18.0"
    and [.merged[].file] == ["a", "b", "c"] and .members[0].files == ["b", "c"] and (.members[0].calls | length == 2)
    and .members[0].instead == ["less"]' all
  # What comes out goes in again, also in place of one of them.
  write_result d cap_kill
  "$bin" learn --merge --format json -o all all d
  jq -e '.set == ["cap_chown", "cap_kill", "cap_net_bind_service"] and .verdict == "proven" and (.members[0].calls | length == 2)' all
}

@test "learn --merge: what differs is told; what is not proven makes all of it so" {
  cd "$work"
  write_result a cap_net_bind_service
  write_result b cap_chown '.command[1] = "--twice two" | .kernel = "7.0.0"'
  "$bin" learn --merge a b >policy
  [[ $(learned) == 'cap_chown cap_net_bind_service' ]]
  grep -A2 '^# warning: the commands differ' policy | grep -qxF "#   b: /srv/serve '--twice two'"
  grep -A2 '^# warning: the kernels differ' policy | grep -qxF '#   a: 6.18.0'
  write_result c cap_chown '.program = "/srv/other"'
  "$bin" learn --merge a c >policy
  [[ ! $(learned) ]]
  grep -qx '# no rule: .*: cap_chown cap_net_bind_service' policy
  write_result c cap_chown '.user = "nobody"'
  "$bin" learn --merge a c >policy
  [[ ! $(learned) ]]
  grep -qxF '#   c: /srv/serve, as nobody' policy
  write_result c cap_chown '.set = null | .verdict = "not-enough"'
  run -1 "$bin" learn --merge a c
  [[ $output == *'# not proven'*'c: not-enough'*'AmbientCapabilities=cap_net_bind_service'* ]]
  run -1 "$bin" learn --merge --format json a c
  jq -e '.verdict == "not-proven" and .set == ["cap_net_bind_service"] and .merged[1].verdict == "not-enough"' <<<"$output"
}

@test "learn --merge: what is no result of learn is refused" {
  # refuses_file TEXT: of the file "it", and no policy is printed.
  refuses_file() {
    run -125 --separate-stderr "$bin" learn --merge a it
    [[ $stderr == "capkeep: learn: it: "*"$1"* && ! $output ]]
  }
  cd "$work"
  write_result a cap_net_bind_service
  refuses_file 'No such file'
  echo 'no JSON' >it
  refuses_file 'not an object of JSON'
  echo '[1]' >it
  refuses_file 'not an object of JSON'
  echo '{}' >it
  refuses_file 'a verdict'
  write_result it cap_chown 'del(.members)'
  refuses_file 'members'
  write_result it cap_chown '.set = ["cap_nonsense"]'
  refuses_file 'a set'
  write_result it cap_chown '.set = [64]'
  refuses_file 'a set'
  write_result it cap_chown '.set = null'
  refuses_file 'a set'
  write_result it cap_chown '.user = "games\nAmbientCapabilities=cap_sys_admin"'
  refuses_file 'a user'
  write_result it cap_chown '.command = ["serve", 1]'
  refuses_file 'a command'
  # A name that ends the line it stands in is written otherwise.
  write_result it cap_net_bind_service '.program = "/srv/a\nUser=root" | .verdict = "proven\nUser=root"'
  run "$bin" learn --merge it it
  [[ $output != *$'\nUser=root'* ]]
  refuses 125 'do not go together' --merge "$work/a"
  run -125 "$bin" learn --merge -u games a
  [[ $output == *'--user and --merge do not go together'* ]]
  run -125 "$bin" learn --merge
}

# --- a process that runs already

# serve CAPS SCRIPT: Python as games with these, in a process of its own; its pid in $pid. `wait_for(FILE)` waits for one.
serve() {
  local caps=$1
  printf '%s\n' 'import os, socket, sys, time' 'def wait_for(name):' ' while not os.path.exists(name): time.sleep(.01)' "$2" >"$work/serve"
  rm -f "$work/go" "$work/done"
  : >"$work/log"
  chmod 666 "$work/log"
  setpriv --reuid games --regid games --clear-groups --inh-caps "-all,$caps" --ambient-caps "-all,$caps" \
    /usr/bin/python3 -I "$work/serve" "$work" >"$work/log" 2>&1 &
  pid=$!
  wait_until 10 grep -q ready "$work/log"
}

watched() {
  local status=0 pid
  serve +net_bind_service,+sys_nice,+chown 'print("ready", flush=True)
wait_for(sys.argv[1] + "/go")
socket.socket().bind(("127.0.0.1", 88))
os.nice(-1)
for i in range(10):
  try: os.kill(1, 9)
  except OSError: pass
print("done", [line.split()[1] for line in open("/proc/self/status") if line.startswith("TracerPid")], flush=True)
while True: time.sleep(.01)'
  # In the background a shell has SIGINT ignored.
  env --default-signal=INT "$bin" learn -p "$pid" "${options[@]}" >"$work/policy" 2>"$work/said" &
  local learner=$!
  # Or its time is over.
  wait_until 10 eval 'grep -q "^TracerPid:[[:space:]]*[1-9]" "/proc/$pid/status" || ! kill -0 "$learner" 2>/dev/null'
  touch "$work/go"
  wait_until 10 grep -q "done" "$work/log"
  if [[ $1 == none ]] && grep -qF "done ['0']" "$work/log"; then
    echo "the time was over before"
    kill "$pid"
    wait "$learner" || true
    return 9
  fi
  [[ $1 == none ]] || kill -"$1" "$learner"
  wait "$learner" || status=$?
  cat "$work/policy" "$work/said"
  [[ $status == 1 && ! -s $work/said ]]
  # It runs on, and nobody traces it.
  grep -q '^TracerPid:[[:space:]]*0' "/proc/$pid/status"
  kill "$pid"
  wait "$pid" || true
  grep -q "^# process $pid (/.*python3.*), as games, for [0-9.]* seconds\$" "$work/policy"
  grep -qE '^#   cap_net_bind_service  bind 127.0.0.1:88  python3$' "$work/policy"
  grep -qE '^#   cap_sys_nice  setpriority itself  python3$' "$work/policy"
  grep -qE '^#   cap_kill  kill pid 1 \(.*\)  python3 -> EPERM, 10 times$' "$work/policy"
  grep -qE '^# holds, and was never granted here: cap_chown \(a hint, and no policy\)$' "$work/policy"
  run ! grep -vq '^#' "$work/policy"
}

@test "learn -p: what a process is granted and denied, and what it holds in vain; SIGTERM, SIGINT and --stop-after end it" {
  sandbox watched TERM
  sandbox watched INT
  local time status=9
  for time in 3s 30s 300s; do
    options=(--stop-after "$time")
    ((status != 9)) || { status=0 && sandbox watched none || status=$?; }
  done
  ((status == 0))
}

watched_to_its_end() {
  local pid status=0
  serve +net_bind_service,+chown 'print("ready", flush=True)
wait_for(sys.argv[1] + "/go")
pid = os.fork()
if pid == 0:
  socket.socket().bind(("127.0.0.1", 88))
else:
  os.waitpid(pid, 0)'
  "$bin" learn -p "$pid" --format json --output "$work/json" &
  local learner=$!
  wait_until 10 grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$pid/status"
  touch "$work/go"
  wait "$learner" || status=$?
  [[ $status == 1 ]]
  jq -e --argjson pid "$pid" '.version == 1 and .pid == $pid and .user == "games" and .command[1] == "-I" and .ended and .exact
    and .set == null and .verdict == "not-proven" and (.members | map(.cap)) == ["cap_net_bind_service"] and .seconds > 0
    and .members[0].calls[0].call == "bind" and .never_granted == ["cap_chown"] and (.held | length == 2) and (.lost | not) and (.full | not)' "$work/json"
  # It proves nothing, and makes nothing proven.
  run -1 "$bin" learn --merge "$work/json"
}

@test "learn -p: ends with the process, counts what that starts, and writes JSON" {
  sandbox watched_to_its_end
}

# The process sleeps while others ask for more than the rings hold: that is taken out of them in time. It is lost when
# learn itself is stopped.
lossy() {
  local pid status=0
  serve +chown 'print("ready", flush=True)
while True: time.sleep(1000)'
  "$bin" learn -p "$pid" --format json --output "$work/json" &
  local learner=$! cpu
  wait_until 10 grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$pid/status"
  [[ $1 == seen ]] || kill -STOP "$learner"
  for ((cpu = 0; cpu < $(getconf _NPROCESSORS_ONLN); cpu++)); do
    # PR_CAPBSET_DROP, of which the kernel asks for CAP_SETPCAP: several times what a ring holds, a third of it at a time.
    # Who falls asleep a second time has woken in between and taken out all of it.
    taskset -c "$cpu" /usr/bin/python3 -c 'import ctypes, sys, time
def sleeps():
  return int([line.split()[1] for line in open("/proc/%s/status" % sys.argv[2]) if line.startswith("voluntary_ctxt")][0])
for i in range(14):
  for j in range(3000): ctypes.CDLL(None).prctl(24, 255, 0, 0, 0)
  before = sleeps()
  while sys.argv[1] == "seen" and sleeps() < before + 2: time.sleep(.01)' "$1" "$learner"
  done
  kill -CONT "$learner"
  kill -TERM "$learner"
  wait "$learner" || status=$?
  [[ $status == 1 ]]
  kill "$pid"
  [[ $(jq .lost "$work/json") == "$2" ]]
}

@test "learn -p: a busy machine fills no ring, and a loss is told" {
  sandbox lossy seen false
  sandbox lossy unseen true
}

bounded() {
  local pid status=0
  serve +chown 'print("ready", flush=True)
wait_for(sys.argv[1] + "/go")
for i in range(600):
  try: os.chown("/etc/nosuch%d" % i if i < 0 else sys.argv[1] + "/many/%d" % i, 1, 1)
  except OSError: pass
socket.socket().close()
try: os.kill(1, 9)
except OSError: pass'
  "$bin" learn -p "$pid" >"$work/policy" &
  local learner=$!
  wait_until 10 grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$pid/status"
  touch "$work/go"
  wait "$learner" || status=$?
  [[ $status == 1 && $(grep -c '^#   cap_chown' "$work/policy") -gt 500 && $(wc -l <"$work/policy") -lt 530 ]]
  grep -q '^# warning: calls of more than 512 kinds' "$work/policy"
}

@test "learn -p: of calls without number some are kept" {
  mkdir "$work/many"
  chmod 755 "$work/many"
  (cd "$work/many" && touch {0..599} && chown games {0..599})
  sandbox bounded
}

@test "learn -p: what cannot be watched is told, and what does not go with it" {
  sleep 1000 3>&- &
  local pid=$! tracer
  refuses_watch() {
    run -125 --separate-stderr "$bin" learn "${@:2}"
    [[ $stderr == *"$1"* && ! $output ]]
  }
  refuses_watch 'not a process ID' -p 0
  refuses_watch 'not a process ID' -p games
  refuses_watch 'either a COMMAND or -p PID' -p "$pid" -- true
  refuses_watch '--check and --pid do not go together' -p "$pid" --check true
  refuses_watch '--user and --pid do not go together' -p "$pid" -u games
  refuses_watch 'not a duration' -p "$pid" --stop-after 0
  refuses_watch '--stop-after is for -p PID' -u games --stop-after 5 -- true
  "$bin" trace -o /dev/null -p "$pid" 3>&- &
  tracer=$!
  wait_until 10 grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$pid/status"
  refuses_watch 'traces it already' -p "$pid"
  kill "$tracer"
  wait "$tracer" || true
  kill "$pid"
  wait "$pid" || true
  refuses_watch 'no such process' -p "$pid"
}

# --- advice, and reasons

# advises CAP TEXT COMMAND…: TEXT is what would be better.
advises() {
  local cap=$1 text=$2
  shift 2
  learn "$@"
  cat "$work/policy"
  grep -qxF "#   $cap  $text" <(sed -n '/^# better than a capability/,$p' "$work/policy")
}

values() {
  local start group
  start=$(</proc/sys/net/ipv4/ip_unprivileged_port_start)
  advises cap_net_bind_service "net.ipv4.ip_unprivileged_port_start is $start: 88 would do, for the whole machine; or a socket from the service manager" \
    /usr/bin/python3 -Ic 'import socket; socket.socket().bind(("127.0.0.1", 88))'
  echo 100 >/proc/sys/net/ipv4/ip_unprivileged_port_start
  advises cap_net_bind_service "net.ipv4.ip_unprivileged_port_start is 100: 99 would do, for the whole machine; or a socket from the service manager" \
    /usr/bin/python3 -Ic 'import socket; socket.socket(socket.AF_INET6).bind(("::1", 99))'
  echo '7 8' >/proc/sys/net/ipv4/ping_group_range
  group=$(id -g games)
  advises cap_net_raw "net.ipv4.ping_group_range is 7 8: \"$group $group\" would do for echo requests, by a datagram socket of ICMP" \
    /usr/bin/python3 -Ic 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)'
  advises cap_sys_nice "RLIMIT_NICE is $(ulimit -Se): more for the user would do (limits.conf, LimitNICE=)" \
    /usr/bin/python3 -Ic 'import os; os.nice(-19)'
  start_of_another
  advises cap_sys_nice 'the limits RLIMIT_RTPRIO and RLIMIT_NICE, for what it does to itself; else the same user' renice -n 5 -p "$another"
  ulimit -l 64
  advises cap_ipc_lock 'RLIMIT_MEMLOCK is 65536: more for the user would do (limits.conf, LimitMEMLOCK=)' \
    /usr/bin/python3 -Ic 'import ctypes, sys; sys.exit(ctypes.CDLL(None).mlock(ctypes.create_string_buffer(99999), 99999) and 1)'
}

@test "learn: what would be better is told with the values that count" {
  sandbox values
}

named() {
  learn /usr/bin/python3 -Ic 'import socket; socket.socket().setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 5)'
  grep -q '^#   cap_net_[a-z]*  setsockopt SO_MARK  python3' "$work/policy"
  learn /usr/bin/python3 -Ic 'import fcntl, socket; fcntl.ioctl(socket.socket(), 0x8922, b"lo".ljust(16, b"\0") + (1400).to_bytes(4, "little") + bytes(20))'
  grep -q '^#   cap_net_admin  ioctl SIOCSIFMTU  python3' "$work/policy"
}

@test "learn: options of sockets and requests are named" {
  sandbox named
}

by_its_uid() {
  local uid='it looks at its uid, which no capability changes; told that it is root, it passes$'
  not_enough "$uid" --timeout 10m -- bash -c '[ $EUID = 0 ]'
  not_enough "$uid" --format text -- /usr/bin/python3 -Ic 'import os, sys; os.getresuid()[2] and sys.exit("not root")'
  # A hundred calls after it has looked.
  not_enough "$uid" -- /usr/bin/python3 -Ic 'import os, sys
uid = os.getuid()
for i in range(200): os.stat("/")
sys.exit(uid != 0)'
  # It does otherwise, but does not pass.
  not_enough 'it looks at its uid, which no capability changes$' -- sh -c 'echo "$(id -u)"; exit 1'
  # Shells ask as they start, ip does too; that is not why.
  not_enough 'nothing was denied .*last words: something else' -- sh -c 'echo something else; exit 1'
  run ! grep -q uid "$work/policy"
  not_enough 'nothing was denied .*last words: Error: Unknown device type' -- ip link add type nosuchtype
  run ! grep -q uid "$work/policy"
  "$bin" learn -u games --format json -- bash -c '[ $EUID = 0 ]' >"$work/json" || true
  jq -e '[.runs[].told_root] | .[-1] and (.[:-1] | any | not)' "$work/json"
}

@test "learn: whether it looks at its uid is tried" {
  sandbox by_its_uid
}

# --- commands that are hard to look on at

serves_once() {
  local once='import socket
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 88))
server.listen()
server.accept()'
  "$bin" learn -u games --confirm 3 --timeout 10m --until 'bash -c "exec 3<>/dev/tcp/127.0.0.1/88 && sleep .2"' -- \
    /usr/bin/python3 -Ic "$once" >"$work/policy" 2>"$work/said"
  [[ $(learned) == cap_net_bind_service ]]
}

@test "learn --until: a server that ends with its first connection has passed" {
  sandbox serves_once
}

# A tracer fails where it is traced: `trace` does to its child what strace(1) and gdb(1) do. Its own need is another.
tracer() {
  printf '%s\n' 'import ctypes, os, sys' 'libc = ctypes.CDLL(None, use_errno=True)' 'pid = os.fork()' \
    'if pid == 0:' ' libc.prctl(1, 9)' ' os._exit(libc.ptrace(0, 0, 0, 0) != 0)' \
    'if os.waitpid(pid, 0)[1] != 0: sys.exit("traced already")' 'exec(sys.argv[1])' >"$work/tracer"
  learn /usr/bin/python3 -I "$work/tracer" 'print("traced")'
  [[ $(learned) == none ]]
  grep -q 'it traces by itself' "$work/said"
  learn /usr/bin/python3 -I "$work/tracer" 'os.nice(-5)'
  [[ $(learned) == cap_sys_nice ]]
  run ! grep -q 'left processes behind' "$work/policy"
  # That we trace it is not why.
  not_enough 'nothing was denied that it would have needed; it said nothing, and ended with 3$' -- /usr/bin/python3 -I "$work/tracer" 'sys.exit(3)'
  options=(--format json)
  learn /usr/bin/python3 -I "$work/tracer" 'os.nice(-5)'
  # Nothing is told of the runs that were none.
  jq -e '.runs | all((.observed | not) and .status < 128)' "$work/policy"
}

@test "learn: a command that is a tracer itself" {
  sandbox tracer
  [[ $(command -v strace) ]] || skip_because "$BATS_TEST_DESCRIPTION: strace" "needs strace"
  learn strace -o /dev/null true
  [[ $(learned) == none ]]
}
