#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep trace`: the calls that fail for want of a capability, which one, and where that was lost; and --suggest, whose
# policy then really helps.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/trace

setup() {
  setup_trace
  cp "$probes/denied" "$work/denied"
  drop=("$launchers/drop-dynamic" 65534)
  wants=(bind adjtimex chown kill raw packet umount setns nice chroot setuid read)
  passing=(passing-capset passing-epoll passing-mprotect)
}

# Whether the kernel's own word is to be had: the tracepoint is Linux 6.14's.
need_tracepoint() {
  traced exact true
  [[ $(events exact 'event == "summary"' exact) == True ]] ||
    skip_because "exact denials" "no capability:cap_capable here, or not to be read (Linux 6.14, CAP_SYS_ADMIN)"
}

denials() {
  events "$1" 'event == "denied"' call error cap exact
}

# A call each, of those in `wants`.
expected_denials() {
  sed "s/$/ $1/" <<'DENIALS'
bind EACCES cap_net_bind_service
clock_adjtime EPERM cap_sys_time
chown EPERM cap_chown
kill EPERM cap_kill
socket EPERM cap_net_raw
socket EPERM cap_net_raw
umount2 EPERM cap_sys_admin
setns EPERM cap_sys_admin
setpriority EACCES cap_sys_nice
chroot EPERM cap_sys_chroot
setuid EPERM cap_setuid
openat EACCES cap_dac_read_search
DENIALS
}

@test "trace: what a program is denied, by the kernel's word, and where that was lost" {
  need_tracepoint
  traced denied "${drop[@]}" "$work/denied" "${wants[@]}"
  diff -u <(expected_denials True) <(denials denied)
  local dropper
  dropper=$(events denied 'event == "credential-change"' pid)
  diff -u <(echo "$dropper drop-dynamic setuid uid-change None") \
    <(events denied 'event == "denied"' 'lost_at["pid"], lost_at["comm"], lost_at["call"], lost_at["rule"]' held | sort -u)
  diff -u <(echo "12 True") <(events denied 'event == "summary"' denied exact)
  # By whom, and as whom.
  diff -u <(echo "denied [65534, 65534, 65534]") <(events denied 'event == "denied"' comm 'uid["after"]' | sort -u)
}

@test "trace: calls that fail for another reason, and ask for a capability in passing, are not told" {
  need_tracepoint
  traced passing "${drop[@]}" "$work/denied" "${passing[@]}"
  grep -qx 'passing-capset = -1 EPERM' "$runs/passing"
  grep -qx 'passing-epoll = -1 EPERM' "$runs/passing"
  grep -qx 'passing-mprotect = -1 EACCES' "$runs/passing"
  diff -u /dev/null <(denials passing)
  # With one of them in the same program, that one alone.
  traced both "${drop[@]}" "$work/denied" passing-mprotect chown passing-capset
  diff -u <(echo "chown EPERM cap_chown True") <(denials both)
}

@test "trace: of several that one call asks for, the one that would have helped" {
  need_tracepoint
  # A set-group-ID file: whether its bit may stay (CAP_FSETID) is asked before whether it may be given away.
  install -m 2755 /bin/true "$work/set-group-id"
  traced chown "${drop[@]}" /usr/bin/perl -e 'chown 1, 1, $ARGV[0]' "$work/set-group-id"
  diff -u <(echo "cap_chown []") <(events chown 'event == "denied"' cap also)
  traced read "${drop[@]}" "$work/denied" read
  diff -u <(echo "cap_dac_read_search ['cap_dac_override']") <(events read 'event == "denied"' cap also)
  # CAP_SYS_ADMIN stands in for the capability that has been made out of it: perfmon_capable, for all but the most open
  # settings of a machine.
  [[ $(uname -m) == x86_64 && $(cat /proc/sys/kernel/perf_event_paranoid) -ge 2 ]] || return 0
  traced perf "${drop[@]}" /usr/bin/perl -e 'my $attributes = pack "LLx120", 1, 128; syscall 298, $attributes, -1, 0, -1, 0'
  diff -u <(echo "cap_perfmon ['cap_sys_admin']") <(events perf 'event == "denied"' cap also)
}

