#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep run --method=ptrace`: what the library does in a launcher, done from outside. The same steps give the same
# states as with the library; nothing of the launcher is another but for that; and whatever ends, is stopped or is
# signalled meanwhile, nobody is left behind stopped or half changed.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  supervise=("$bin" run --log none --method=ptrace --)
  execute=(path="$work/dump" execve)
}

# as_with_the_library [VAR=VALUE…] -- STEP…: to the line, with the same rule.
as_with_the_library() {
  local -a rule=(CAPKEEP_AMBIENT="$keep")
  while [[ $1 != -- ]]; do
    rule+=("$1")
    shift
  done
  shift
  capture library "${preload[@]}" "${rule[@]}" "$probes/call" "$@"
  capture supervised "${rule[@]}" "${supervise[@]}" "$probes/call" "$@"
  # The library's launcher has it in its environment, and its log's answer.
  same library supervised 'Env:.(LD_PRELOAD|CAPKEEP_)' TracerPid
}

# --- the same transaction

@test "C1 the setuid family, by name and by number" {
  for change in setuid=65534 seteuid=65534 setreuid=65534,65534 setresuid=65534,65534,65534 setfsuid=65534 \
    syscall=setuid,65534 syscall=setreuid,65534,65534 syscall=setresuid,65534,65534,65534 syscall=setfsuid,65534; do
    as_with_the_library -- groups=65534 "$change" status "${execute[@]}"
  done
  as_with_the_library -- groups=65534 setresuid=65534,65534,65534 status setuid=0 status "${execute[@]}"
}

@test "C2 in steps, with a saved uid 0, and back" {
  as_with_the_library -- seteuid=65534 status "${execute[@]}"
  as_with_the_library -- setreuid=65534,65534 status "${execute[@]}"
  as_with_the_library -- setresuid=65534,65534,0 status "${execute[@]}"
  as_with_the_library -- setreuid=65534,-1 seteuid=65534 status "${execute[@]}"
  as_with_the_library -- seteuid=65534 seteuid=0 status setuid=65534 status "${execute[@]}"
}

@test "C1 launchers with KEEP_CAPS, capabilities and securebits of their own" {
  as_with_the_library -- keepcaps=1 setuid=65534 status "${execute[@]}"
  as_with_the_library -- securebits=0x10 setuid=65534 status "${execute[@]}"
  as_with_the_library -- securebits=0x4 setuid=65534 status "${execute[@]}"
  as_with_the_library -- capset=0x20000c0,0x20000c0,0 setuid=65534 status "${execute[@]}"
  as_with_the_library -- setuid=65534 capset=0,0,0 status "${execute[@]}"
  as_with_the_library -- setuid=65534 prctl=47,4 status "${execute[@]}"
}

# when=before|after at_the_limit VAR=VALUE…: the sets of a launcher that cannot map a page more, before its change of user
# or only after it.
at_the_limit() {
  # shellcheck disable=SC2016
  capture supervised "$@" "${supervise[@]}" /usr/bin/python3 -c '
import ctypes, os, re, resource, sys
status = os.open("/proc/self/status", os.O_RDONLY)
libc = ctypes.CDLL(None, use_errno=True)
def size():
    return int(re.search(rb"VmSize:\s*(\d+)", os.pread(status, 8192, 0)).group(1)) * 1024
size()
if sys.argv[1] == "before":
    limit, most, hard = resource.RLIMIT_AS, size(), resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(limit, (most, hard))
else:
    limit, hard = resource.RLIMIT_MEMLOCK, resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    resource.setrlimit(limit, (0, hard))
    if libc.mlockall(3) != 0:
        sys.exit(3)
failed = libc.setresuid(65534, 65534, 65534)
if sys.argv[1] == "before":
    resource.setrlimit(limit, (hard, hard))
else:
    libc.munlockall()
print(failed, *(re.search(rb"Cap" + name + rb":\s*(\w+)", os.pread(status, 8192, 0)).group(1).decode()
                for name in (b"Prm", b"Eff", b"Inh", b"Amb")))' "$when"
}

