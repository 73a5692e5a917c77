#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep trace` of real launchers: what the program has in the end is what the trace tells, of every loss it knows the
# rule, and nowhere the model says otherwise than the kernel. The programs are as without the trace.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/launchers
load ../lib/trace

setup() {
  setup_launchers
  setup_trace
  # Some close all descriptors that there may be: a million of calls, each a stop, that show nothing.
  ulimit -n 256
}

what_it_has() {
  grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig...:|Env|Fd)' "$1" | sed 's/pipe:.*/pipe/'
}

# launched COMMAND…: it starts launcher-probe, its last two words, as uid 65534, bare and under a trace.
launched() {
  command -v "$1" >/dev/null || skip_because "${BATS_TEST_DESCRIPTION#trace: }" "$1 is not installed"
  local status=0
  rm -f "$work/state"
  chmod 1777 "$work"
  capture bare "${trace_front[@]}" timeout --foreground 600 "$@"
  wait_until 10 test -s "$work/state"
  mv "$work/state" "$work/bare"
  traced launcher "$@"
  wait_until 10 test -s "$work/state"
  same bare launcher
  diff -u <(what_it_has "$work/bare") <(what_it_has "$work/state")
  cp "$work/state" "$runs/state"
  diff -u <(reports state) <(events launcher 'event == "exec" and exe.endswith("/launcher-probe")' 'state("after")')
  [[ $(events launcher 'event == "exec" and exe.endswith("/launcher-probe")' 'uid["after"]') == '[65534, 65534, 65534]' ]]
  no_disagreement launcher
}

@test "trace: start-stop-daemon" {
  launched start-stop-daemon --start --pidfile "$work/none" --chuid nobody --startas "$probe" -- "$work/state"
}
@test "trace: start-stop-daemon, in the background" {
  launched start-stop-daemon --start --background --pidfile "$work/none" --chuid nobody --startas "$probe" -- "$work/state"
}
@test "trace: busybox start-stop-daemon" {
  launched busybox start-stop-daemon -S -c nobody -p "$work/none" -x "$probe" -- "$work/state"
}
@test "trace: su" { launched su -s /bin/sh nobody -c "$probe $work/state"; }
@test "trace: runuser" { launched runuser -u nobody -- "$probe" "$work/state"; }
@test "trace: sudo" {
  known_name
  trace_front=("${named[@]}")
  launched sudo -n -u nobody "$probe" "$work/state"
}
@test "trace: setpriv" { launched setpriv --reuid nobody --regid nogroup --clear-groups "$probe" "$work/state"; }
@test "trace: setpriv, with ambient capabilities" {
  launched setpriv --reuid nobody --clear-groups --inh-caps +kill,+chown --ambient-caps +kill "$probe" "$work/state"
}
@test "trace: capsh" { launched capsh --user=nobody -- -c "$probe $work/state"; }
@test "trace: capsh, with an IAB" { launched capsh --iab='^cap_kill' --user=nobody -- -c "$probe $work/state"; }
@test "trace: chroot" { launched chroot --userspec=nobody:nogroup / "$probe" "$work/state"; }
@test "trace: chpst" { launched chpst -u nobody:nogroup "$probe" "$work/state"; }
@test "trace: setuidgid" { launched setuidgid nobody "$probe" "$work/state"; }
@test "trace: s6-setuidgid" { launched s6-setuidgid nobody "$probe" "$work/state"; }
@test "trace: daemon" { launched daemon --user=nobody:nogroup -- "$probe" "$work/state"; }
@test "trace: daemonize" { launched daemonize -u nobody "$probe" "$work/state"; }
@test "trace: gosu, a static Go program" { launched gosu nobody "$probe" "$work/state"; }
@test "trace: perl, \$< = \$> =" { launched perl -e '$( = $) = 65534; $< = $> = 65534; exec @ARGV' "$probe" "$work/state"; }
@test "trace: python3, with threads" {
  launched /usr/bin/python3 -c 'import os, sys, threading
for _ in range(4): threading.Thread(target=threading.Event().wait, daemon=True).start()
os.setgroups([]); os.setgid(65534); os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])' "$probe" "$work/state"
}
@test "trace: python3, ctypes" {
  launched /usr/bin/python3 -c 'import ctypes, os, sys
ctypes.CDLL("libc.so.6").setuid(65534); os.execv(sys.argv[1], sys.argv[1:])' "$probe" "$work/state"
}
@test "trace: python3, subprocess with user=" {
  launched /usr/bin/python3 -c 'import subprocess, sys
subprocess.run(sys.argv[1:], user=65534, group=65534, extra_groups=[], check=True)' "$probe" "$work/state"
}
@test "trace: ruby" {
  launched ruby -e 'Process::UID.eid = 65534; Process::UID.change_privilege(65534); exec(*ARGV)' "$probe" "$work/state"
}
@test "trace: php" {
  launched php -r 'posix_setuid(65534); pcntl_exec($argv[1], array_slice($argv, 2));' -- "$probe" "$work/state"
}
@test "trace: Go, SysProcAttr.Credential" {
  command -v go >/dev/null || skip_because "Go" "go is not installed"
  build_go credential 0
  launched "$BATS_FILE_TMPDIR/credential-0" "$probe" "$work/state"
}
@test "trace: Go, syscall.Setuid in all threads" {
  command -v go >/dev/null || skip_because "Go" "go is not installed"
  build_go setuid 1
  launched "$BATS_FILE_TMPDIR/setuid-1" "$probe" "$work/state"
}
@test "trace: below the library: setpriv, which keeps what a rule names" {
  launched "$bin" run -a cap_sys_time --log none -- setpriv --reuid 65534 --regid 65534 --clear-groups "$probe" "$work/state"
  grep -qx $'CapAmb:\t0000000002000000' "$work/state"
}