@test "trace: a capability that was never held, one that is not effective, one over another namespace" {
  need_tracepoint
  trace_front=(setpriv --bounding-set -sys_time)
  traced never "${drop[@]}" "$work/denied" adjtimex
  diff -u <(echo "cap_sys_time None None") <(events never 'event == "denied"' cap lost_at held)
  trace_front=()
  traced lowered "$work/denied" lower adjtimex
  diff -u <(echo "cap_sys_time permitted capset launcher-dropped") \
    <(events lowered 'event == "denied"' cap held 'lost_at["call"], lost_at["rule"]')
  can_unshare --user || skip_because "a denial in a user namespace" "none is to be had"
  traced apart unshare --user --map-root-user "$work/denied" adjtimex
  diff -u <(echo "cap_sys_time namespace unshare userns") \
    <(events apart 'event == "denied"' cap held 'lost_at["call"], lost_at["rule"]')
}

@test "trace: where it was lost, for each way to lose it" {
  need_tracepoint
  local -a execute=(path="$work/denied" arg=denied arg=adjtimex execve)
  # lost_at CALL RULE STEP…
  lost_at() {
    local call=$1 rule=$2
    shift 2
    traced way "$probes/call" "$@" "${execute[@]}"
    diff -u <(echo "$call $rule") <(events way 'event == "denied" and cap == "cap_sys_time"' 'lost_at["call"], lost_at["rule"]')
  }
  lost_at setresuid uid-change setresuid="$target"
  lost_at execve exec-not-ambient keepcaps=1 setuid=65534
  lost_at capset launcher-dropped keepcaps=1 setuid=65534 capset=0,0,0
  lost_at execve exec-bounding prctl=24,25
  lost_at execve exec-noroot prctl=28,1
}

@test "trace: what others are denied meanwhile is not this program's" {
  need_tracepoint
  # Enough of it to fill what the kernel keeps for us many times over, while the program waits.
  mkfifo -m 666 "$work/ready" "$work/go"
  (
    read -r _ <"$work/ready"
    # Whoever else has a tracer is to run before it: what the kernel keeps for that one would be full.
    setpriv --reuid 65534 --clear-groups chrt --idle 0 perl -e 'chown 1, 1, "/etc/hostname" for 1 .. 20000'
    echo >"$work/go"
  ) &
  traced others "${drop[@]}" sh -c 'echo >"$0"; read -r _ <"$1"; exec "$2" adjtimex' "$work/ready" "$work/go" "$work/denied"
  wait
  diff -u <(echo "clock_adjtime EPERM cap_sys_time True") <(denials others | grep -v dac_)
}

@test "trace: where the kernel does not tell, the likely ones, and that they are likely" {
  trace_front=(setpriv --bounding-set '-perfmon,-sys_admin')
  traced likely "${drop[@]}" "$work/denied" "${wants[@]}" "${passing[@]}"
  diff -u <(expected_denials False) <(denials likely)
  diff -u <(echo "12 False") <(events likely 'event == "summary"' denied exact)
  diff -u <(echo "setuid uid-change") <(events likely 'event == "denied" and cap == "cap_sys_time"' 'lost_at["call"], lost_at["rule"]')
  # What is not for want of one: a port above 1023 in use, a file that is not there, a signal to nobody.
  traced other "${drop[@]}" perl -e 'open F, "<", "/nonexistent"; kill 0, 4194304; chmod 0, "/nonexistent"'
  diff -u /dev/null <(denials other)
}

@test "trace: the same denials with a filter" {
  trace_options=(--seccomp-bpf)
  need_tracepoint
  traced filtered "${drop[@]}" "$work/denied" "${wants[@]}" "${passing[@]}"
  diff -u <(expected_denials True) <(denials filtered)
}

