#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep trace`: of every program, however it makes its calls, each change is seen, and told as the program itself
# reports it; for each loss the rule.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/trace

setup() {
  setup_trace
  all=$(whole)
  # CAP_KILL (5) in inheritable and ambient: PR_CAP_AMBIENT (47), RAISE (2).
  raise=("capset=0x$all,0x$all,0x20" "prctl=47,2,5")
  kill=0000000000000020
}

# walked STEP…: `call`, reporting its state after each step, has gone through what the trace tells.
walked() {
  local step
  local -a steps=(status)
  for step in "$@"; do
    steps+=("$step" status)
  done
  traced walk "$probes/call" "${steps[@]}"
  told_as_reported walk
  no_disagreement walk
}

# lost_by RULE SETS STEP…: the walk loses so much by this rule, and by no rule else.
lost_by() {
  local rule=$1 sets=$2
  shift 2
  walked "$@"
  diff -u <(echo "$sets") <(events walk "lost_by(${rule@Q})" "lost_by(${rule@Q})" | tail -n 1)
}

@test "trace: setuid and its kin, by name and by number" {
  for call in setuid=65534 setreuid=65534,65534 setresuid=$target syscall=setuid,65534 syscall=setresuid,$target; do
    lost_by uid-change "permitted=$all effective=$all" "$call"
    events walk 'event == "credential-change"' call 'uid["before"]' 'uid["after"]' |
      grep -qE '^set(re|res)?uid \[0, 0, 0\] \[65534, 65534, 65534\]$'
  done
}

@test "trace: a temporary change, there and back" {
  lost_by euid-change "effective=$all" setresuid=-1,65534,-1
  walked setresuid=-1,65534,-1 setresuid=-1,0,-1 setresuid=-1,65534,0 "setresuid=$target"
  [[ $(events walk 'event == "credential-change"' | wc -l) == 4 ]]
  lost_by fsuid-change "effective=000000010800021f" syscall=setfsuid,65534
}

@test "trace: ambient is lost at the change, also with SECBIT_KEEP_CAPS" {
  lost_by uid-change-ambient "ambient=$kill" "${raise[@]}" setuid=65534
  lost_by uid-change-ambient "ambient=$kill" "${raise[@]}" keepcaps=1 setuid=65534
  diff -u <(echo "effective=$all") <(events walk 'lost_by("euid-change")' 'lost_by("euid-change")')
}