@test "C1 C6 a launcher that has no memory left: what cannot be narrowed afterwards is not kept" {
  when=before at_the_limit CAPKEEP_AMBIENT="$keep"
  grep -qx "0 $nothing" "$runs/supervised"
  when=before at_the_limit CAPKEEP_AMBIENT="$keep" CAPKEEP_USER=1
  grep -qx "0 $nothing" "$runs/supervised"
  when=after at_the_limit CAPKEEP_AMBIENT="$keep"
  ! grep -qx 'status: 3' "$runs/supervised" || skip_because "what is mapped is locked" "CAP_IPC_LOCK is not to be had"
  grep -qx "0 $given" "$runs/supervised"
  when=after at_the_limit CAPKEEP_AMBIENT="$keep" CAPKEEP_USER=1
  grep -qx "0 $nothing" "$runs/supervised"
}

@test "C1 C6 a filter that refuses capset by the error that tells that it is allowed" {
  for error in EINVAL EFAULT; do
    capture supervised CAPKEEP_AMBIENT="$keep" "${supervise[@]}" "$probes/call" groups=65534 fault-for-all="capset,$error" \
      setuid=65534 status
    assert_sets supervised "call $nothing"
  done
}

@test "C1 where nobody may write into another one's memory by process_vm_writev" {
  supervise=("$probes/forbid" process_vm_writev process_vm_readv -- "${supervise[@]}")
  as_with_the_library -- groups=65534 setresuid=65534,65534,65534 status "${execute[@]}"
  as_with_the_library CAPKEEP_USER=1 -- groups=65534 setresuid=65534,65534,65534 status "${execute[@]}"
}

@test "C1 Guard" {
  for drop in capset=0,0,0 libcap== libcapng=both prctl=47,4 prctl=47,3,10 prctl=24,10 prctl=28,0x20; do
    as_with_the_library CAPKEEP_GUARD=yes -- groups=65534 setuid=65534 "$drop" status "${execute[@]}"
    as_with_the_library CAPKEEP_GUARD=yes -- groups=65534 "${drop/0,0,0/0x20000c0,0x20000c0,0}" setuid=65534 status "${execute[@]}"
  done
}

@test "C2 a rule for a program, and for a launcher: an exec that fails and is tried again elsewhere" {
  as_with_the_library CAPKEEP_PROGRAM="$work/dump" -- setuid=65534 status path=/nowhere execve path=/etc/passwd execve status \
    "${execute[@]}"
  as_with_the_library CAPKEEP_PROGRAM=/nowhere -- setuid=65534 status "${execute[@]}"
  # The kernel cannot execute it, so what was raised for it is taken back.
  echo neither a program nor a script >"$work/neither"
  chmod 755 "$work/neither"
  as_with_the_library CAPKEEP_PROGRAM="$work/neither" -- setuid=65534 status path="$work/neither" execve status "${execute[@]}"
  grep -qx 'execve = -1 errno ENOEXEC' "$runs/supervised"
  assert_sets supervised "call $keep_mask $no_caps $no_caps $no_caps" "call $keep_mask $no_caps $no_caps $no_caps" \
    "dump $nothing"
  as_with_the_library CAPKEEP_LAUNCHER="$probes/call" -- setuid=65534 status "${execute[@]}"
  as_with_the_library CAPKEEP_LAUNCHER=/bin/true -- setuid=65534 status "${execute[@]}"
  as_with_the_library CAPKEEP_USER=4242424 -- setuid=65534 status "${execute[@]}"
}

@test "C3 bounding set and no_new_privs" {
  as_with_the_library CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes -- setuid=65534 status "${execute[@]}"
  as_with_the_library CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes -- seteuid=65534 status "${execute[@]}"
}

@test "C2 execveat, fexecve, a script" {
  printf '#!%s a\n' "$work/dump" >"$work/script"
  chmod 755 "$work/script"
  as_with_the_library -- setuid=65534 path="$work/script" execve
  as_with_the_library CAPKEEP_PROGRAM="$work/script" -- setuid=65534 path="$work/script" execve
  as_with_the_library CAPKEEP_PROGRAM="$work/dump" -- setuid=65534 fd="$work/dump" fexecve
  as_with_the_library CAPKEEP_PROGRAM="$work/dump" -- setuid=65534 cd="$work" path=./dump execve
}

@test "C6 OnFailure=refuse: the exec fails with EPERM, and nothing starts" {
  as_with_the_library CAPKEEP_ON_FAILURE=refuse CAPKEEP_PROGRAM=/nowhere -- setuid=65534 status "${execute[@]}"
  capture refused CAPKEEP_AMBIENT=cap_net_raw,63 CAPKEEP_ON_FAILURE=refuse "${supervise[@]}" "$probes/call" setuid=65534 \
    "${execute[@]}"
  grep -qx 'execve = -1 errno EPERM' "$runs/refused"
  run ! grep -q '^Argv' "$runs/refused"
}

