#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The log (C6): where it goes, what a line says, that it is whole whoever else writes, and that it never blocks, ends or
# changes a launcher: a full pipe, a reader that is gone and a syslog that is dead cost the message at most.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

python=/usr/bin/python3
inner_variables+=(work runs base python probes keep rule dropped)

setup() {
  probes_setup
  all="$keep_mask $keep_mask $keep_mask $keep_mask"
  rule=(LD_PRELOAD="$lib" CAPKEEP_AMBIENT="$keep")
  # In a folder that no other user can write to.
  log=$BATS_RUN_TMPDIR/log-$BATS_TEST_NUMBER/log
  mkdir -p "${log%/*}"
  chmod 711 "${log%/*}"
  kept="event=kept comm=call launcher=$probes/call call=setresuid uids=0,0,0->65534,65534,65534 rule=environment"
  kept+=" kept=cap_net_bind_service,cap_sys_time"
}

# lines FILE: without the process id, of which no two are the same.
lines() {
  sed -E 's/^(<[0-9]+>)?capkeep\[[1-9][0-9]*\]: /\1/' "$1"
}

# --- a line

# fields LINE…: all of it is key=value, and a value with a blank in it stands in quotation marks.
fields() {
  local line
  for line in "$@"; do
    grep -qE '^capkeep\[[1-9][0-9]*\]:( [a-z-]+=([^" ]*|"[^"]*"))+$' <<<"$line" || { echo "not key=value: $line"; return 1; }
  done
}

@test "C6 a line says who, what, by which rule, what was kept and what was not and why" {
  capture one "${rule[@]}" CAPKEEP_LOG="$log" setpriv --bounding-set -sys_time env CAPKEEP_NO_NEW_PRIVS=yes "$probes/call" \
    prctl=24,10 "${dropped[@]}"
  local line
  line=$(<"$log")
  fields "$line"
  [[ $line == *" comm=call launcher=$probes/call call=setresuid uids=0,0,0->65534,65534,65534 rule=environment "* ]]
  # Of the two, one was not permitted to begin with, the other cannot become inheritable.
  [[ $line == *" not-permitted=cap_sys_time not-bounding=cap_net_bind_service" ]]
}

# The program that cron, su -c and system(3) execute is a shell, whatever the job is.
@test "C2 C6 a program that the rule is not for: what waited is lost at the exec, and the line names what it waited for" {
  local way
  write_rules() {
    printf '[Keep shell]\nUser=nobody\nProgram=/bin/sh\nAmbientCapabilities=cap_kill\n[Keep job]\nUser=nobody\nProgram=/opt/job\n'
    printf 'Program=/opt/other\nAmbientCapabilities=cap_sys_time\n[Keep any]\nUser=daemon\nProgram=/opt/any\nAmbientCapabilities=cap_chown\n'
  }
  write_rules >"${log%/*}/policy"
  chmod 644 "${log%/*}/policy"
  for way in --method=preload --method=ptrace; do
    : >"$log"
    chmod 666 "$log"
    "$bin" run "$way" --policy "${log%/*}/policy" --log "$log" -- setpriv --reuid nobody --clear-groups \
      sh -c 'grep -E "^Cap(Prm|Amb)" /proc/self/status; exec /bin/true' >"$work/has"
    diff -u <(printf 'CapPrm:\t%016x\nCapAmb:\t%016x\n' 32 32) "$work/has"
    [[ $(wc -l <"$log") == 2 ]]
    grep -qE 'event=kept .* rule=shell waiting=cap_kill,cap_sys_time$' "$log"
    grep -qE "event=not-kept .* program=$(command -v sh) rule=shell waiting-for=/opt/job kept=cap_kill other-program=cap_sys_time\$" "$log"
  done
  # Where the program comes, there is nothing to tell.
  : >"$log"
  capture right "${rule[@]}" CAPKEEP_LOG="$log" CAPKEEP_PROGRAM="$work/dump" "$probes/call" "${dropped[@]}" path="$work/dump" execve
  [[ $(wc -l <"$log") == 1 ]]
  # A drop that only the exec completes.
  : >"$log"
  capture once "${rule[@]}" CAPKEEP_LOG="$log" CAPKEEP_PROGRAM=/opt/job "$probes/call" groups=65534 setresuid=65534,65534,0 \
    path=/bin/true execve
  grep -q ' waiting-for=/opt/job other-program=cap_net_bind_service,cap_sys_time$' "$log"
}