@test "trace: a denial as a person reads it" {
  need_tracepoint
  capture text "$bin" trace -- "${drop[@]}" "$work/denied" adjtimex chroot
  grep -qE 'denied +clock_adjtime: EPERM, needs cap_sys_time, lost at setuid in drop-dynamic \(pid [0-9]+\), rule uid-change$' \
    "$runs/text"
  grep -qx '1 processes, 2 execs, 1 changes of credentials or capabilities, 2 calls denied' "$runs/text"
}

# On a machine that stops for a second in the middle they are not in a row.
tells_how_often() {
  capture text "$bin" trace -- "${drop[@]}" /usr/bin/perl -e 'mkdir "/not-to-be" for 1 .. 5; mkdir "/another"; mkdir "/not-to-be"'
  diff -u - <(sed -nE 's/^ *[0-9.]+ [0-9]+ perl +(mkdir [^:]*): EACCES, .*, rule uid-change( .*)?$/\1\2/p' "$runs/text") <<'LINES'
mkdir /not-to-be ×5
mkdir /another
mkdir /not-to-be
LINES
}

@test "trace: the same denial several times in a row is one line, with how often" {
  wait_until 1 tells_how_often
  grep -q ' 7 calls denied' "$runs/text"
  # For programs each stands for itself.
  traced each "${drop[@]}" /usr/bin/perl -e 'mkdir "/not-to-be" for 1 .. 5'
  [[ $(events each 'event == "denied" and call == "mkdir"' object | wc -l) == 5 ]]
}

tells_while_it_waits() {
  local tracing
  rm -f "$work/told"
  timeout 600 "$bin" trace -o "$work/told" -- "${drop[@]}" /usr/bin/perl -e 'mkdir "/not-to-be" for 1 .. 3;
    open F, "<", $ARGV[0]; mkdir "/not-to-be"' "$work/go" 3>&- &
  tracing=$!
  wait_until 30 grep -q 'mkdir /not-to-be: ' "$work/told"
  cp "$work/told" "$work/told.before"
  echo >"$work/go"
  wait "$tracing" || true
  grep -q 'mkdir /not-to-be: .* ×3$' "$work/told.before"
}

@test "trace: a denial is told while the program waits, whatever may come after it" {
  mkfifo -m 666 "$work/go"
  wait_until 1 tells_while_it_waits
  [[ $(grep -c 'mkdir /not-to-be: ' "$work/told") == 2 ]]
  grep -q ' 4 calls denied' "$work/told"
}

@test "trace: a denial tells the path, made whole: newfstatat, openat and the others" {
  mkdir -m 700 "$work/closed"
  mkdir -m 755 "$work/open"
  : >"$work/closed/file"
  : >"$work/open/file"
  chmod 600 "$work/open/file"
  traced paths "${drop[@]}" /usr/bin/python3 -c 'import os, socket, sys
def attempt(function, *arguments, **more):
    try: function(*arguments, **more)
    except PermissionError: return
    sys.exit(f"{function} succeeded")
os.chdir(sys.argv[1])
below = os.open("open", os.O_RDONLY)
attempt(os.stat, "closed/file")
attempt(os.stat, "../closed/file", dir_fd=below)
attempt(os.open, "./file", os.O_RDONLY, dir_fd=below)
attempt(os.mkdir, "new", dir_fd=below)
attempt(os.unlink, "open/file")
attempt(os.symlink, "target", "link", dir_fd=below)
attempt(os.chmod, "open/file", 0o777)
attempt(os.fchmod, below, 0o777)
attempt(os.execv, "closed/file", ["file"])
attempt(os.chdir, sys.argv[1] + "/closed")
attempt(socket.socket(socket.AF_UNIX).bind, "open/socket")
attempt(socket.socket().bind, ("127.0.0.1", 81))' "$work"
  grep -qx 'status: 0' "$runs/paths"
  diff -u - <(events paths 'event == "denied" and comm == "python3"' object error | sed "s#$work#W#") <<'PATHS'
W/closed/file EACCES
W/open/../closed/file EACCES
W/open/file EACCES
W/open/new EACCES
W/open/file EACCES
W/open/link EACCES
W/open/file EPERM
W/open EPERM
W/closed/file EACCES
W/closed EACCES
W/open/socket EACCES
127.0.0.1:81 EACCES
PATHS
  capture text "$bin" trace -- "${drop[@]}" stat "$work/closed/file"
  grep -qE " (newfstatat|statx|stat) $work/closed/file: EACCES, (needs|is likely to need) cap_dac_read_search" "$runs/text"
}

