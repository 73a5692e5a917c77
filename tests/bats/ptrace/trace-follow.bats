#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep trace` is not there, for what it traces: exit status, output, signals and jobs are the command's; and when the
# trace ends, by whatever means, everything runs on as if there had been none.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/trace

setup() {
  setup_trace
  out=$work/state
  chmod 1777 "$work"
}

# --- the command's own

@test "trace: the exit status is the command's" {
  for status in 0 1 2 7 99 124 125 126 127 128 129 143 254 255; do
    run "-$status" "$bin" trace -o /dev/null -- sh -c "exit $status"
    [[ ! $output ]]
  done
  run -7 "$bin" trace --seccomp-bpf -o /dev/null -- sh -c 'exit 7'
}

@test "trace: a command that is killed by a signal is seen to be" {
  ulimit -c 0
  for signal in 1 2 9 11 15; do
    # Nobody but the one who waits sees the difference between a signal and an exit status of 128 and more.
    run /usr/bin/python3 -c 'import subprocess, sys; print(subprocess.run(sys.argv[1:]).returncode)' \
      "$bin" trace -o "$runs/killed.json" -f json -- sh -c "kill -$signal \$\$"
    [[ $output == -$signal ]]
    [[ $(events killed 'event == "exit"' signal) == "$signal" ]]
  done
}

@test "trace: 126 found but not executable, 127 not found" {
  : >"$work/not-executable"
  for missing in /etc "$work/not-executable"; do
    run -126 --separate-stderr "$bin" trace -o /dev/null -- "$missing"
    [[ $stderr == "capkeep: $missing: Permission denied" ]]
  done
  run -127 --separate-stderr "$bin" trace -o /dev/null -- "$work/nothing"
  [[ $stderr == "capkeep: $work/nothing: No such file or directory" ]]
  run -127 --separate-stderr "$bin" trace -o /dev/null -- nothing-in-path
}