@test "C6 each kind of line is key=value, and each is written once" {
  : >"$log"
  chmod 666 "$log"
  local to=(CAPKEEP_LOG="$log") kinds=(kept not-kept refused dropped out-of-reach not-narrowed) kind
  cp "$build/tests/launchers/drop-static" "$work/static"
  capture kept "${rule[@]}" "${to[@]}" "$probes/call" "${dropped[@]}" path=/bin/true execve
  capture not-kept "${rule[@]}" "${to[@]}" "$probes/call" securebits=0x40 "${dropped[@]}" path=/bin/true execve
  capture refused "${rule[@]}" "${to[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" groups=65534 syscall=setuid,65534 \
    capset=0,0,0 path=/bin/true execve
  capture out-of-reach "${rule[@]}" "${to[@]}" "$probes/call" path="$work/static" execve
  capture not-narrowed "${rule[@]}" "${to[@]}" "$probes/call" groups=65534 fault=capset,EPERM,2+ setuid=65534
  local -a all_lines
  mapfile -t all_lines <"$log"
  fields "${all_lines[@]}"
  diff -u <(printf 'event=%s\n' kept not-kept kept dropped refused out-of-reach not-narrowed) \
    <(lines "$log" | cut -d ' ' -f 1)
}

@test "C6 what comes from outside cannot break a line, a field or a terminal" {
  local name=$'a b\n"c\e[1m'
  cp "$probes/call" "$work/$name"
  capture odd "${rule[@]}" CAPKEEP_LOG="$log" CAPKEEP_ON_FAILURE=refuse "$work/$name" "${dropped[@]}" capset=0,0,0 \
    path="$work/$name" execve
  chmod 666 "$log"
  capture odd "${rule[@]}" CAPKEEP_LOG="$log" CAPKEEP_ON_FAILURE=refuse "$work/$name" "${dropped[@]}" capset=0,0,0 \
    path="$work/$name" execve
  run ! grep -q '[^[:print:]]' "$log"
  local -a all_lines
  mapfile -t all_lines <"$log"
  fields "${all_lines[@]}"
  grep -qF ' comm=a\x20b\x0a\x22c\x1b[1m ' "$log"
  grep -qF "/a\\x20b\\x0a\\x22c\\x1b[1m rule=environment " "$log"
}

@test "C6 the longest paths cost no line its reasons" {
  local long=$work name
  name=$(printf 'x%.0s' {1..200})
  for ((i = 0; i < 8; i++)); do
    long+=/$name
    mkdir "$long"
  done
  cp "$probes/call" "$long/call"
  : >"$log"
  chmod 666 "$log"
  capture long "${rule[@]}" CAPKEEP_LOG="$log" CAPKEEP_ON_FAILURE=refuse "$long/call" "${dropped[@]}" capset=0,0,0 \
    path="$long/call" execve
  grep -q "event=kept .*x\.\.\. call=setresuid .* kept=cap_net_bind_service,cap_sys_time\$" "$log"
  grep -q 'event=refused .*x\.\.\. call=execve .*x\.\.\. rule=environment launcher-dropped=cap_net_bind_service,cap_sys_time remedy="' "$log"
}

# --- destinations

@test "C6 none: nothing is said anywhere" {
  capture none "${rule[@]}" CAPKEEP_LOG=none "$probes/call" "${dropped[@]}" capset=0,0,0 path=/bin/true execve
  diff -u - <(sed -n '/^stderr:/,$p' "$runs/none") <<'END'
stderr:
status: 0
END
}

@test "C6 stderr: one line, and nothing else" {
  capture run "${rule[@]}" CAPKEEP_LOG=stderr "$probes/call" "${dropped[@]}"
  sed -n '/^stderr:/,/^status:/p' "$runs/run" | sed '1d;$d' >"$runs/said"
  diff -u <(echo "$kept") <(lines "$runs/said")
}

@test "C6 a file: appended to, by one write a line, for its owner and group" {
  echo 'what was there' >"$log"
  capture file "${rule[@]}" CAPKEEP_LOG="$log" "$probes/call" "${dropped[@]}"
  capture file "${rule[@]}" CAPKEEP_LOG="$log" "$probes/call" "${dropped[@]}"
  diff -u <(printf '%s\n' 'what was there' "$kept" "$kept") <(lines "$log")
  rm "$log"
  capture file "${rule[@]}" CAPKEEP_LOG="$log" "$probes/call" "${dropped[@]}"
  [[ $(stat -c '%a %u' "$log") == "640 0" ]]
  command -v strace >/dev/null || skip_because "the writes of a line" "strace is not installed"
  strace -qq -s 4096 -o "$runs/trace" -e trace=write,writev,pwrite64 env -i "${base[@]}" "${rule[@]}" CAPKEEP_LOG="$log" \
    "$probes/call" "${dropped[@]}"
  [[ $(grep -c 'capkeep\[' "$runs/trace") == 1 ]]
  grep -q '^write([0-9]*, "capkeep\[.*kept=cap_net_bind_service,cap_sys_time\\n"' "$runs/trace"
}