@test "trace: all is what the kernel knows, as in status" {
  local shown
  shown=$("$bin" status $$ | awk 'NR == 2 { print; exit }' | grep -oE '(all [0-9]+( but [a-z_,]+)?)' | head -n 1)
  [[ $shown ]]
  capture text "$bin" trace -- "${drop[@]}" true
  grep -qE "exec .*/drop-dynamic, uid root, permitted $shown$" "$runs/text"
  grep -qE "lost $shown from permitted, effective " "$runs/text"
}

@test "trace: what a file grants without the effective bit is denied for that reason" {
  cp "$work/denied" "$work/half"
  setcap cap_sys_time=p "$work/half" || skip_because "file capabilities" "setcap is not possible here"
  capture half "$bin" trace -- "${drop[@]}" "$work/half" adjtimex
  grep -qE ' needs cap_sys_time, which is permitted here, but not effective, lost at exec[a-z]* in drop-dynamic .*rule exec-not-effective' \
    "$runs/half"
}

# --- what no capability would have helped to

# refusals NAME: call, what, rule, capabilities.
refusals() {
  events "$1" 'event == "refused"' call error what rule '*refused'
}

@test "trace: what is refused is told with the rule: a raise in ambient, a set that asks for more, a locked securebit" {
  # PR_CAP_AMBIENT_RAISE of cap_net_bind_service: not inheritable; forbidden; not permitted.
  traced raise "$probes/call" prctl=47,2,10 capset=0x20000c0,0x20000c0,0 prctl=47,2,10
  diff -u - <(refusals raise) <<'TOLD'
prctl EPERM PR_CAP_AMBIENT_RAISE ambient-not-inheritable cap_net_bind_service
prctl EPERM PR_CAP_AMBIENT_RAISE ambient-not-permitted cap_net_bind_service
TOLD
  traced locked "$probes/call" securebits=0x70 prctl=47,2,10 prctl=8,1 prctl=28,0
  diff -u - <(refusals locked) <<'TOLD'
prctl EPERM PR_CAP_AMBIENT_RAISE ambient-not-inheritable cap_net_bind_service
prctl EPERM PR_SET_KEEPCAPS securebits-locked
prctl EPERM PR_SET_SECUREBITS securebits-locked
TOLD
  traced capset "$probes/call" capset=0xc0,0xc0,0 capset=0x4c0,0xc0,0 capset=0xc0,0x4c0,0
  diff -u - <(refusals capset) <<'TOLD'
capset EPERM permitted capset-permitted cap_net_bind_service
capset EPERM effective capset-effective cap_net_bind_service
TOLD
  capture text "$bin" trace -- "$probes/call" prctl=47,2,10
  grep -q 'prctl: EPERM, PR_CAP_AMBIENT_RAISE: no cap_net_bind_service (ambient-not-inheritable: it cannot be raised ' "$runs/text"
  grep -q ' 0 calls denied, 1 refused$' "$runs/text"
}