@test "trace: a wrong use is 125, and one line" {
  for wrong in '' '-p 1x' '-p 0' '-p -1' '-p 1 true' '-p 1 --seccomp-bpf' '-f xml true' '-o /nonexistent/file true' \
    '--unknown true' '-p 4194303'; do
    # shellcheck disable=SC2086 # options
    run -125 --separate-stderr "$bin" trace $wrong
    [[ ! $output && ${#stderr_lines[@]} == 1 ]] || { echo "$wrong: $output $stderr"; return 1; }
  done
  run -0 "$bin" trace --help
  [[ $output == 'Usage: capkeep trace '* ]]
}

@test "trace: output, input, environment and descriptors are the command's own" {
  printf 'of the\ncommand\n' >"$work/input"
  local -a command=(sh -c 'cat; echo error >&2; ls /proc/self/fd | tr "\n" " "; exit 3')
  for front in '' "$bin trace -o $runs/told --" "$bin trace -f json -o $runs/told --" "$bin trace -f html -o $runs/told --"; do
    # shellcheck disable=SC2086 # a command with options, without blanks in them
    run -3 --separate-stderr bash -c '"$@" <"$0" 9>/dev/null' "$work/input" $front "${command[@]}"
    [[ $output == $'of the\ncommand\n0 '* && $output == *' 9 '* && $stderr == error ]]
    printf '%s\n' "$output" >"$runs/output.${front:+traced}"
    diff -u "$runs/output." "$runs/output.${front:+traced}"
  done
  capture bare "$work/dump" a 'b c' ''
  traced same "$work/dump" a 'b c' ''
  same bare same
  # What the signal handlers, the mask and the limits are: those of an untraced command.
  traced ignoring sh -c 'trap "" INT HUP; exec "$0"' "$work/dump"
  capture bare sh -c 'trap "" INT HUP; exec "$0"' "$work/dump"
  same bare ignoring
  capture bare bash -c 'ulimit -a; ulimit -c; umask; pwd; nice'
  traced same bash -c 'ulimit -a; ulimit -c; umask; pwd; nice'
  same bare same
}

@test "trace: whoever reads what is told may go away" {
  run -5 bash -c '"$@" 2> >(head -c 1 >/dev/null)' bash "$bin" trace -- sh -c 'for i in 1 2 3 4 5 6 7 8; do true; /bin/true; done; exit 5'
  run -5 --separate-stderr "$bin" trace -o /dev/full -- sh -c '/bin/true; exit 5'
  [[ $stderr == 'capkeep: trace: /dev/full could not be written in full' ]]
}

@test "trace: a trace that is not whole never ends with 0, and the command does not notice" {
  for format in text json html; do
    run -125 --separate-stderr "$bin" trace -f "$format" -o /dev/full -- sh -c "/bin/true && echo whole >$runs/command"
    [[ $stderr == 'capkeep: trace: /dev/full could not be written in full' ]]
    [[ $(<"$runs/command") == whole ]]
    rm "$runs/command"
  done
  run -125 bash -c 'exec "$@" 2>/dev/full' bash "$bin" trace -- true
  run -1 "$bin" trace -o /dev/full -- false
  run -143 "$bin" trace -o /dev/full -- sh -c 'kill $$'
  run -0 "$bin" trace -o "$runs/told" -- true
}

@test "trace: a file at its size limit ends neither the trace nor the command" {
  # shellcheck disable=SC2016
  run -5 --separate-stderr bash -c 'ulimit -f 1; exec "$@"' bash "$bin" trace -o "$runs/told" -- \
    sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do /bin/true; done; exit 5'
  [[ $stderr == "capkeep: trace: $runs/told could not be written in full" ]]
}

@test "trace: what is made by CLONE_UNTRACED is followed" {
  for call in clone clone3; do
    for options in '' --seccomp-bpf; do
      # shellcheck disable=SC2206 # an option or none
      trace_options=($options)
      traced untraced "$probes/untraced" "$call" 65534 /bin/true
      [[ $(events untraced 'event == "exec"' comm | tail -n 1) == true ]]
      grep -qx 'flags: as they were' "$runs/untraced"
      no_disagreement untraced
    done
  done
}

@test "trace: a user without privileges traces his own commands" {
  local -a user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  trace_front=("${user[@]}")
  chmod 1777 "$runs"
  capture bare "${user[@]}" sh -c '"$0"; exit 4' "$work/dump"
  traced user sh -c '"$0"; exit 4' "$work/dump"
  same bare user
  program_as_reported user
  [[ $(events user 'event == "summary"' exact) == False ]]
  # A set-user-ID program gains nothing under his trace, as the kernel has it, and the model knows that.
  [[ $(findmnt -no OPTIONS -T "$work") != *nosuid* ]] || skip_because "a user's set-user-ID program" "nosuid mount"
  install -m 4755 "$probes/dump" "$work/set-user-id"
  traced suid "$work/set-user-id"
  program_as_reported suid
  reports suid | grep -q ' 65534,65534,65534 '
  no_disagreement suid
}

@test "trace: where tracing is not allowed, one line says so, and nothing runs" {
  capture forbidden "$probes/forbid" ptrace -- "$bin" trace -- touch "$work/started"
  grep -qx 'status: 125' "$runs/forbidden"
  grep -q '^capkeep: trace: touch: tracing is not allowed here: Operation not permitted (' "$runs/forbidden"
  [[ $(wc -l <"$runs/forbidden") == 3 && ! -e $work/started ]]
  capture forbidden "$probes/forbid" seccomp prctl -- "$bin" trace --seccomp-bpf -- touch "$work/started"
  grep -qx 'status: 125' "$runs/forbidden"
  [[ ! -e $work/started ]]
}

@test "trace: where the kernel is too old, or /proc not there: one line that says which, and nothing runs" {
  run -125 "$probes/forbid" ptrace=0x420e -- "$bin" trace -- touch "$work/started"
  [[ ${#lines[@]} == 1 && $output == 'capkeep: trace: touch: this kernel does not tell a tracer of system calls '* ]]
  run -125 "$probes/forbid" ptrace=0x420e -- "$bin" trace -p $$
  [[ ${#lines[@]} == 1 && $output == 'capkeep: trace: attaching: this kernel does not tell '* ]]
  can_unshare --mount || skip_because "/proc" "no mount namespace to be had"
  run -125 unshare --mount --propagation private sh -c 'umount -l /proc && exec "$@"' sh "$bin" trace -- touch "$work/started"
  [[ ${#lines[@]} == 1 && $output == 'capkeep: trace: touch: there is no /proc, and a tracer needs it' && ! -e $work/started ]]
}

# resident PID: what it has in memory, in KiB.
resident() {
  awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}

@test "trace: what is remembered of a thread is less than 2 KiB" {
  mkfifo "$work/gate" "$work/ready"
  "$bin" trace -o "$runs/told" -- /usr/bin/python3 -c 'import sys, threading
threading.stack_size(65536)
gate, ready, end = sys.argv[1], sys.argv[2], threading.Event()
for count in 1, 2000:
    for i in range(count):
        threading.Thread(target=end.wait, daemon=True).start()
    open(ready, "w").write(str(count))
    open(gate).read()
end.set()' "$work/gate" "$work/ready" &
  tracer=$!
  local before after
  [[ $(cat "$work/ready") == 1 ]]
  before=$(resident "$tracer")
  : >"$work/gate"
  [[ $(cat "$work/ready") == 2000 ]]
  after=$(resident "$tracer")
  : >"$work/gate"
  wait "$tracer"
  echo "$before KiB, and $after with 2000 threads more"
  ((after - before < 4000))
}

# --- attaching

# waiting COMMAND…: in the background, once a line comes from the FIFO $work/go; its pid is $waiting.
waiting() {
  [[ -p $work/go ]] || mkfifo -m 666 "$work/go"
  perl -e '$SIG{TERM} = "DEFAULT"; open F, "<", shift or die; <F>; exec @ARGV' "$work/go" "$@" >"$runs/waiting" 2>&1 &
  waiting=$!
  wait_until 10 in_open "$waiting"
}

in_open() {
  [[ $(cat "/proc/$1/comm") == perl && $(cat "/proc/$1/wchan") == wait_for_partner ]]
}

# attached PID: `capkeep trace -p` in the background, once it follows; its pid is $tracer.
attached() {
  rm -f "$runs/attached.json"
  "$bin" trace -f json -o "$runs/attached.json" -p "$1" 2>"$runs/attached.err" &
  tracer=$!
  wait_until 10 grep -q '"start"' "$runs/attached.json"
}

traced_by() {
  [[ $(awk '$1 == "TracerPid:" { print $2 }' "/proc/$1/status" 2>/dev/null) == "$2" ]]
}

# runs_on PID: it is neither traced nor stopped. The kernel lets go of a thread before it wakes it.
runs_on() {
  wait_until 10 is_free "$1" >/dev/null || is_free "$1"
}

is_free() {
  local task
  for task in /proc/"$1"/task/*/status; do
    awk '$1 == "TracerPid:" { traced = $2 } $1 == "State:" { state = $2 }
      END { if (traced != 0 || state ~ /[tT]/) { print FILENAME ": " state ", traced by " traced; exit 1 } }' "$task"
  done
}

# launched_in FILE: a daemon has left root and executed the launcher-probe, as it would have without us.
launched_in() {
  wait_until 10 test -s "$1"
  assert_caps "$1" prm= eff= inh= amb= uid=65534
}

@test "trace -p: a running launcher is followed from then on" {
  waiting "$launchers/drop-dynamic" 65534 "$launchers/launcher-probe" "$out"
  attached "$waiting"
  echo >"$work/go"
  launched_in "$out"
  wait "$waiting"
  wait "$tracer"
  diff -u - <(events attached 'event != "start"' event comm call) <<'EVENTS'
exec drop-dynamic execve
credential-change drop-dynamic setuid
exec launcher-probe execve
exit launcher-probe None
summary None None
EVENTS
  no_disagreement attached
}

@test "trace -p: all threads of a process, those that wait and those that come and go" {
  for options in '' churn; do
    # The probe's own gate is its threads' pipe; it changes its uid once its standard input has ended.
    mkfifo "$work/gate"
    # shellcheck disable=SC2086 # options
    /usr/bin/python3 -c 'import os, sys, threading
end = threading.Event()
def churn():
    while not end.is_set():
        other = threading.Thread(target=lambda: None); other.start(); other.join()
for i in range(4):
    threading.Thread(target=churn if len(sys.argv) > 2 and i < 2 else end.wait, daemon=True).start()
open(sys.argv[1]).read()
os.setuid(65534)
end.set()' "$work/gate" $options &
    local threaded=$!
    wait_until 10 eval '(($(ls "/proc/$threaded/task" | wc -l) >= 3))'
    wait_until 10 grep -q wait_for_partner "/proc/$threaded/wchan"
    attached "$threaded"
    for task in /proc/"$threaded"/task/[0-9]*; do
      wait_until 5 eval 'traced_by "$threaded/task/${task##*/}" "$tracer" || [[ ! -e $task ]]'
    done
    : >"$work/gate"
    wait "$threaded"
    wait "$tracer"
    (($(events attached 'event == "credential-change" and call == "setuid"' tid | sort -u | wc -l) >= 3))
    [[ $(events attached 'event == "start"' | wc -l) == 1 ]]
    [[ $(events attached 'event == "exit"' status) == 0 ]]
    no_disagreement attached
    rm "$work/gate"
  done
}

@test "trace -p: ended by SIGTERM, SIGINT or SIGHUP it lets go, and the launcher runs on" {
  for signal in TERM INT HUP; do
    rm -f "$out"
    waiting "$launchers/drop-dynamic" 65534 "$launchers/launcher-probe" "$out"
    # Without job control a shell starts what is in the background with SIGINT ignored.
    attached_by_default "$waiting"
    kill "-$signal" "$tracer"
    run wait "$tracer"
    local status=0
    wait "$tracer" || status=$?
    ((status == 128 + $(kill -l "$signal")))
    runs_on "$waiting"
    echo >"$work/go"
    launched_in "$out"
    wait "$waiting"
  done
}

# As `attached`, with the dispositions that a terminal's shell gives.
attached_by_default() {
  rm -f "$runs/attached.json"
  env --default-signal "$bin" trace -f json -o "$runs/attached.json" -p "$1" 2>"$runs/attached.err" &
  tracer=$!
  wait_until 10 grep -q '"start"' "$runs/attached.json"
}

@test "trace -p: a tracer that is killed leaves nothing behind" {
  waiting "$launchers/drop-static" 65534 "$launchers/launcher-probe" "$out"
  attached "$waiting"
  kill -KILL "$tracer"
  wait_until 10 traced_by "$waiting" 0
  runs_on "$waiting"
  echo >"$work/go"
  launched_in "$out"
  wait "$waiting"
}

@test "trace -p: a process that is traced already, one of somebody else, one that is gone" {
  waiting /bin/true
  attached "$waiting"
  run -125 "$bin" trace -p "$waiting"
  [[ $output == "capkeep: trace: attaching: capkeep (process $tracer) traces it already, and a process has one tracer" ]]
  run -125 setpriv --reuid 65534 --clear-groups "$bin" trace -p $$
  [[ ${#lines[@]} == 1 && $output == *': Operation not permitted ('* ]]
  kill -TERM "$tracer"
  wait "$tracer" || true
  echo >"$work/go"
  wait "$waiting"
  run -125 "$bin" trace -p "$waiting"
  [[ $output == 'capkeep: trace: attaching: No such process' ]]
}

@test "trace -p: a user's process that is not dumpable is refused" {
  mkfifo -m 666 "$work/end"
  setpriv --reuid 65534 --regid 65534 --clear-groups /usr/bin/python3 -c 'import ctypes, sys
ctypes.CDLL(None).prctl(4, 0) # PR_SET_DUMPABLE
open(sys.argv[1]).read()' "$work/end" &
  local closed=$!
  wait_until 10 grep -q wait_for_partner "/proc/$closed/wchan"
  run -125 setpriv --reuid 65534 --regid 65534 --clear-groups "$bin" trace -p "$closed"
  [[ ${#lines[@]} == 1 && $output == *': Operation not permitted ('* ]]
  : >"$work/end"
  wait "$closed"
}

none_is_left() {
  ! pgrep -f "^$bin trace -o $runs/beginning" >/dev/null
}

@test "trace: killed at any point of its beginning it leaves nothing behind" {
  local i
  for ((i = 0; i < 60; i++)); do
    "$bin" trace -o "$runs/beginning" -- /bin/true 3>&- &
    tracer=$!
    timeout -s KILL "0.00$((i % 10))$((i / 10))" tail -f --pid=$tracer /dev/null 2>/dev/null || kill -KILL "$tracer" 2>/dev/null || :
    wait "$tracer" 2>/dev/null || :
  done
  wait_until 10 none_is_left
}

# --- a daemon that lives on

# with_daemon END: a command under trace leaves a daemon behind, which leaves root and executes a program when the trace
# has been ended in this way.
with_daemon() {
  rm -f "$out" "$work/pid"
  [[ -p $work/go ]] || mkfifo -m 666 "$work/go"
  env --default-signal "$bin" trace -f json -o "$runs/daemon.json" -- \
    perl -e 'my ($go, $pid, @launch) = @ARGV; exit 6 if fork;
      require POSIX; POSIX::setsid(); open P, ">", "$pid.new"; print P "$$\n"; close P; rename "$pid.new", $pid;
      open F, "<", $go; <F>; exec @launch' "$work/go" "$work/pid" "$@" "$launchers/launcher-probe" "$out" &
  tracer=$!
  wait_until 10 test -s "$work/pid"
  daemon=$(cat "$work/pid")
  wait_until 10 in_open "$daemon"
  # The command itself has ended; what it has left behind is followed.
  wait_until 10 grep -q '"exit"' "$runs/daemon.json"
  traced_by "$daemon" "$tracer"
}

# ended_by SIGNAL STATUS
ended_by() {
  local status=0
  kill "-$1" "$tracer"
  wait "$tracer" || status=$?
  [[ $status == "$2" ]]
  wait_until 10 traced_by "$daemon" 0
  runs_on "$daemon"
  echo >"$work/go"
  launched_in "$out"
}

@test "trace: a daemon runs on after SIGTERM, SIGINT and SIGHUP, and drops and executes" {
  for signal in TERM INT HUP; do
    with_daemon "$launchers/drop-dynamic" 65534
    # The command has ended before, so its exit status is known.
    ended_by "$signal" 6
  done
}

@test "trace: a daemon runs on after the tracer was killed, and drops and executes" {
  with_daemon "$launchers/drop-dynamic" 65534
  ended_by KILL 137
  with_daemon "$launchers/drop-static" 65534
  ended_by KILL 137
}

@test "trace: a daemon that ends while it is followed ends the trace" {
  with_daemon "$launchers/drop-asm" 65534
  echo >"$work/go"
  launched_in "$out"
  local status=0
  wait "$tracer" || status=$?
  [[ $status == 6 ]]
  [[ $(events daemon 'event == "credential-change"' comm) == drop-asm ]]
  [[ $(events daemon 'event == "summary"' processes) == 2 ]]
}

@test "trace: ended before the command is, it tells by which signal, and the command runs on" {
  mkfifo "$work/end"
  "$bin" trace -o "$runs/told" -- sh -c 'read -r line <"$0"; echo "$line" >"$1"' "$work/end" "$out" &
  tracer=$!
  wait_until 10 grep -q 'exec /usr/bin/sh' "$runs/told"
  local command status=0
  command=$(pgrep -P "$tracer")
  kill -TERM "$tracer"
  wait "$tracer" || status=$?
  [[ $status == 143 ]]
  runs_on "$command"
  echo goes on >"$work/end"
  wait_until 10 grep -qx 'goes on' "$out"
}

@test "trace: a parent that waits in vfork does not hold the end up" {
  mkfifo "$work/end"
  # The child waits for a FIFO before it executes, and the parent cannot be interrupted as long as it does.
  "$bin" trace -o "$runs/told" -- /usr/bin/python3 -c 'import os, sys
child = os.posix_spawn("/bin/cat", ["cat"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 0, sys.argv[1], os.O_RDONLY, 0)])
print("waited for", os.waitpid(child, 0)[1], flush=True)' "$work/end" >"$out" 3>&- &
  tracer=$!
  # Until then its child may be one that it asks the kernel by.
  wait_until 10 grep -q 'exec /usr/bin/python3' "$runs/told"
  local command child
  command=$(pgrep -P "$tracer")
  wait_until 10 pgrep -P "$command"
  child=$(pgrep -P "$command")
  wait_until 10 grep -q wait_for_partner "/proc/$child/wchan"
  kill -TERM "$tracer"
  wait_until 10 eval '! kill -0 "$tracer" 2>/dev/null'
  runs_on "$child"
  echo through >"$work/end"
  wait_until 10 grep -qx 'waited for 0' "$out"
  grep -qx through "$out"
}

@test "trace: ended in the middle of many forks, execs and threads, it leaves nothing stopped" {
  local times=2 option
  [[ $long != 1 ]] || times=50
  for signal in TERM KILL; do
    # A change of uid sends each thread a signal and waits for it. The kernel forgets one that it has told a tracer of, if
    # that is killed before it has passed it on.
    option=churn
    [[ $signal != KILL ]] || option='churn stays'
    for ((i = 0; i < times; i++)); do
      rm -f "$runs/told" "$work/end" "$work/end.seen"
      # Whatever comes of this test, the loop does not outlive it: the directory goes.
      setsid "$bin" trace -o "$runs/told" -- sh -c 'while [ -d "$2" ] && [ ! -e "$0" ]; do /bin/true
        "$1" 2 $3 >/dev/null; done; : >"$0.seen"' "$work/end" "$probes/threads" "$work" "$option" 3>&- &
      tracer=$!
      wait_until 10 grep -q 'exec .*/threads' "$runs/told"
      kill "-$signal" "$tracer"
      wait "$tracer" || true
      : >"$work/end"
      wait_until 20 test -e "$work/end.seen"
    done
  done
}

# --- signals and jobs

@test "trace: a signal for the command is the command's" {
  "$bin" trace -f json -o "$runs/signal.json" -- perl -e '$SIG{USR1} = sub { print "USR1\n"; exit 3 };
    $SIG{TERM} = sub { print "TERM\n" }; $| = 1; print "ready\n"; sleep 1000 while 1' >"$out" &
  tracer=$!
  wait_until 10 grep -qx ready "$out"
  local command status=0
  command=$(pgrep -P "$tracer")
  kill -TERM "$command"
  wait_until 10 grep -qx TERM "$out"
  kill -USR1 "$command"
  wait "$tracer" || status=$?
  [[ $status == 3 ]]
  diff -u <(printf '%s\n' ready TERM USR1) "$out"
}

is_stopped() {
  grep -qE '^State:[[:space:]][tT] ' "/proc/$1/status"
}

@test "trace: a stopped process stays stopped, also beyond the end of the trace, until it is continued" {
  for child in no yes; do
    rm -f "$out" "$work/pid"
    local -a counter=(perl -e 'open P, ">", "$ARGV[0].new"; print P "$$\n"; close P; rename "$ARGV[0].new", $ARGV[0];
      $SIG{CONT} = sub { open O, ">", $ARGV[1]; print O "continued\n"; close O; exit 0 }; sleep 1000 while 1' "$work/pid" "$out")
    [[ $child == no ]] || counter=(sh -c '"$@"; :' sh "${counter[@]}")
    # Without a terminal: with one, a stopped command's shell has to see us stopped as well.
    setsid -w "$bin" trace -o "$runs/told" -- "${counter[@]}" &
    local starter=$! stopped
    wait_until 10 test -s "$work/pid"
    stopped=$(cat "$work/pid")
    kill -STOP "$stopped"
    wait_until 10 is_stopped "$stopped"
    kill -CONT "$stopped"
    wait_until 10 grep -qx continued "$out"
    wait "$starter"
  done
  rm -f "$out" "$work/pid"
  setsid "$bin" trace -o "$runs/told" -- "${counter[@]}" &
  wait_until 10 test -s "$work/pid"
  stopped=$(cat "$work/pid")
  tracer=$(awk '$1 == "TracerPid:" { print $2 }' "/proc/$stopped/status")
  kill -STOP "$stopped"
  wait_until 10 is_stopped "$stopped"
  kill -TERM "$tracer"
  wait_until 10 traced_by "$stopped" 0
  # The tracer's stop becomes its own.
  wait_until 10 is_stopped "$stopped"
  [[ ! -e $out ]]
  kill -CONT "$stopped"
  wait_until 10 grep -qx continued "$out"
}

terminal() {
  env -u NO_COLOR PATH=/usr/sbin:/usr/bin:/sbin:/bin "$BATS_TEST_DIRNAME/../lib/terminal" "$@" >"$runs/shown" ||
    { cat "$runs/shown"; return 1; }
}

# What is typed is shown, too: what is waited for is put together by the command alone.
ready='echo "rea"dy'

@test "trace: Ctrl-C goes to the command, once, and ends the trace with it" {
  terminal send="$bin trace -o /dev/null -- sh -c '$ready; exec sleep 1000'\n" wait='^ready' send="^C" \
    send="echo s=\$?\n" wait='^s=130'
  # One that handles it goes on.
  printf '%s\n' '$SIG{INT} = sub { $n++; print "INT\n" }; $| = 1; print "ready\n";' \
    '1 until defined($line = <STDIN>); print "n=$n\n"; exit 9' >"$work/handler.pl"
  terminal send="$bin trace -o $runs/told -- perl $work/handler.pl\n" wait='^ready' send="^C" wait='INT' \
    send="end\n" wait='^n=1' send="echo s=\$?\n" wait='^s=9'
}

@test "trace: once the command has ended, Ctrl-C ends the trace of what it has left, and says so before" {
  mkfifo "$work/end" "$work/set"
  # The command does not end before what it leaves ignores the signal.
  printf '%s\n' '(trap "" INT; : >"$1/set"; read -r line <"$1/end"; : >"$2") &' 'read -r line <"$1/set"; exit 5' >"$work/leave"
  terminal send="$bin trace -o $runs/told -- sh $work/leave $work $out\n" \
    wait='^capkeep: trace: the command has ended, .* Ctrl-C' send="^C" send="echo s=\$?\n" wait='^s=5' \
    send="echo >$work/end; while ! [ -e $out ]; do sleep 0.1; done; $ready\n" wait='^ready'
}

@test "trace: Ctrl-Z stops the command and the job; fg continues it" {
  terminal send="$bin trace -o /dev/null -- sh -c '$ready; exec cat'\n" wait='^ready' send="one\n" wait='^one' wait='^one' \
    send="^Z" wait='\[1\]\+ +Stopped' \
    send="for p in \$(pgrep -g \$(jobs -p)); do cut -d' ' -f2,3 /proc/\$p/stat; done\n" \
    wait='^\(capkeep\) T' wait='^\(cat\) [tT]' \
    send="fg\n" wait='exec cat' send="two\n" wait='^two' wait='^two' send="^D" wait='\$ ' send="echo s=\$?\n" wait='^s=0'
}

@test "trace: Ctrl-Z, where the command puts something in order and then stops itself" {
  printf '%s\n' '$SIG{TSTP} = sub { print "in order\n"; kill "STOP", $$; print "again\n" }; $| = 1; print "ready\n";' \
    '1 until defined($line = <STDIN>); print "got $line"' >"$work/editor.pl"
  terminal send="$bin trace -o /dev/null -- perl $work/editor.pl\n" wait='^ready' send="^Z" wait='in order' \
    wait='\[1\]\+ +Stopped' send="fg\n" wait='^again' send="line\n" wait='^got line'
}

@test "trace: on a terminal a command that somebody stops and continues from outside goes on" {
  cat >"$work/stop" <<'SH'
until [ -s pid ]; do sleep 0.05; done
read -r pid <pid
kill -STOP "$pid"
until grep -q '^State:.[tT]' "/proc/$pid/status"; do sleep 0.05; done
kill -CONT "$pid"
echo conti"nued"
SH
  terminal send="cd $work; sh stop &\n" send="$bin trace -o /dev/null -- sh -c 'echo \$\$ >pid; read -r line; echo got \$line'\n" \
    wait='^continued' send="something\n" wait='^got something' send="echo s=\$?\n" wait='^s=0'
}

@test "trace: Ctrl-Z, and bg" {
  mkfifo "$work/end"
  # Nothing is started meanwhile: a shell in vfork cannot be stopped (wait_for_vfork_done), traced or not.
  terminal send="$bin trace -o /dev/null -- sh -c '$ready; read -r line <$work/end; printf fini%s shed'\n" \
    wait='^ready' send="^Z" wait='\[1\]\+ +Stopped' send="bg\n" wait='&' \
    send="echo >$work/end; wait; echo w=\$?\n" wait='finished' wait='^w=0'
}

@test "trace: in colour on a terminal, and without one, or with NO_COLOR, not" {
  terminal send="$bin trace -- $launchers/drop-dynamic 65534 /bin/true\n" wait='1 processes'
  grep -qF $'\033[31mlost all' "$runs/shown"
  terminal send="NO_COLOR=1 $bin trace -- $launchers/drop-dynamic 65534 /bin/true\n" wait='1 processes'
  run ! grep -qF $'\033' "$runs/shown"
  grep -qF 'lost all' "$runs/shown"
  run "$bin" trace -- "$launchers/drop-dynamic" 65534 /bin/true
  [[ $output == *'lost all'* && $output != *$'\033'* ]]
}