@test "C6 a file: opened before the change, after which it may not be" {
  chmod 700 "${log%/*}"
  capture file "${rule[@]}" CAPKEEP_LOG="$log" "$probes/call" "${dropped[@]}"
  diff -u <(echo "$kept") <(lines "$log")
}

@test "C6 a file: never through a symbolic link, nor a relative one" {
  echo 'somebody else' >"${log%/*}/other"
  ln -s "${log%/*}/other" "$log"
  capture link "${rule[@]}" CAPKEEP_LOG="$log" "$probes/call" "${dropped[@]}"
  grep -qx 'somebody else' "${log%/*}/other"
  [[ $(wc -l <"${log%/*}/other") == 1 ]]
  # A relative name is a mistake in the policy, and that keeps nothing.
  capture relative "${rule[@]}" CAPKEEP_LOG=log "$probes/call" "${dropped[@]}" status
  [[ ! -e $work/log ]]
  assert_sets relative "call $no_caps $no_caps $no_caps $no_caps"
}

@test "C6 a file that is a FIFO: with a reader the line, without one no waiting" {
  mkfifo "$log"
  capture fifo "${rule[@]}" CAPKEEP_LOG="$log" timeout 600 "$probes/call" "${dropped[@]}"
  grep -qx 'status: 0' "$runs/fifo"
  exec 4<>"$log"
  capture fifo "${rule[@]}" CAPKEEP_LOG="$log" timeout 600 "$probes/call" "${dropped[@]}"
  local said
  IFS= read -r -t 10 said <&4
  exec 4>&-
  echo "$said" >"$runs/said"
  diff -u <(echo "$kept") <(lines "$runs/said")
}