@test "trace: a change that a seccomp filter refuses is told, and one that fails for want of a capability is not taken for that" {
  steps=('prctl=8,1' 'prctl=24,10' 'prctl=28,1' 'prctl=47,4' 'capset=0xc0,0xc0,0' 'setresuid=65534,65534,65534')
  traced filtered "$probes/forbid" prctl capset setresuid -- "$probes/call" "${steps[@]}"
  diff -u - <(refusals filtered) <<'TOLD'
prctl EPERM PR_SET_KEEPCAPS seccomp-filter
prctl EPERM PR_CAPBSET_DROP seccomp-filter
prctl EPERM PR_SET_SECUREBITS seccomp-filter
prctl EPERM PR_CAP_AMBIENT seccomp-filter
capset EPERM the sets seccomp-filter
setresuid EPERM the ids seccomp-filter
TOLD
  traced other "$probes/forbid" mount -- "$probes/call" capset=0xc0,0,0 "${steps[@]:1:2}" setresuid=65534,65534,65534 prctl=47,2,10
  [[ $(refusals other) == 'prctl EPERM PR_CAP_AMBIENT_RAISE ambient-not-permitted cap_net_bind_service' ]]
}

@test "trace: an exec that fails for file capabilities beyond the bounding set is told" {
  cp "$work/denied" "$work/file-caps"
  setcap cap_sys_time,cap_kill=ep "$work/file-caps" || skip_because "file capabilities" "setcap is not possible here"
  traced bounding setpriv --bounding-set -sys_time --reuid 65534 --clear-groups "$work/file-caps" adjtimex
  [[ $(refusals bounding) == 'execve EPERM file capabilities exec-bounding cap_sys_time' ]]
}

@test "trace: a tracer that cannot trace what is traced is told" {
  command -v strace >/dev/null || skip_because strace "it is not installed"
  traced rival strace -o /dev/null /bin/true || true
  refusals rival | grep -qx 'ptrace EPERM the program is a tracer itself one-tracer'
}

@test "trace --suggest: what root has really used is told, by program" {
  : >"$work/file"
  suggested used sh -c 'chown 65534 "$0" && chmod 600 "$0" && "$1" adjtimex' "$work/file" "$work/denied"
  diff -u - <(grep '^# used' "$runs/used.suggestion") <<USED
# used, as root, by $(realpath /usr/bin/chown): cap_chown
# used, as root, by $(realpath /usr/bin/chmod): cap_fowner
# used, as root, by $work/denied: cap_sys_time
USED
}

@test "trace --suggest: what is asked for with memory alone is not used, nor is it in a tmpfs" {
  mkdir "$work/tmpfs"
  # What comes last shows that it would have been told. A short target takes no page.
  suggested used unshare -m sh -c 'mount -t tmpfs tmpfs "$0" && exec "$1" -c "$2"' "$work/tmpfs" /bin/dash \
    "cd '$work/tmpfs'; ln -s $(printf '%0999d' 0) link; echo >file; cp file copy; truncate -s 9999 file; umount -l ."
  grep '^# used' "$runs/used.suggestion" >"$work/used"
  diff -u - <(grep -v unshare "$work/used") <<USED
# used, as root, by $(realpath /usr/bin/mount): cap_sys_admin
# used, as root, by $(realpath /usr/bin/umount): cap_sys_admin
USED
}

@test "trace --suggest: what overlayfs asks for in the name of who has mounted it, no other program has used" {
  mkdir -p "$work"/overlay/{lower/folder,memory}
  echo text >"$work/overlay/lower/folder/file"
  chmod -R a+rX "$work/overlay"
  suggested used unshare -m sh -c 'cd "$0" && mount -t tmpfs tmpfs memory && mkdir memory/upper memory/work &&
    mount -t overlay -o lowerdir=lower,upperdir=memory/upper,workdir=memory/work overlay lower &&
    exec setpriv --reuid 65534 --regid 65534 --clear-groups cat "$0/lower/folder/file"' "$work/overlay"
  grep -qx 'status: 0' "$runs/used" || skip_because "$BATS_TEST_DESCRIPTION" "no overlay file system to be had"
  grep -q '^# used, as root, by .*/setpriv: .*cap_setuid' "$runs/used.suggestion"
  run ! grep '^# used, as .*/cat: ' "$runs/used.suggestion"
}

