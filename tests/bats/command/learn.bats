#!/usr/bin/env bats
# bats file_tags=slow
# `capkeep learn`: its sets are held against an oracle, which tries every subset of a command's candidates with setpriv and
# asks the same check. As games, in namespaces of their own.
# shellcheck disable=SC2016,SC2054,SC2089,SC2090,SC2154 # expanded by the commands under test; the variables that find_what_is_tested sets

load ../lib/common
bats_require_minimum_version 1.5.0

setup() {
  find_what_is_tested
  hide_suite_environment
  ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION" "needs root"
  can_unshare --mount --net --pid --fork || skip_because "$BATS_TEST_DESCRIPTION" "no namespaces to be had"
  id games >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "needs the user games"
  make_shared_dir "$BATS_TEST_TMPDIR"
  export work=$BATS_TEST_TMPDIR F=$BATS_TEST_TMPDIR/F
  inner_variables+=(work F bin policies before check caps expected without capability_names capability_number)
  before=: check='[ $CAPKEEP_STATUS = 0 ]' without='' caps='' expected=''
  # What one that is killed cannot remove.
  export TMPDIR=$work/outputs
  mkdir "$TMPDIR"
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
  CAPKEEP_LEARN_WITHOUT=$without timeout 120 "$bin" learn -u games --before "$before" --check "$check" "${options[@]}" -- "$@" \
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
  setpriv --reuid 1 --regid 1 --clear-groups sleep 1000 &
  same_as_oracle "$@" "$!"
  kill "$!"
}

@test "learn, oracle: a server on a low port" {
  [[ $(command -v busybox) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs busybox"
  oracle 'cap_net_bind_service cap_kill cap_net_admin' cap_net_bind_service \
    sh -c 'busybox httpd -f -p 127.0.0.1:88 & sleep .3; kill $!'
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

without_enough() {
  local status=0
  "$bin" learn -u games -- sh -c '[ "$(id -u)" = 0 ]' >"$work/policy" 2>"$work/said" || status=$?
  [[ $status == 3 ]]
  grep -q '^# *it asks for its user ID' "$work/policy"
  run ! grep -q '^AmbientCapabilities' "$work/policy"
}

@test "learn, oracle: no set is enough for what looks at its uid" {
  sandbox without_enough
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
  jq -e --arg file "$F" '.version == 1 and .user == "games" and .command == ["chmod", "640", $file] and .verdict == "proven"
    and .set == ["cap_fowner"] and .exact and (.runs | length >= 5) and .runs[0].set == [] and .runs[0].observed
    and (.runs[0].passed | not) and .runs[1].passed and .members[0].cap == "cap_fowner"
    and .members[0].calls[0].object == $file and .members[0].calls[0].error == "EPERM"
    and (.members[0].instead | length == 2) and .reasons == []' "$work/json"
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
  grep -q 'run several times as games.*once with all' "$work/said"
  # The runs and we write to one place here; that of the first comes behind.
  "$bin" learn -u games --before 'echo before >&2' -- true >/dev/null 2>"$work/said"
  [[ $(head -n 1 "$work/said") == *"several times"* && $(sed -n 2p "$work/said") == before ]]
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
  run -126 "$bin" learn -u games -- "$work/mine"
  [[ $output == *"Permission denied"* ]]
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
  run -3 --separate-stderr timeout 60 "$bin" learn -u games --from cap_kill --timeout 100ms -- sh -c 'trap "" TERM; while :; do sleep 1; done'
  [[ $output == *"did not end in time"* ]]
}

until_it_serves() {
  local serve='import http.server as h; h.HTTPServer(("127.0.0.1", 88), h.BaseHTTPRequestHandler).serve_forever()'
  "$bin" learn -u games --timeout 5s --until 'bash -c "</dev/tcp/127.0.0.1/88"' -- python3 -c "$serve" >"$work/policy" 2>"$work/said"
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
  pgrep -x sleep
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

@test "learn: a real daemon, as the README and the recipes have it" {
  [[ $(command -v dnsmasq) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs dnsmasq"
  sandbox as_documented "$BATS_TEST_DIRNAME/../../../config/examples/README.md"
  sandbox as_documented "$BATS_TEST_DIRNAME/../../../README.md"
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

# not_enough REASON COMMAND…: status 3, and this is said to be why.
not_enough() {
  local status=0 reason=$1
  shift
  "$bin" learn -u games "$@" >"$work/policy" 2>"$work/said" || status=$?
  cat "$work/policy" "$work/said"
  [[ $status == 3 ]]
  grep -q "^#   $reason" "$work/policy"
}

@test "learn: why no set is enough, as far as it can be seen" {
  mkdir "$work/reasons"
  echo text >"$work/reasons/file"
  chmod 600 "$work/reasons/file"
  # PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL
  not_enough 'it lowers its capabilities itself' -- python3 -c 'import ctypes, os, sys
ctypes.CDLL(None).prctl(47, 4, 0, 0, 0)
os.execv("/bin/cat", ["cat", sys.argv[1]])' "$work/reasons/file"
  not_enough 'it was denied what it is not given here: .*cap_dac_read_search' --from cap_kill -- cat "$work/reasons/file"
  cp "$(command -v id)" "$work/reasons/id"
  chmod 4755 "$work/reasons/id"
  not_enough 'a program in it is set-user-ID' -- sh -c '[ "$("$0" -ru)" = 0 ]' "$work/reasons/id"
  # Beyond what the kernel lets anybody have (sysctl fs.nr_open).
  not_enough 'prlimit64 itself: .*no capability was asked for' -- prlimit --nofile=unlimited true
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