@test "C2 Descendants=no: lowered when the program has started, for what it starts itself" {
  # shellcheck disable=SC2016 # the program's
  capture supervised CAPKEEP_AMBIENT="$keep" CAPKEEP_DESCENDANTS=no "${supervise[@]}" "$probes/call" groups=65534 \
    setuid=65534 path=/bin/sh arg=sh arg=-c arg='grep -E "^(CapPrm|CapAmb|TracerPid)" /proc/$$/status; grep Cap /proc/self/status' execve
  diff -u <(printf 'CapPrm:\t%s\n' "$keep_mask" "$no_caps") <(grep CapPrm "$runs/supervised")
  diff -u <(printf 'CapAmb:\t%s\n' "$no_caps" "$no_caps") <(grep CapAmb "$runs/supervised")
  grep -qx $'TracerPid:\t0' "$runs/supervised"
}

@test "C1 what is made by CLONE_UNTRACED" {
  for call in clone clone3; do
    capture supervised CAPKEEP_AMBIENT="$keep" "${supervise[@]}" "$probes/untraced" "$call" 65534 "$work/dump"
    assert_sets supervised "dump $given"
    grep -qx 'flags: as they were' "$runs/supervised"
    grep -qx 'status: 0' "$runs/supervised"
  done
}

@test "C5 in another user namespace it is not our policy that counts, and nothing breaks" {
  can_unshare --user || skip_because "a user namespace" "there is none to be had"
  write_in_user_namespace
  capture bare "$work/in-user-namespace" "$probes/call" setresuid=65534,65534,65534 status "${execute[@]}"
  capture supervised CAPKEEP_AMBIENT="$keep" "${supervise[@]}" "$work/in-user-namespace" "$probes/call" \
    setresuid=65534,65534,65534 status "${execute[@]}"
  same bare supervised
  assert_sets supervised "call $nothing" "dump $nothing"
}

# --- every thread

equal_in_all() {
  capture bare timeout 600 "$probes/threads" "$@"
  capture supervised CAPKEEP_AMBIENT="$keep" "${supervise[@]}" timeout 600 "$probes/threads" "$@"
  same bare supervised "${kept_sets[@]}" disturbed
  assert_sets supervised "threads $given"
}

@test "C1 threads: 1, 8, blocked, created and ended meanwhile, by another one, two at once, back and forth" {
  equal_in_all 0
  equal_in_all 8
  equal_in_all 8 blocked
  equal_in_all 8 churn
  equal_in_all 8 from-thread
  equal_in_all 8 twice
  equal_in_all 8 back
}
@test "C1 threads: 1000" { equal_in_all 1000; }
@test "C2 threads: an exec by another one than the leader" {
  capture supervised CAPKEEP_AMBIENT="$keep" "${supervise[@]}" timeout 600 "$probes/threads" 8 exec="$work/dump"
  assert_sets supervised "threads $given" "dump $given"
  capture supervised CAPKEEP_AMBIENT="$keep" CAPKEEP_PROGRAM="$work/dump" "${supervise[@]}" timeout 600 "$probes/threads" 8 \
    from-thread exec="$work/dump"
  assert_sets supervised "threads $keep_mask $no_caps $no_caps $no_caps" "dump $given"
}

@test "C2 vfork children that leave root, beside threads that allocate" {
  cp "$probes/judge" "$work/judge"
  capture storm CAPKEEP_AMBIENT="$keep" "${supervise[@]}" timeout 600 "$probes/vfork_storm" 300 "$work/judge" "$keep_mask" 65534
  grep -qx '300 of 300' "$runs/storm"
}

# --- nothing else is another

@test "C5 registers, flags, vectors and the red zone are restored bit for bit" {
  [[ -x $probes/registers_kept ]] || skip_because "registers" "the probe is for x86-64 and arm64"
  capture bare "$probes/registers_kept" 65534
  capture supervised CAPKEEP_AMBIENT="$keep" "${supervise[@]}" "$probes/registers_kept" 65534
  same bare supervised
  grep -qx 'changed: 0' "$runs/supervised"
}

# Who it is, whose child, in which group, session and terminal, what is open, who is its child.
whoami_script='exec 2>&1; read -r pid name state parent group session tty rest </proc/self/stat
echo "$((pid == $$)) $((parent == PPID)) $tty"; ps -o sid=,pgid= -p $$ | tr -s " "; ls /proc/self/fd
ps --ppid $$ -o comm=; grep -E "^(Sig[PBIC]|Shd|NoNewPrivs|Seccomp|CoreDumping)" /proc/self/status; ulimit -a'