@test "trace: what the program lowers by itself: capset prctl" {
  local rest
  printf -v rest '%016x' $((16#$all & ~0x20))
  lost_by launcher-dropped "permitted=$rest effective=$rest" capset=0x20,0x20,0
  lost_by launcher-dropped "ambient=$kill" "${raise[@]}" prctl=47,3,5
  lost_by launcher-dropped "ambient=$kill" "${raise[@]}" prctl=47,4
  lost_by ambient-follows-inheritable "ambient=$kill" "${raise[@]}" "capset=0x$all,0x$all,0"
  lost_by ambient-follows-permitted "ambient=$kill" "${raise[@]}" capset=0,0,0x20
  lost_by bounding-dropped "bounding=$kill" prctl=24,5
  events walk 'lost_by("bounding-dropped")' event call | grep -qx 'capability-change prctl'
}

@test "trace: securebits, no_new_privs, and what changes nothing" {
  walked prctl=28,0x21 prctl=38,1
  diff -u <(printf '%s\n' '0 33 False False' '33 33 False True') \
    <(events walk 'event == "capability-change"' 'securebits["before"]' 'securebits["after"]' \
      'no_new_privs["before"]' 'no_new_privs["after"]')
  # Most of prctl is not about capabilities; calls that fail change nothing.
  walked setuid=65534 prctl=3 prctl=4,1 setuid=0 capset=0x20,0,0 prctl=24,5 setresuid=-1,-1,-1
  [[ $(events walk 'event in ("credential-change", "capability-change")' | wc -l) == 1 ]]
}

# program_of NAME COMMAND…: what the last program reports is what the trace tells of the last exec, and as without one.
program_of() {
  local name=$1
  shift
  capture bare "$@"
  traced "$name" "$@"
  same bare "$name"
  program_as_reported "$name"
  no_disagreement "$name"
}

# launcher_of KIND: one build of tests/launchers/drop.c.
launcher_of() {
  program_of "$1" "$launchers/drop-$1" 65534 "$work/dump" one 'two words'
  diff -u <(echo "permitted=$all effective=$all") <(events "$1" 'lost_by("uid-change")' 'lost_by("uid-change")')
  diff -u <(echo "$launchers/drop-$1") <(events "$1" 'event == "credential-change"' exe)
}

@test "trace: a dynamic launcher, and a static one" {
  launcher_of dynamic
  launcher_of static
}

@test "trace: a launcher that makes its system calls itself" {
  launcher_of asm
  launcher_of unseen
}

@test "trace: a musl launcher" {
  [[ -x $launchers/drop-musl ]] || skip_because drop-musl "there was no musl-gcc when the launchers were built"
  launcher_of musl
}

@test "trace: an i386 launcher, without a filter and with one" {
  [[ -x $launchers/drop-i386 ]] || skip_because drop-i386 "no 32-bit libraries when the launchers were built"
  launcher_of i386
  # The other architecture has another table: setgroups32, setgid32, setuid32.
  [[ $(events i386 'event == "credential-change"' call) == setuid32 ]]
  trace_options=(--seccomp-bpf)
  launcher_of i386
}

@test "trace: each thread of a process is told: setresuid" {
  traced threads timeout 600 "$probes/threads" 8
  [[ $(events threads 'event == "credential-change"' tid | sort -u | wc -l) == 9 ]]
  [[ $(events threads 'event == "credential-change"' pid | sort -u | wc -l) == 1 ]]
  diff -u <(reports threads) <(told threads 'event == "credential-change"' | sort -u)
  diff -u <(echo "permitted=$all effective=$all") <(events threads 'lost_by("uid-change")' 'lost_by("uid-change")' | sort -u)
  # A thread is not a process.
  [[ $(events threads 'event == "start"' | wc -l) == 2 ]]
  no_disagreement threads
}

@test "trace: threads that come and go, fork, block all signals: setresuid" {
  for options in churn forking 'blocked from-thread' twice back; do
    # shellcheck disable=SC2086 # options
    traced threads timeout 600 "$probes/threads" 4 $options
    grep -qx 'status: 0' "$runs/threads"
    grep -qx 'disturbed: 0' "$runs/threads"
    no_disagreement threads
    reports threads | sort -u >"$runs/reported"
    told threads 'event == "credential-change"' | sort -u | grep -qxFf "$runs/reported"
  done
}

@test "trace: an exec by another thread than the main one is its process's: execl" {
  program_of exec timeout 600 "$probes/threads" 4 exec="$work/dump"
  diff -u <(echo "True dump threads") <(events exec "exe == ${work@Q} + '/dump'" 'tid == pid' comm by | sort -u | grep -v None)
  [[ $(events exec 'event == "exit" and comm == "dump"' status) == 0 ]]
}

@test "trace: children that share their parent's memory: vfork" {
  traced storm timeout 600 "$probes/vfork_storm" 5 "$probes/judge" 0 65534
  grep -qx '5 of 5' "$runs/storm"
  [[ $(events storm 'event == "credential-change" and call == "setresuid"' pid | sort -u | wc -l) == 5 ]]
  [[ $(events storm 'event == "exec" and comm == "judge"' ppid | sort -u | wc -l) == 1 ]]
  [[ $(events storm 'event == "exit" and comm == "judge"' status | sort -u) == 0 ]]
  no_disagreement storm
}

@test "trace: a script is told by its name and by its interpreter" {
  printf '#!%s/dump of a script\n' "$work" >"$work/script"
  chmod 755 "$work/script"
  program_of script "$launchers/drop-static" 65534 "$work/script"
  diff -u <(echo "$work/script $work/dump script") <(events script 'event == "exec"' file exe comm | tail -n 1)
}

# honoured FILE: the mount honours set-user-ID and file capabilities.
honoured() {
  [[ $(findmnt -no OPTIONS -T "$1") != *nosuid* ]] || skip_because "$BATS_TEST_DESCRIPTION" "$1 is on a nosuid mount"
}

@test "trace: a user's set-user-ID program gains as without the trace, and loses ambient" {
  honoured "$work"
  install -m 4755 "$probes/dump" "$work/set-user-id"
  local -a user=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +kill --ambient-caps +kill)
  program_of suid "${user[@]}" "$work/set-user-id"
  reports suid | grep -q " 65534,0,0 0$"
  grep -qx $'Secure:\t1' "$runs/suid"
  diff -u <(echo "True ambient=$kill") <(events suid 'lost_by("exec-setid")' secure 'lost_by("exec-setid")')
  # With no_new_privs it gains nothing, and the reason is another one.
  program_of nnp "${user[@]}" --no-new-privs "$work/set-user-id"
  reports nnp | grep -q "^$kill .* 65534,65534,65534 1$"
}

@test "trace: file capabilities" {
  honoured "$work"
  cp "$probes/dump" "$work/file-caps"
  setcap cap_net_raw=ep "$work/file-caps" || skip_because "file capabilities" "setcap is not possible here"
  program_of file-caps setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +kill --ambient-caps +kill \
    "$work/file-caps"
  reports file-caps | grep -q "^0000000000002000 0000000000002000 $kill 0000000000000000 "
  [[ $(events file-caps 'lost_by("exec-file-caps")' 'lost_by("exec-file-caps")') == *"ambient=$kill"* ]]
}

@test "trace: what an exec leaves away, and why" {
  local -a execute=(path="$work/dump" execve)
  program_of exec "$probes/call" keepcaps=1 setuid=65534 "${execute[@]}"
  diff -u <(echo "permitted=$all") <(events exec 'event == "exec"' 'lost_by("exec-not-ambient")' | tail -n 1)
  program_of exec "$probes/call" prctl=24,5 "${execute[@]}"
  diff -u <(echo "permitted=$kill effective=$kill") <(events exec 'event == "exec"' 'lost_by("exec-bounding")' | tail -n 1)
  program_of exec "$probes/call" prctl=28,1 "${execute[@]}"
  diff -u <(echo "permitted=$all effective=$all") <(events exec 'event == "exec"' 'lost_by("exec-noroot")' | tail -n 1)
}

@test "trace: groups that were changed after everything else count at the exec" {
  # An effective gid of one's own keeps ambient; the model has to know of the last change of it.
  program_of groups "$probes/call" "${raise[@]}" prctl=28,4 setuid=65534 prctl=47,2,5 \
    path=/usr/bin/env arg=env arg="$work/dump" execve
  program_of groups /usr/bin/python3 -c 'import os, sys
os.setresgid(5, 5, 5); os.setgroups(range(1000, 1400)); os.setresgid(-1, 6, -1); os.setresuid(65534, 65534, 65534)
os.execv(sys.argv[1], sys.argv[1:])' "$work/dump"
  events groups 'event == "credential-change"' 'uid["after"]' | grep -qxF '[65534, 65534, 65534]'
}

# in_a_namespace COMMAND…: it enters a user namespace, and has there what it reports. Its ids have other numbers there.
in_a_namespace() {
  can_unshare --user || skip_because "user namespaces" "none is to be had"
  capture bare "$@"
  traced userns "$@"
  same bare userns
  diff -u <(reports userns | cut -d ' ' -f 1-5) <(events userns 'event == "exec"' 'state("after")' | tail -n 1 | cut -d ' ' -f 1-5)
  no_disagreement userns
  [[ $(events userns 'enters_userns' event) == capability-change ]]
}

@test "trace: a user namespace: unshare, setns, clone" {
  in_a_namespace setpriv --inh-caps +kill --ambient-caps +kill unshare --user "$work/dump"
  diff -u <(echo "unshare inheritable=$kill ambient=$kill") <(events userns 'lost_by("userns")' call 'lost_by("userns")')
  in_a_namespace unshare --user --map-root-user "$work/dump"
  in_a_namespace setpriv --reuid 65534 --clear-groups unshare --user "$work/dump"
  unshare --user sleep 10000 &
  local holder=$!
  wait_until 10 test -e "/proc/$holder/ns/user"
  wait_until 10 grep -qx sleep "/proc/$holder/comm"
  in_a_namespace nsenter --target "$holder" --user --preserve-credentials "$work/dump"
  kill "$holder"
  [[ $(events userns 'enters_userns' call) == setns ]]
}

@test "trace: a user namespace that a child is created in: clone" {
  [[ $(uname -m) == x86_64 ]] || skip_because "clone by number" "written for x86-64"
  in_a_namespace setpriv --inh-caps +kill --ambient-caps +kill perl -e '
    my $child = syscall(56, 0x10000011, 0, 0, 0, 0); # clone, CLONE_NEWUSER | SIGCHLD
    exec @ARGV if $child == 0;
    waitpid $child, 0' "$work/dump"
  diff -u <(echo "clone inheritable=$kill ambient=$kill") <(events userns 'lost_by("userns")' call 'lost_by("userns")')
}

@test "trace: what the library keeps is seen to be kept, and no rule takes it: setresuid execve" {
  local K=0000000002000400
  traced kept env "${matching[@]}" "$probes/call" "${dropped[@]}" status path="$work/dump" execve
  program_as_reported kept
  no_disagreement kept
  reports kept | tail -n 1 | grep -q "^$K $K $K $K "
  [[ $(events kept 'event == "exec"' 'mask(caps["after"]["ambient"])' | tail -n 1) == "$K" ]]
  # It is raised by the library's own calls.
  events kept 'event == "capability-change"' call 'mask(caps["after"]["ambient"])' | grep -qx "prctl $K"
  traced run "$bin" run -a cap_sys_time --log none -- "$launchers/drop-dynamic" 65534 "$work/dump"
  [[ $(events run 'event == "exec"' 'mask(caps["after"]["ambient"])' | tail -n 1) == 0000000002000000 ]]
}

@test "trace: a name that a program gives itself" {
  traced name /usr/bin/perl -e '$0 = "other-name"; $> = 65534; $0 = "third-name"; mkdir "/no"'
  diff -u <(printf '%s\n' 'credential-change other-name' 'denied third-name' 'exit third-name') \
    <(events name 'comm.endswith("-name")' event comm)
}

@test "trace: the fields of each event" {
  traced fields sh -c "$probes/call setuid=65534 prctl=47,2,10 prctl=38,1 path=/bin/true execve; setpriv --reuid 65534 chown 1 /;
    kill -9 \$\$"
  diff -u - <(events fields True event '*fields[1:]' | sort -u) <<'FIELDS'
capability-change time pid tid ppid comm exe call uid caps securebits no_new_privs lost
credential-change time pid tid ppid comm exe call uid caps securebits no_new_privs lost
denied time pid tid ppid comm exe call uid caps object cap also error exact held lost_at
exec time pid tid ppid comm exe call uid caps securebits no_new_privs lost by file program secure
exit time pid tid ppid comm exe signal
exit time pid tid ppid comm exe status
refused time pid tid ppid comm exe call uid caps error what refused rule text
start time pid tid ppid comm exe uid caps
summary processes execs changes denied refused exact
FIELDS
  diff -u <(echo "['before', 'after'] ['before', 'after'] ['permitted', 'effective', 'inheritable', 'ambient', 'bounding']") \
    <(events fields 'event == "exec"' 'list(uid)' 'list(caps)' 'list(caps["before"])' | sort -u)
  diff -u <(echo "['cap', 'sets', 'rule', 'text']") <(events fields lost 'list(lost[0])' | sort -u)
  events fields 'event == "denied"' 'list(lost_at)' | grep -qxF "['pid', 'comm', 'call', 'rule']"
  diff -u <(echo 9) <(events fields 'signal is not None' signal)
}

@test "trace: each line of JSON is valid, in valid UTF-8, whatever programs call themselves" {
  hostile_program
  traced hostile "$hostile"
  iconv -f UTF-8 -t UTF-8 "$runs/hostile.json" >/dev/null
  run ! grep -q $'[\x01-\x09\x0b-\x1f]' "$runs/hostile.json"
  # In what is not UTF-8 as a whole, each byte that is not printable ASCII is written as \xNN, and so is a backslash.
  [[ $(events hostile 'event == "exec"' file | tail -n 1) == \
    *'/a"b\x5cc\x01\x1b[31m\x0a\xff\xfe\xe2\x80\xa8\xed\xa0\x80.pl' ]]
  if [[ $(uname -m) == x86_64 ]]; then
    [[ $(events hostile 'event == "denied" and call == "mkdir"' 'ascii(comm)') == "'\\\\x1b[31m<\\\\xff\\\\x0a\\\\x5cn\\\\x7f'" ]]
  fi
}

@test "trace: each control character in JSON is escaped, of the second kind too" {
  local name=$work/$'csi\xc2\x9b31m \xc3\xa9'
  cp "$work/dump" "$name"
  traced controls "$name"
  run ! grep -qP '\xc2[\x80-\x9f]' "$runs/controls.json"
  grep -qF $'csi\\u009b31m \xc3\xa9' "$runs/controls.json"
  [[ $(events controls 'event == "exec"' program | tail -n 1) == "$name" ]]
  "$bin" trace -f html -o "$runs/page.html" -- "$name" >/dev/null
  run ! grep -qP '\xc2[\x80-\x9f]' "$runs/page.html"
}

@test "trace: a script is told by its own name, however it was called" {
  printf '#!/bin/sh\n:\n' >"$work/script"
  chmod 755 "$work/script"
  for call in "$work/script" ./script; do
    (cd "$work" && "$bin" trace -o "$runs/told" -- "$call")
    grep -qE "exec $work/script \($(realpath /bin/sh)\), uid root" "$runs/told"
  done
}

@test "trace: what programs call themselves does not reach the terminal as it is" {
  hostile_program
  capture bare "$bin" trace --suggest -o "$runs/text" -- "$hostile"
  run ! grep -qP '[^\n\t\x20-\x7e]' "$runs/text"
  grep -qF 'a"b\x5cc\x01\x1b[31m\x0a\xff\xfe\xe2\x80\xa8\xed\xa0\x80.pl' "$runs/text"
}

# Without CAP_SYS_PTRACE, as in a container, /proc does not tell of another user's process what it executes.
@test "trace: without CAP_SYS_PTRACE a program of another user has the name that was asked for, and the rule is told" {
  local -a bare=(setpriv "--bounding-set=-all,+setuid,+setgid,+setpcap,+net_bind_service,+chown")
  local -a user=(setpriv --reuid 65534 --regid 65534 --clear-groups) name
  cp "$(command -v chown)" "$work/chown"
  printf '#!/usr/bin/perl\nchown $ARGV[0], $ARGV[0], $ARGV[1] or die "$!\\n";\n' >"$work/script"
  chmod 755 "$work/script"
  for name in chown script; do
    run "${bare[@]}" "$bin" trace --suggest -- "${user[@]}" "$work/$name" 0 "$work"
    [[ $output == *" exec $work/$name, uid nobody, "* && $output != *'exec ?'* ]]
    [[ $output == *"(exec-not-ambient: "* && $output != *"(the model does not know this case)"* ]]
    [[ $output == *"chown"*": EPERM, is likely to need cap_chown, lost at execve in setpriv "* ]]
    [[ $output == *$'\n'"User=nobody"$'\n'"Program=$work/$name"$'\n'"AmbientCapabilities=cap_chown"$'\n'* ]]
    [[ $output == *"warning: without CAP_SYS_PTRACE 1 program of other users could not be looked at, "*SYS_PTRACE* ]]
  done
  # A relative name is told, and no more is made of it; a descriptor has none.
  cd "$work"
  run "${bare[@]}" "$bin" trace --suggest -- "${user[@]}" ./chown 0 "$work"
  [[ $output == *" exec ./chown, uid nobody, "* && $output != *$'\n'Program=* ]]
  # With it, or of the same user, there is nothing to say.
  run "$bin" trace -- "${user[@]}" "$work/chown" --version
  [[ $output == *" exec $work/chown, "* && $output != *"warning: without CAP_SYS_PTRACE"* ]]
  run "${bare[@]}" "$bin" trace -- "$work/chown" --version
  [[ $output == *" exec $work/chown, "* && $output != *"warning: without CAP_SYS_PTRACE"* ]]
}