@test "trace --suggest: where something was lost or refused nobody says that nothing was" {
  suggested lost setpriv --reuid 65534 --regid 65534 --clear-groups --ambient-caps=+net_admin true
  run ! grep -q 'nothing was' "$runs/lost.suggestion"
  suggested nothing true
  grep -qx '# no policy would have helped: nothing was lost' "$runs/nothing.suggestion"
  run ! grep -q 'capkeep learn' "$runs/nothing.suggestion"
}

# --- --suggest

# suggested NAME COMMAND…: what is suggested, in $runs/NAME; the policy alone, in $work/NAME.conf.
suggested() {
  local name=$1
  shift
  capture "$name" "$bin" trace --suggest -o "$runs/$name.told" -- "$@"
  sed -n '/^[[#]/,$p' "$runs/$name.told" >"$runs/$name.suggestion"
  grep -v '^#' "$runs/$name.suggestion" >"$work/$name.conf" || true
  chmod 644 "$work/$name.conf"
}

# helped NAME COMMAND…: the policy is valid, and with it, and with the command line that is told, the same command works.
helped() {
  local name=$1 line
  shift
  suggested "$name" "$@"
  run ! grep -q '^status: 0' "$runs/$name"
  "$bin" check --policy "$work/$name.conf"
  capture with unshare --net "$bin" run --log none --policy "$work/$name.conf" -- "$@"
  grep -qx 'status: 0' "$runs/with"
  line=$(sed -n 's/^# or: capkeep //p' "$runs/$name.suggestion")
  capture with unshare --net bash -c "${bin@Q} $line"
  grep -qx 'status: 0' "$runs/with"
}

@test "trace --suggest: the section and the command line make the program work" {
  helped program "${drop[@]}" "$work/denied" bind adjtimex raw
  diff -u - "$work/program.conf" <<POLICY
[Keep denied]
User=nobody
Program=$work/denied
AmbientCapabilities=cap_net_bind_service,cap_net_raw,cap_sys_time
POLICY
}

@test "trace --suggest: for a script, and for what it starts in turn" {
  printf '#!/bin/sh\n"%s" adjtimex; one=$?\nsh -c "\\"%s\\" bind" && exit $one\n' "$work/denied" "$work/denied" >"$work/script"
  chmod 755 "$work/script"
  helped script "${drop[@]}" "$work/script"
  grep -qx "Program=$work/script" "$work/script.conf"
}

@test "trace --suggest: for a launcher that executes nothing" {
  helped launcher /usr/bin/python3 -c 'import os, socket
os.setgroups([]); os.setuid(65534)
socket.socket().bind(("127.0.0.1", 81))'
  # By the link that an upgrade leaves alone.
  [[ $(realpath /usr/bin/python3) != /usr/bin/python3 ]]
  grep -qx 'Launcher=/usr/bin/python3' "$work/launcher.conf"
  run ! grep -q Program= "$work/launcher.conf"
}

@test "trace --suggest: a name without the version, where a link beside it leads to the program" {
  cp "$work/denied" "$work/tool-1.2.3"
  cp "$work/denied" "$work/tool"
  suggested other "${drop[@]}" "$work/tool-1.2.3" adjtimex
  grep -qx "Program=$work/tool-1.2.3" "$work/other.conf"
  ln -sf tool-1.2.3 "$work/tool"
  helped linked "${drop[@]}" "$work/tool-1.2.3" adjtimex
  grep -qx "Program=$work/tool" "$work/linked.conf"
  ln -s tool-1.2.3 "$work/tool-1.2"
  suggested longest "${drop[@]}" "$work/tool-1.2.3" adjtimex
  grep -qx "Program=$work/tool-1.2" "$work/longest.conf"
}