@test "C5 a supervised launcher keeps its pid, group, session, descriptors, signals and limits, and has no child" {
  capture bare sh -c "$whoami_script"
  capture supervised CAPKEEP_AMBIENT="$keep" "${supervise[@]}" sh -c "$whoami_script"
  same bare supervised
}

@test "C5 as the first process of a container" {
  can_unshare --pid --fork || skip_because "a pid namespace" "there is none to be had"
  cp "$build/tests/launchers/drop-static" "$work/static"
  capture first CAPKEEP_AMBIENT="$keep" unshare --pid --fork --kill-child --mount-proc "${supervise[@]}" "$work/static" 65534 \
    /bin/sh -c 'echo $$; grep -E "^Cap(Amb|Prm)|^TracerPid" /proc/1/status'
  diff -u <(printf '1\nTracerPid:\t0\nCapPrm:\t%s\nCapAmb:\t%s\nstderr:\nstatus: 0\n' "$keep_mask" "$keep_mask") "$runs/first"
}

@test "C5 signals that come in between are delivered: a timer's without pause, calls are restarted" {
  # shellcheck disable=SC2016
  capture supervised CAPKEEP_AMBIENT="$keep" "${supervise[@]}" /usr/bin/python3 -c '
import os, signal, time
count = 0
def on_alarm(number, frame):
    global count
    count += 1
signal.signal(signal.SIGALRM, on_alarm)
# Each is for one round: a slow machine would do nothing else than to take those of a timer that goes on.
for i in range(300):
    signal.setitimer(signal.ITIMER_REAL, 0.000002 * (i + 1))
    os.seteuid(65534)
    os.seteuid(0)
    while count == i:
        pass
begin = time.monotonic()
signal.setitimer(signal.ITIMER_REAL, 0.02)
time.sleep(0.2)
took = time.monotonic() - begin
signal.setitimer(signal.ITIMER_REAL, 0.0003)
os.setresuid(65534, 65534, 65534)
while count == 301:
    pass
print(count, took > 0.2, [line.split()[1] for line in open("/proc/self/status") if line.startswith("CapPrm")])'
  grep -qx "302 True \['$keep_mask'\]" "$runs/supervised"
}

# --- whatever ends

# start_waiting: a launcher that has not dropped yet and waits at $work/gate; `launcher` is its pid, `supervisor` its tracer.
start_waiting() {
  mkfifo "$work/gate"
  exec {gate}<>"$work/gate"
  env -i "${base[@]}" CAPKEEP_AMBIENT="$keep" "${supervise[@]}" sh -c 'echo $$ >"$0/pid"; read -r line <"$0/gate"; exec "$1" 65534 "$2"' \
    "$work" "$build/tests/launchers/drop-static" "$work/dump" </dev/null >"$runs/waiting" 2>&1 3>&- {gate}>&- &
  job=$!
  wait_until 10 test -s "$work/pid"
  launcher=$(<"$work/pid")
  supervisor=$(awk '$1 == "TracerPid:" { print $2 }' "/proc/$launcher/status")
  [[ $launcher == "$job" && $(<"/proc/$supervisor/comm") == capkeep-ptrace ]]
}

is_gone() {
  [[ ! -e /proc/$1 ]]
}

is_stopped() {
  grep -qE '^State:.(t|T) ' "/proc/$1/status"
}

@test "C6 the supervisor is killed: so is the launcher, rather than left half changed" {
  start_waiting
  local status=0
  kill -KILL "$supervisor"
  wait "$job" || status=$?
  [[ $status == 137 ]]
  is_gone "$launcher"
}

@test "C5 the launcher is killed: the supervisor ends" {
  start_waiting
  kill -KILL "$launcher"
  wait "$job" || :
  wait_until 10 is_gone "$supervisor"
}

@test "C5 the program has started: the supervisor has ended, and no tracer is left" {
  start_waiting
  echo go >&"$gate"
  wait "$job"
  assert_sets waiting "dump $given"
  grep -qx $'TracerPid:\t0' "$runs/waiting" || ! grep -q TracerPid "$runs/waiting"
  wait_until 10 is_gone "$supervisor"
}