@test "C6 Log= in a policy file, --log, and the environment before both" {
  local policy=${log%/*}/policy
  printf '[Policy]\nLog=%s\n[Keep a]\nAmbientCapabilities=%s\n' "$log" "$keep" >"$policy"
  capture policy LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" "$probes/call" "${dropped[@]}"
  diff -u <(echo "${kept/rule=environment/rule=a}") <(lines "$log")
  capture policy LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" CAPKEEP_LOG="$log.2" "$probes/call" "${dropped[@]}"
  diff -u <(echo "${kept/rule=environment/rule=a}") <(lines "$log.2")
  capture run "$bin" run -a "$keep" --log "$log.3" -- "$probes/call" "${dropped[@]}"
  diff -u <(echo "$kept") <(lines "$log.3")
  [[ $(wc -l <"$log") == 1 ]]
}

# --- how much is told

# levelled LEVEL CHECK COMMAND…: by each method, with LogLevel= in the file; then CHECK judges $log and $work/has.
levelled() {
  local policy=${log%/*}/policy check=$2 way
  { printf '[Policy]\nLog=%s\nLogLevel=%s\n' "$log" "$1" && write_rules; } >"$policy"
  chmod 644 "$policy"
  shift 2
  for way in --method=preload --method=ptrace; do
    : >"$log"
    chmod 666 "$log"
    "$bin" run "$way" --policy "$policy" -- "$@" >"$work/has" 2>"$work/said" || return
    "$check"
  done
}

@test "C6 LogLevel=failures: what could not be kept is told, what was, and a program that no rule is for, is not" {
  write_rules() {
    printf '[Keep job]\nUser=nobody\nProgram=/opt/job\nAmbientCapabilities=cap_chown\n'
    printf '[Keep all]\nUser=nobody\nAmbientCapabilities=cap_kill cap_sys_time\n'
    printf '[Keep gone]\nUser=no-such-user\nAmbientCapabilities=cap_net_raw\n'
  }
  local drop=(setpriv --reuid nobody --clear-groups grep -E '^CapAmb' /proc/self/status)
  untold() { [[ ! -s $log ]] && diff -u <(printf 'CapAmb:\t%016x\n' $((1 << 5 | 1 << 25))) "$work/has"; }
  levelled failures untold "${drop[@]}"
  # A shell of root's, which the library is in, is warned of the account as well.
  all_told() {
    diff -u <(printf 'event=%s\n' kept not-kept) <(lines "$log" | cut -d ' ' -f 1 | grep -v policy-warning)
    [[ $way != *preload ]] || grep -q ' event=policy-warning .*no-such-user' "$log"
  }
  levelled changes all_told "${drop[@]}"
  lost_told() {
    grep -qE '^capkeep\[[0-9]+\]: event=not-kept .* call=setresuid .* kept=cap_kill waiting=cap_chown (not-permitted=cap_sys_time|launcher-dropped=cap_sys_time remedy="[^"]*")$' "$log"
    [[ $(wc -l <"$log") == 1 ]]
    diff -u <(printf 'CapAmb:\t%016x\n' $((1 << 5))) "$work/has"
  }
  levelled failures lost_told setpriv --bounding-set -sys_time env "${drop[@]}"
}

# told LINE…: and nothing else; each without what differs from run to run, up to and with the uids.
told() {
  diff -u <(printf '%s\n' "$@") <(sed -E 's/^.*: (event=[a-z-]+) .* uids=[0-9,>-]+ ?/\1 /; s/ $//' "$log")
}

@test "C6 LogLevel=all: a change of user that no rule is for is told once, with the nearest rule and what it is for" {
  local setpriv nothing
  setpriv=$(readlink -f "$(command -v setpriv)")
  local has=(sh -c 'grep -E "^Cap(Prm|Amb)" /proc/self/status; /bin/true; exec /bin/true')
  local drop=(setpriv --reuid nobody --clear-groups "${has[@]}")
  nothing=$(printf 'CapPrm:\t%016x\nCapAmb:\t%016x' 0 0)
  is_told() { told "${lines_wanted[@]}" && [[ $(<"$work/has") == "$nothing" ]]; }
  silent() { [[ ! -s $log && $(<"$work/has") == "$nothing" ]]; }
  # The wrong user.
  write_rules() {
    printf '[Keep any]\nUser=2\nAmbientCapabilities=cap_kill\n'
    printf '[Keep here]\nUser=daemon 2\nLauncher=%s\nAmbientCapabilities=cap_kill\n' "$setpriv"
  }
  lines_wanted=("event=no-match nearest=here wants-user=1,...")
  levelled all is_told "${drop[@]}"
  levelled changes silent "${drop[@]}"
  # The wrong launcher: no rule can match in this one.
  write_rules() {
    printf '[Keep there]\nUser=nobody\nLauncher=/opt/launcher\nAmbientCapabilities=cap_kill\n'
    printf '[Keep elsewhere]\nUser=daemon\nLauncher=/opt/launcher\nAmbientCapabilities=cap_kill\n'
  }
  lines_wanted=("event=no-match nearest=there wants-launcher=/opt/launcher")
  levelled all is_told "${drop[@]}"
  levelled all is_told python3 -c 'import os, sys; os.setgroups([]); os.setuid(65534); os.execvp(sys.argv[1], sys.argv[1:])' "${has[@]}"
  levelled changes silent "${drop[@]}"
  # A user who is no more, and a change that only the exec completes, in a launcher of any and of other rules.
  write_rules() { printf '[Keep gone]\nUser=no-such-user\nAmbientCapabilities=cap_kill\n'; }
  gone_told() { sed -i '/event=policy-warning/d' "$log" && told 'event=no-match program=/bin/true nearest=gone wants-user=none'; }
  levelled all gone_told "$probes/call" groups=65534 setresuid=65534,65534,0 path=/bin/true execve
  write_rules() { printf '[Keep there]\nLauncher=/opt/launcher\nAmbientCapabilities=cap_kill\n'; }
  by_exec() { told 'event=no-match program=/bin/true nearest=there wants-launcher=/opt/launcher'; }
  levelled all by_exec "$probes/call" groups=65534 setresuid=65534,65534,0 path=/bin/true execve
  # Root that goes and comes back, and one who is kept for.
  nothing_told() { [[ ! -s $log ]]; }
  levelled all nothing_told "$probes/call" seteuid=65534 seteuid=0 path=/bin/true execve
  write_rules() { printf '[Keep nobody]\nUser=nobody\nAmbientCapabilities=cap_kill\n'; }
  kept_alone() { told 'event=kept rule=nobody kept=cap_kill'; }
  levelled all kept_alone "${drop[@]}"
}

@test "C5 C6 LogLevel=all changes nothing but the log where no rule matches" {
  local rules=("CAPKEEP_USER=1" "CAPKEEP_LAUNCHER=/opt/launcher") one
  local steps=(seteuid=65534 status seteuid=0 setuid=-1 "descriptors=$work/open" "${dropped[@]}" status path=/nonexistent
    execve path="$work/dump" posix_spawn status execve)
  capture bare "$probes/call" "${steps[@]}"
  mv "$work/open" "$work/open.bare"
  capture alone "$probes/threads" 20
  for one in "${rules[@]}"; do
    rm -f "$log"
    capture logged "${rule[@]}" "$one" CAPKEEP_LOG="$log" CAPKEEP_LOG_LEVEL=all "$probes/call" "${steps[@]}"
    same bare logged
    diff -u "$work/open.bare" "$work/open"
    [[ $(cut -d ' ' -f 2 "$log") == event=no-match ]]
    capture threads "${rule[@]}" "$one" CAPKEEP_LOG="$log" CAPKEEP_LOG_LEVEL=all timeout 600 "$probes/threads" 20
    same alone threads
  done
  # What is not to be logged is not looked for.
  command -v strace >/dev/null || skip_because "$BATS_TEST_DESCRIPTION: system calls" "strace is not installed"
  # calls LOG LEVEL: the names of all system calls.
  calls() {
    strace -qq -o "$runs/trace" env -i "${base[@]}" "${rule[@]}" "${rules[1]}" CAPKEEP_LOG="$1" CAPKEEP_LOG_LEVEL="$2" \
      "$probes/call" setuid=65534 >/dev/null
    sed 's/(.*//' "$runs/trace"
  }
  calls none changes >"$runs/changes"
  calls none all >"$runs/all"
  diff -u "$runs/changes" "$runs/all"
  calls "$log" all >"$runs/logged"
  run ! diff "$runs/all" "$runs/logged"
}