@test "trace --suggest: what is commented makes the rule tighter, and the program still works" {
  suggested loose "${drop[@]}" "$work/denied" adjtimex bind
  diff -u - <(sed -n '/^# tighter/,/^# or/p' "$runs/loose.suggestion" | sed '1d; $d') <<LINES
# Launcher=$launchers/drop-dynamic
# CapabilityBoundingSet=cap_net_bind_service,cap_sys_time
# NoNewPrivileges=yes
LINES
  sed -E 's/^# ([A-Z][A-Za-z]+=)/\1/; /^#/d' "$runs/loose.suggestion" >"$work/tight.conf"
  chmod 644 "$work/tight.conf"
  "$bin" check --strict --policy "$work/tight.conf"
  capture with unshare --net "$bin" run --log none --policy "$work/tight.conf" -- "${drop[@]}" "$work/denied" adjtimex bind
  grep -qx 'status: 0' "$runs/with"
  # By the other launcher nothing; and what the program has, it itself in its place tells.
  capture other "$bin" run --log none --policy "$work/tight.conf" -- setpriv --reuid 65534 --clear-groups "$work/denied" adjtimex
  grep -qx 'status: 1' "$runs/other"
  cp "$work/dump" "$work/denied"
  capture state "$bin" run --log none --policy "$work/tight.conf" -- "${drop[@]}" "$work/denied"
  assert_caps "$runs/state" amb=cap_net_bind_service,cap_sys_time bnd=cap_net_bind_service,cap_sys_time
  grep -qx $'NoNewPrivs:\t1' "$runs/state"
}

@test "trace --suggest: for a launcher that lowers its own capabilities" {
  helped guard "$probes/call" keepcaps=1 groups=65534 setuid=65534 capset=0,0,0 path="$work/denied" arg=denied \
    arg=adjtimex execve
  grep -qx 'Guard=yes' "$work/guard.conf"
}

@test "trace --suggest: where it takes two rules, no command line is told that has one" {
  cp "$work/denied" "$work/another"
  suggested two sh -c 'setpriv --reuid 65534 --clear-groups "$0" adjtimex; one=$?
    setpriv --reuid 65533 --clear-groups "$1" bind && exit $one' "$work/denied" "$work/another"
  [[ $(grep -c '^Program=' "$work/two.conf") == 2 ]]
  run ! grep -q 'capkeep run' "$runs/two.suggestion"
  capture with unshare --net "$bin" run --log none --policy "$work/two.conf" -- sh -c 'setpriv --reuid 65534 --clear-groups "$0" adjtimex &&
    setpriv --reuid 65533 --clear-groups "$1" bind' "$work/denied" "$work/another"
  grep -qx 'status: 0' "$runs/with"
}

@test "trace --suggest: what amounts to root is warned of" {
  helped rootlike "${drop[@]}" "$work/denied" chroot adjtimex
  grep -qx 'AmbientCapabilities=cap_sys_chroot,cap_sys_time' "$work/rootlike.conf"
  grep -q '^# warning: cap_sys_chroot amounts to root: ' "$runs/rootlike.suggestion"
  grep -q '^# .*`capkeep learn` proves' "$runs/rootlike.suggestion"
  run ! grep -q 'warning: cap_sys_time' "$runs/rootlike.suggestion"
}

@test "trace --suggest: files are not asked for, nor is what a launcher only probes, nor what was never held" {
  suggested none "${drop[@]}" "$work/denied" read
  diff -u /dev/null "$work/none.conf"
  grep -q '^# not asked for: cap_dac_read_search for denied$' "$runs/none.suggestion"
  suggested write "${drop[@]}" /usr/bin/perl -e 'mkdir "/not-to-be-made"'
  diff -u /dev/null "$work/write.conf"
  grep -q '^# not asked for: cap_dac_override for perl$' "$runs/write.suggestion"
  grep -qx '#     mkdir /not-to-be-made' "$runs/write.suggestion"
  # Each path once, and of many the first.
  mkdir -m 700 "$work/closed"
  suggested paths "${drop[@]}" /usr/bin/perl -e 'for (1, 1, 2 .. 6) { open F, "<", "$ARGV[0]/closed/$_" }' "$work"
  diff -u - <(sed -n '/^#   better change the mode/,/^# what/p' "$runs/paths.suggestion" | sed '1d; $d') <<PATHS
#     openat $work/closed/1
#     openat $work/closed/2
#     openat $work/closed/3
#     openat $work/closed/4
#     and others, told above
PATHS
  suggested probe /usr/bin/python3 -c 'import os
os.setuid(65534)
try: os.setuid(0)
except PermissionError: print("it is gone")'
  grep -qx 'it is gone' "$runs/probe"
  diff -u /dev/null "$work/probe.conf"
  grep -q '^# not asked for: cap_setuid for python3$' "$runs/probe.suggestion"
  capture never setpriv --bounding-set -sys_time "$bin" trace --suggest -- "${drop[@]}" "$work/denied" adjtimex
  grep -q '^# cannot be kept: cap_sys_time for denied$' "$runs/never"
  grep -q '^# no policy would have helped: ' "$runs/never"
}