@test "C5 a stopped launcher stays stopped until it is continued" {
  start_waiting
  kill -STOP "$launcher"
  wait_until 10 is_stopped "$launcher"
  echo go >&"$gate"
  # Between the signal's own stop and that of the process it runs for a moment.
  wait_until 10 is_stopped "$launcher"
  [[ ! -s $runs/waiting ]]
  kill -CONT "$launcher"
  wait "$job"
  assert_sets waiting "dump $given"
}

@test "C5 killed in the middle, at any point: nothing is left that is stopped, and no supervisor" {
  local i
  cp "$build/tests/launchers/drop-static" "$work/static"
  for ((i = 0; i < 60; i++)); do
    env -i "${base[@]}" CAPKEEP_AMBIENT="$keep" "${supervise[@]}" "$work/static" 65534 /bin/true >/dev/null 2>&1 3>&- &
    job=$!
    # From a millisecond to thirty: before the supervisor is there, and after the program has ended.
    timeout -s KILL "0.0$(printf %02d $((i % 30)))1" tail -f --pid=$job /dev/null 2>/dev/null || kill -KILL "$job" 2>/dev/null || :
    wait "$job" 2>/dev/null || :
  done
  wait_until 10 none_is_left
}

# ends_by HOW STATUS [SIGNAL]: while a call is made in the name of the first thread, or of another, the process ends in this
# way, or by a signal from outside; thirty times each. One that hangs is not to be ended by SIGKILL, its supervisor is.
ends_by() {
  local how=$1 expected=$2 who i status bad=()
  for who in leader other; do
    for ((i = 0; i < 30; i++)); do
      env -i "${base[@]}" CAPKEEP_AMBIENT="$keep" CAPKEEP_GUARD=yes "${supervise[@]}" "$probes/meanwhile" "$who" "$how" $((i * 3)) \
        </dev/null >/dev/null 2>&1 3>&- &
      job=$! status=0
      [[ ! ${3-} ]] || { wait_until 10 is_supervised "$job" && kill "-$3" "$job"; }
      wait_until 20 is_zombie "$job" || { end_supervisor_of "$job"; status=hung; }
      [[ $status == hung ]] || wait "$job" || status=$?
      [[ $status == "$expected" ]] || bad+=("$who $i: $status")
    done
  done
  ((${#bad[@]} == 0)) || { printf '%s\n' "$how" "${bad[@]}"; return 1; }
}

is_supervised() {
  grep -qx 'TracerPid:.[1-9].*' "/proc/$1/status" 2>/dev/null
}

# All of its threads have ended; what is left of it is ours to wait for.
is_zombie() {
  [[ ! -e /proc/$1/status ]] || ! grep -qvx 'State:.Z (zombie)' <(cat /proc/"$1"/task/*/status 2>/dev/null | grep State)
}

end_supervisor_of() {
  awk '$1 == "TracerPid:" && $2 != 0 { print $2 }' /proc/"$1"/task/*/status | sort -u | xargs -r kill -KILL
}

@test "C1 a thread that ends the process while another is spoken for" { ends_by exit 7; }
@test "C1 a thread that executes while another is spoken for" { ends_by exec 0; }
@test "C1 a thread that kills the process while another is spoken for" { ends_by kill 137; }
@test "C1 threads that end while another is spoken for" { ends_by end 7; }
@test "C1 a process that is stopped and continued while a thread is spoken for" { ends_by stop 7; }
@test "C1 a process that is killed from outside while a thread is spoken for" { ends_by never 137 KILL; }

none_is_left() {
  ! pgrep -f "^$work/static|^$bin run .*$work/static" >/dev/null
}

@test "C5 a log at its size limit ends neither the supervisor nor the launcher" {
  printf '%1024s' begin >"$runs/log"
  # shellcheck disable=SC2016
  capture limited CAPKEEP_AMBIENT="$keep" bash -c 'exec > >(cat); ulimit -f 1; exec "$@"' bash "$bin" run --log "$runs/log" \
    --method=ptrace -- "$probes/call" groups=65534 setuid=65534 "${execute[@]}"
  grep -qx 'status: 0' "$runs/limited"
  assert_sets limited "dump $given"
}

@test "C6 what is traced already is refused: one line, 125" {
  command -v strace >/dev/null || skip_because strace "it is not installed"
  run -125 strace -f -o /dev/null env CAPKEEP_AMBIENT="$keep" "${supervise[@]}" /bin/touch "$work/started"
  [[ ${#lines[@]} == 1 && $output == *"cannot be supervised: strace (process "*") traces it already, "* ]]
  [[ ! -e $work/started ]]
}

@test "C6 what is a tracer itself is told that it cannot trace here" {
  command -v strace >/dev/null || skip_because strace "it is not installed"
  CAPKEEP_AMBIENT="$keep" run ! "$bin" run --log "$runs/log" --method=ptrace -- strace -o /dev/null true
  grep -q 'event=cannot-trace comm=strace .* call=ptrace .*remedy="a process has one tracer' "$runs/log"
}

@test "C6 where a supervisor cannot have the descriptors that it needs: one line that says so, 125" {
  local count told=0
  for count in {4..12}; do
    run prlimit --nofile="$count:$count" "$bin" run --log none -a "$keep" --method=ptrace -- /bin/true 3>&-
    [[ $status != 125 ]] || { told=$((told + 1)) && [[ ${#lines[@]} == 1 && $output == *'Too many open files'* ]]; } ||
      { echo "with $count: $output"; return 1; }
  done
  ((told >= 2))
}

@test "C6 where tracing is forbidden, or kills, the kernel too old, or /proc not there: one line that says which, 125" {
  supervise=("$bin" run --log none -a "$keep" --method=ptrace -- /bin/touch "$work/started")
  for what in ptrace=tracing\ is\ not\ allowed ptrace!=the\ supervisor\ is\ killed ptrace=0x420e=this\ kernel\ does\ not; do
    run -125 "$probes/forbid" "${what%=*}" -- "${supervise[@]}"
    [[ ${#lines[@]} == 1 && $output == *"cannot be supervised: ${what##*=}"* ]]
    [[ ! -e $work/started ]]
  done
  can_unshare --mount || skip_because "/proc" "no mount namespace to be had"
  run -125 unshare --mount --propagation private sh -c 'umount -l /proc && exec "$@"' sh "${supervise[@]}"
  [[ ${#lines[@]} == 1 && $output == *"cannot be supervised: there is no /proc, and a tracer needs it"* && ! -e $work/started ]]
}

# storm COUNT: launches under a rain of signals, four at a time; prints how many were exact.
storm() {
  local count=$1
  # shellcheck disable=SC2016
  env -i "${base[@]}" CAPKEEP_AMBIENT="$keep" /usr/bin/python3 - "$count" "$work/judge" "$keep_mask" "$launcher" "${supervise[@]}" <<'PYTHON'
import os, random, signal, subprocess, sys, time

count, judge, mask, launcher, *supervise = sys.argv[1:]
seed = int.from_bytes(os.urandom(4), "big")
random.seed(seed)
print("seed", seed)
rain = [signal.SIGCHLD, signal.SIGWINCH, signal.SIGSTOP, signal.SIGCONT, signal.SIGURG]
exact, started, running, bad = 0, 0, [], []
while started < int(count) or running:
    while started < int(count) and len(running) < 4:
        words = [*supervise, *launcher.split(), judge, mask, "65534"]
        running.append((subprocess.Popen(words, stdin=subprocess.DEVNULL), time.monotonic()))
        running[-1][0].drops = 5000 # on a machine with many processors it would get to nothing else
        started += 1
    for process, begin in list(running):
        status = process.poll()
        if status is not None:
            exact += status == 0
            if status != 0:
                bad.append(status)
            running.remove((process, begin))
        elif time.monotonic() - begin > 600:
            bad.append("hung")
            process.kill()
            process.wait()
            running.remove((process, begin))
        elif process.drops > 0:
            process.drops -= 1
            process.send_signal(random.choice(rain))
            process.send_signal(signal.SIGCONT)
print(exact, "of", count, *bad)
PYTHON
}

@test "C1 a rain of signals on static launchers: none lost, none hung, all exact" {
  local count=300
  [[ $long != 1 ]] || count=10000
  cp "$probes/judge" "$work/judge"
  cp "$build/tests/launchers/drop-static" "$work/static"
  launcher="$work/static 65534"
  storm "$count" | tee "$runs/storm"
  grep -qx "$count of $count" "$runs/storm"
}

@test "C1 a rain of signals on gosu: none lost, none hung, all exact" {
  local count=200
  command -v gosu >/dev/null || skip_because gosu "it is not installed"
  [[ $long != 1 ]] || count=10000
  cp "$probes/judge" "$work/judge"
  launcher="gosu nobody"
  storm "$count" | tee "$runs/storm"
  grep -qx "$count of $count" "$runs/storm"
}