@test "C6 LogLevel= in a policy file, --log-level, and the environment before both" {
  local policy=${log%/*}/policy
  printf '[Policy]\nLog=%s\nLogLevel=failures\n[Keep a]\nAmbientCapabilities=%s\n' "$log" "$keep" >"$policy"
  capture policy LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" "$probes/call" "${dropped[@]}" status
  assert_sets policy "call $all"
  [[ ! -s $log ]]
  capture policy LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" CAPKEEP_LOG_LEVEL=changes "$probes/call" "${dropped[@]}"
  capture run "$bin" run --policy "$policy" --log-level changes -- "$probes/call" "${dropped[@]}"
  diff -u <(printf '%s\n' "${kept/rule=environment/rule=a}"{,}) <(lines "$log")
  capture run "$bin" run -a "$keep" --log "$log.2" --log-level failures -- "$probes/call" "${dropped[@]}" status
  assert_sets run "call $all"
  [[ ! -s $log.2 ]]
  # What is none is a mistake, and that keeps nothing.
  capture wrong "${rule[@]}" CAPKEEP_LOG_LEVEL=failure "$probes/call" "${dropped[@]}" status
  assert_sets wrong "call $no_caps $no_caps $no_caps $no_caps"
  grep -qF 'CAPKEEP_LOG_LEVEL: not failures, changes or all: "failure"; did you mean failures?' "$runs/wrong"
  run -125 "$bin" run -a "$keep" --log-level failure -- true
  [[ $output == 'capkeep: error: --log-level: not failures, changes or all: "failure"; did you mean failures?'* ]]
}

@test "C5 C6 whatever the log is, launcher and program have the same descriptors, signals and errno" {
  for to in none stderr syslog "$log"; do
    same_but_for_log "${dropped[@]}" status path=/nonexistent execve path="$work/dump" posix_spawn status execve
  done
}

# same_but_for_log STEP…: as bare, but for the line itself.
same_but_for_log() {
  capture bare "$probes/call" "$@"
  capture logged "${rule[@]}" CAPKEEP_LOG="$to" "$probes/call" "$@"
  same bare logged "${kept_sets[@]}" 'capkeep\['
}

# --- many at once

# storm COUNT ROUNDS LOG: so many processes at once, each of which drops so many children.
storm() {
  local steps=(path=/nonexistent how=fork childuid=65534) pids=() pid
  for ((i = 0; i < $2; i++)); do
    steps+=(execve)
  done
  # Open from the beginning: whoever came to it after the last had been let go would wait for ever.
  mkfifo "$work/gate"
  exec 5<>"$work/gate"
  for ((i = 0; i < $1; i++)); do
    (read -r <"$work/gate"; exec 5<&-; exec env -i "${base[@]}" "${rule[@]}" CAPKEEP_LOG="$3" "$probes/call" "${steps[@]}" >/dev/null) &
    pids+=($!)
  done
  # They are all let go at once.
  for ((i = 0; i < $1; i++)); do echo; done >&5
  for pid in "${pids[@]}"; do
    wait "$pid"
  done
  exec 5>&-
}

# whole FILE COUNT: so many lines, each of them this one.
whole() {
  [[ $(wc -l <"$1") == "$2" ]]
  diff -u <(echo "$kept") <(lines "$1" | sort -u)
}

@test "C6 64 processes log into one file at once, each line whole" {
  storm 64 10 "$log"
  whole "$log" 640
}

@test "C6 64 processes log into one pipe at once, each line whole" {
  # One that finds the pipe full loses its message: this one has room for all, whenever its reader gets to read.
  { "$python" -c 'import fcntl; fcntl.fcntl(2, fcntl.F_SETPIPE_SZ, 1 << 20)' && storm 64 10 stderr; } 2>&1 | cat >"$log"
  whole "$log" 640
}

@test "C6 64 processes log into one pipe that nobody reads, and none of them waits" {
  timeout 600 "$python" - 64 "$probes/call" "${dropped[@]}" -- "${base[@]}" "${rule[@]}" CAPKEEP_LOG=stderr <<'PYTHON'
import fcntl, os, subprocess, sys

arguments = sys.argv[2:]
command, variables = arguments[:arguments.index("--")], arguments[arguments.index("--") + 1:]
environment = dict(variable.split("=", 1) for variable in variables)
reader, writer = os.pipe()
fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
children = [subprocess.Popen(command, env=environment, stderr=writer, stdout=subprocess.DEVNULL)
            for _ in range(int(sys.argv[1]))]
assert [child.wait(600) for child in children] == [0] * len(children)
os.close(writer)
said = b""
while chunk := os.read(reader, 65536):
    said += chunk
assert said.endswith(b"\n") and all(line.startswith(b"capkeep[") for line in said.splitlines()), said
assert all(line.endswith(b"kept=cap_net_bind_service,cap_sys_time") for line in said.splitlines()), said
PYTHON
}

# --- what is in the way

# stuck KIND STEP…: stderr is a pipe, a pair of stream sockets or a terminal that is full, or a pipe without a reader.
# The launcher goes on, ends with 0, and its descriptor is as it was.
stuck() {
  local kind=$1
  shift
  timeout 600 "$python" - "$kind" "$probes/call" "$@" -- "${base[@]}" "${rule[@]}" CAPKEEP_LOG=stderr \
    CAPKEEP_ON_FAILURE=refuse <<'PYTHON'
import fcntl, os, pty, signal, socket, subprocess, sys, tty

kind, arguments = sys.argv[1], sys.argv[2:]
command, variables = arguments[:arguments.index("--")], arguments[arguments.index("--") + 1:]
environment = dict(variable.split("=", 1) for variable in variables)
keep_open = []

def fill(descriptor):
    os.set_blocking(descriptor, False)
    for size in (4096, 1):
        try:
            while True:
                os.write(descriptor, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(descriptor, True)

if kind == "socket":
    pair = socket.socketpair()
    keep_open, end = pair, pair[0].fileno()
    fill(end)
elif kind == "terminal":
    master, end = pty.openpty()
    tty.setraw(end)
    keep_open = [master]
    fill(end)
else:
    reader, end = os.pipe()
    if kind == "pipe":
        keep_open = [reader]
        fill(end)
    else:
        os.close(reader)
flags = fcntl.fcntl(end, fcntl.F_GETFL)
child = subprocess.Popen(command, env=environment, stderr=end, stdout=subprocess.DEVNULL)
try:
    status = child.wait(600)
except subprocess.TimeoutExpired:
    child.kill()
    status = "it waits"
assert status == 0, status
assert fcntl.fcntl(end, fcntl.F_GETFL) == flags
PYTHON
}

@test "C6 stderr is full, or has no reader: neither waiting nor SIGPIPE, before and after the change" {
  for kind in pipe socket terminal unread; do
    echo "$kind"
    stuck "$kind" "${dropped[@]}"
    # The line of the exec is written by another user, who cannot open the pipe once more.
    stuck "$kind" "${dropped[@]}" capset=0,0,0 path=/bin/true execve say=refused
  done
}

@test "C6 stderr is a terminal: the line arrives" {
  "$python" - "$probes/call" "${dropped[@]}" -- "${base[@]}" "${rule[@]}" CAPKEEP_LOG=stderr <<'PYTHON'
import os, pty, subprocess, sys

arguments = sys.argv[1:]
command, variables = arguments[:arguments.index("--")], arguments[arguments.index("--") + 1:]
environment = dict(variable.split("=", 1) for variable in variables)
master, end = pty.openpty()
assert subprocess.call(command, env=environment, stderr=end, stdout=subprocess.DEVNULL) == 0
said = b""
while not said.endswith(b"\n"):
    said += os.read(master, 65536)
assert said.startswith(b"capkeep[") and said.rstrip(b"\r\n").endswith(b"kept=cap_net_bind_service,cap_sys_time"), said
PYTHON
}

@test "C5 C6 stderr is the terminal of another group that has it to itself (tostop): the line arrives, and nothing stops" {
  # The line of the change is written by root, that of the exec by another user, who cannot open the terminal once more.
  "$python" - "$probes/call" "${dropped[@]}" capset=0,0,0 path=/bin/true execve -- "${base[@]}" "${rule[@]}" \
    CAPKEEP_LOG=stderr CAPKEEP_ON_FAILURE=refuse <<'PYTHON'
import os, pty, sys, termios

arguments = sys.argv[1:]
command, variables = arguments[:arguments.index("--")], arguments[arguments.index("--") + 1:]
environment = dict(variable.split("=", 1) for variable in variables)

def in_the_background():
    terminal = termios.tcgetattr(2)
    terminal[3] |= termios.TOSTOP
    termios.tcsetattr(2, termios.TCSANOW, terminal)
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
        os.execve(command[0], command, environment)
    status = os.waitpid(pid, os.WUNTRACED)[1]
    if os.WIFSTOPPED(status):
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    # When the leader of its session ends, the kernel throws away what the terminal has not yet passed on (pty_flush_buffer).
    os.write(2, b"end\n")
    os.read(may_end, 1)
    os._exit(0 if status == 0 else 1)

may_end, end = os.pipe()
pid, master = pty.fork()
if pid == 0:
    os.close(end)
    in_the_background()
said = b""
while not said.endswith(b"end\r\n"):
    said += os.read(master, 65536)
os.close(end)
assert os.waitpid(pid, 0)[1] == 0, said
events = [line.split()[1] for line in said.splitlines()[:-1]]
assert events == [b"event=kept", b"event=dropped", b"event=refused"], said
PYTHON
}

@test "C5 C6 a log at RLIMIT_FSIZE costs the line: no SIGXFSZ, and none that is pending later" {
  local steps=(fsize=65536 "${dropped[@]}" status "capset=0,0,0" path=/bin/true)
  truncate -s 65536 "$log" "$log.2"
  chmod 666 "$log" "$log.2"
  # Of the two, one that the launcher has blocked, and one that was pending before (SIGXFSZ is 25).
  for before in say=ready block=25 'block=25 raise=25'; do
    # shellcheck disable=SC2086 # steps
    capture bare "$probes/call" $before "${steps[@]}"
    for to in "$log" stderr; do
      # shellcheck disable=SC2016,SC2086 # expanded by the inner shell; steps
      capture full sh -c 'exec env "$@" 2>>"$0"' "$log.2" "${rule[@]}" CAPKEEP_LOG="$to" CAPKEEP_ON_FAILURE=refuse \
        "$probes/call" $before "${steps[@]}" execve
      assert_sets full "call $all"
      grep -qx 'execve = -1 errno EPERM' "$runs/full"
      same bare full "${kept_sets[@]}" execve
    done
  done
  [[ $(stat -c %s "$log") == 65536 && $(stat -c %s "$log.2") == 65536 ]]
}

@test "C6 the log file cannot be had: the launcher goes on, and what it is for is done" {
  mkdir "$log.d"
  for to in "$log.d" /nonexistent/log /proc/self/log /dev/full; do
    capture without "${rule[@]}" CAPKEEP_LOG="$to" timeout 600 "$probes/call" "${dropped[@]}" status
    assert_sets without "call $all"
    grep -qx 'status: 0' "$runs/without"
  done
}

# --- syslog

# with_syslog HOW COMMAND…: with a /dev of its own, in which log is a datagram socket that is "read" into $work/syslog,
# "full" and never read, or "dead", without a process; or "stream", of another type. Or there is "none".
with_syslog() {
  can_unshare --mount || skip_because "$BATS_TEST_DESCRIPTION" "no private mount namespace to be had"
  private_mounts own_dev "$@"
}

own_dev() {
  local how=$1 device
  shift
  mkdir "$work/dev"
  for device in null zero full random urandom tty; do
    : >"$work/dev/$device"
    mount --bind "/dev/$device" "$work/dev/$device"
  done
  ln -s /proc/self/fd "$work/dev/fd"
  mount --bind "$work/dev" /dev
  chmod 755 /dev
  rm -f "$work/syslog"
  listen "$how" &
  local listener=$!
  until [[ -e $work/listening ]]; do read -r -t 0.02 < <(:) || :; done
  "$@"
  kill "$listener"
  wait "$listener" || :
}

listen() {
  exec "$python" - "$1" "$work" <<'PYTHON'
import os, signal, socket, sys

how, work = sys.argv[1:]
kind = socket.SOCK_STREAM if how == "stream" else socket.SOCK_DGRAM
log = socket.socket(socket.AF_UNIX, kind)
if how != "none":
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
if how == "stream":
    log.listen()
if how == "full":
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    try:
        while True:
            sender.sendto(b"full", "/dev/log")
    except BlockingIOError:
        pass
if how == "dead":
    log.close()
out = open(work + "/syslog", "wb", buffering=0)
open(work + "/listening", "w").close()
while how == "read":
    out.write(log.recv(65536) + b"\n")
signal.pause()
PYTHON
}

run_both_kinds() {
  env -i "${base[@]}" "$@" "${rule[@]}" timeout 600 "$probes/call" "${dropped[@]}" >"$runs/stdout" 2>"$runs/stderr"
  env -i "${base[@]}" "$@" "${rule[@]}" timeout 600 "$probes/call" securebits=0x40 "${dropped[@]}" >>"$runs/stdout" 2>>"$runs/stderr"
  [[ ! -s $runs/stderr ]]
  diff -u - "$runs/stdout" <<<$'setresuid = 0\nsetresuid = 0'
}

two_datagrams() {
  run_both_kinds "$@"
  until [[ $(wc -l <"$work/syslog") == 2 ]]; do read -r -t 0.02 < <(:) || :; done
}

@test "C6 syslog: facility authpriv (10), as information (6) and as a warning (4); it is the default" {
  local rest='comm=call launcher='$probes'/call call=setresuid uids=0,0,0->65534,65534,65534 rule=environment'
  for to in A=1 CAPKEEP_LOG=syslog; do
    rm -rf "${work:?}/dev" "$work/listening"
    with_syslog read two_datagrams "$to"
    diff -u <(printf '%s\n' "<86>event=kept $rest kept=cap_net_bind_service,cap_sys_time" \
      "<84>event=not-kept $rest no-ambient-raise=cap_net_bind_service,cap_sys_time") <(lines "$work/syslog")
  done
}

policy_error() {
  env -i "${base[@]}" "${rule[@]}" CAPKEEP_USER=no-such-user "$probes/call" "${dropped[@]}" >"$runs/stdout" 2>"$runs/stderr"
  until [[ -s $work/syslog ]]; do read -r -t 0.02 < <(:) || :; done
}

@test "C8 a mistake in the policy goes to stderr, and to syslog" {
  with_syslog read policy_error
  local error='event=policy-error keeping=nothing CAPKEEP_USER: unknown user "no-such-user"'
  [[ $(lines "$runs/stderr") == "$error"* && $(lines "$work/syslog") == "<84>$error"* ]]
}

# socket_of KIND VAR=VALUE… COMMAND…: standard error is a socket of this kind. Nothing arrives at its other end.
socket_of() {
  "$python" - "$@" <<'PYTHON'
import os, socket, subprocess, sys

kind, arguments = getattr(socket, sys.argv[1]), sys.argv[2:]
for family in (socket.AF_UNIX, socket.AF_INET):
    if family == socket.AF_UNIX:
        client, service = socket.socketpair(family, kind)
    elif kind == socket.SOCK_STREAM:
        listener = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(listener.getsockname())
        service = listener.accept()[0]
    else:
        client, service = socket.socket(family, kind), socket.socket(family, kind)
        client.bind(("127.0.0.1", 0))
        service.connect(client.getsockname())
    assert subprocess.call(["env", "-i"] + arguments, stderr=service, stdout=subprocess.DEVNULL) == 0
    service.close()
    client.settimeout(0)
    try:
        said = client.recv(65536)
    except BlockingIOError:
        said = b""
    assert said == b"", said
PYTHON
}

never_to_a_client() {
  for kind in SOCK_STREAM SOCK_DGRAM; do
    socket_of "$kind" "${base[@]}" "${rule[@]}" CAPKEEP_LOG=stderr "$probes/call" "${dropped[@]}"
    socket_of "$kind" "${base[@]}" "${rule[@]}" CAPKEEP_USER=no-such-user "$probes/call" "${dropped[@]}"
  done
  until (($(wc -l <"$work/syslog") >= 8)); do read -r -t 0.02 < <(:) || :; done
}

@test "C5 C8 stderr is a socket, as a client of inetd's: what would go there goes to syslog, once, a policy error too" {
  with_syslog read never_to_a_client
  diff -u <(printf '<%s\n' '84>event=policy-error keeping=nothing'{,,,} '86>event=kept comm=call'{,,,}) \
    <(lines "$work/syslog" | cut -d ' ' -f 1,2 | sort)
}

@test "C6 syslog that is full, dead, of another type or not there is no error, and nobody waits" {
  for how in full dead stream none; do
    rm -rf "${work:?}/dev" "$work/listening"
    with_syslog "$how" run_both_kinds CAPKEEP_LOG=syslog
  done
}

@test "C6 what cannot go to its file goes to syslog" {
  ln -s /nonexistent "$log"
  with_syslog read two_datagrams CAPKEEP_LOG="$log"
  grep -q '^<86>capkeep.* event=kept ' "$work/syslog"
}