@test "trace --suggest: no rule for a shell, nor for a set-user-ID program that drops by itself" {
  suggested shell "${drop[@]}" /bin/sh -c '"$0" adjtimex' "$work/denied"
  diff -u /dev/null "$work/shell.conf"
  run ! grep -q 'capkeep run' "$runs/shell.suggestion"
  grep -q '^# not asked for: cap_sys_time for denied$' "$runs/shell.suggestion"
  [[ $(findmnt -no OPTIONS -T "$work") != *nosuid* ]] || skip_because "a set-user-ID program" "nosuid mount"
  install -m 4755 "$probes/call" "$work/set-user-id"
  suggested itself "${drop[@]}" "$work/set-user-id" setuid=65534 setuid=65534 path="$work/denied" arg=denied arg=adjtimex execve
  diff -u /dev/null "$work/itself.conf"
  run ! grep -q 'capkeep run' "$runs/itself.suggestion"
}

@test "trace --suggest: what no policy can keep is not suggested" {
  cp "$work/denied" "$work/file-caps"
  setcap cap_kill=ep "$work/file-caps" || skip_because "file capabilities" "setcap is not possible here"
  suggested hopeless setpriv --reuid 65534 --clear-groups --inh-caps +sys_time --ambient-caps +sys_time \
    "$work/file-caps" adjtimex
  diff -u /dev/null "$work/hopeless.conf"
  grep -q '^# cannot be kept: cap_sys_time for file-caps$' "$runs/hopeless.suggestion"
}

@test "trace --suggest: a program in which nothing ambient arrives is no reason for a policy, whatever it lost before" {
  cp "$work/denied" "$work/granted"
  setcap cap_kill=p "$work/granted" || skip_because "file capabilities" "setcap is not possible here"
  suggested granted "${drop[@]}" "$work/granted" adjtimex
  grep -qx '# cannot be kept: cap_sys_time for granted' "$runs/granted.suggestion"
  grep -q 'the program has file capabilities' "$runs/granted.suggestion"
  [[ ! -s $work/granted.conf ]]
  # Those for the root of another user namespace clear nothing.
  setcap -n 100000 cap_kill=p "$work/granted" || skip_because "of another namespace" "setcap -n is not possible here"
  suggested other "${drop[@]}" "$work/granted" adjtimex
  grep -qx AmbientCapabilities=cap_sys_time "$work/other.conf"
}

@test "trace --suggest: a name of a program that would say something else in a policy" {
  local hostile=$work/$'x\nAmbientCapabilities=cap_sys_admin\n#'
  cp "$work/denied" "$hostile"
  suggested hostile "${drop[@]}" "$hostile" adjtimex
  diff -u /dev/null "$work/hostile.conf"
  grep -q '^# no rule can name the program that needs cap_sys_time for .*x\\x0aAmbient' "$runs/hostile.suggestion"
  # Blanks and brackets are all right.
  cp "$work/denied" "$work/a ]b"
  helped blanks "${drop[@]}" "$work/a ]b" adjtimex
  grep -qx "\[Keep a__b\]" "$work/blanks.conf"
}
