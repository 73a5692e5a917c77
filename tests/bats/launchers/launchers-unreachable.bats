#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Launchers that a preloaded library never reaches: what they start has the same capabilities with it and without it,
# and they are not harmed by it. --method=ptrace serves them all, --method=securebits those that do nothing but drop and
# execute. lib/launchers.bash says what a row is.

load ../lib/common
load ../lib/launchers

busybox_static=/var/cache/capkeep-tests/busybox-static/bin/busybox

# crond counts in whole minutes, so it starts first, in all modes at once, and is asked last.
setup_file() {
  ((EUID == 0)) && [[ -x $busybox_static ]] || return 0
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (start_cronds)
}

start_cronds() {
  local mode
  BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
  setup_launchers
  for mode in bare one one-ptrace three-ptrace; do
    method=''
    [[ $mode != *-ptrace ]] || method=ptrace
    prepare_launch "${mode%-ptrace}" "$BATS_FILE_TMPDIR/crond-$mode" 900
    mkdir "$dir/tabs"
    echo "* * * * * $probe_command" >"$dir/tabs/nobody"
    "${with[@]}" "$busybox_static" crond -f -c "$dir/tabs" -L /dev/null >"$dir/output" 2>&1 </dev/null 3>&- &
    echo $! >"$dir/pid"
  done
}

teardown_file() {
  local pid
  for pid in "$BATS_FILE_TMPDIR"/crond-*/pid; do
    [[ ! -e $pid ]] || kill -TERM "$(<"$pid")" 2>/dev/null || true
  done
}

setup() {
  setup_launchers
}

row_gosu() {
  need gosu
  launcher=gosu
  "${with[@]}" gosu nobody "$probe" "$out"
}
@test "C6 gosu" { unchanged gosu "is a static Go program"; }
@test "C1 gosu, --method=securebits" { kept_by securebits gosu; }
@test "C1 gosu, --method=ptrace" { kept_by ptrace gosu; }

row_go_credential_static() {
  need go
  build_go credential 0
  launcher=$BATS_FILE_TMPDIR/credential-0
  "${with[@]}" "$BATS_FILE_TMPDIR/credential-0" "$probe" "$out"
}
@test "C6 Go, SysProcAttr.Credential, static" { unchanged go_credential_static "is a static Go program"; }
@test "C1 Go, SysProcAttr.Credential, static, --method=securebits" { kept_by securebits go_credential_static; }
@test "C1 Go, SysProcAttr.Credential, static, --method=ptrace" { kept_by ptrace go_credential_static; }

row_go_credential_cgo() {
  need go gcc
  build_go credential 1
  launcher=$BATS_FILE_TMPDIR/credential-1
  "${with[@]}" "$BATS_FILE_TMPDIR/credential-1" "$probe" "$out"
}
@test "C6 Go with cgo, SysProcAttr.Credential" { unchanged go_credential_cgo "makes system calls of its own"; }
@test "C1 Go with cgo, SysProcAttr.Credential, --method=securebits" { kept_by securebits go_credential_cgo; }
@test "C1 Go with cgo, SysProcAttr.Credential, --method=ptrace" { kept_by ptrace go_credential_cgo; }

row_busybox_static() {
  launcher=$busybox_static
  need "$launcher"
  "${with[@]}" "$launcher" start-stop-daemon -S -c nobody -p "$dir/none" \
    -x "$probe" -- "$out"
}
@test "C6 busybox-static start-stop-daemon" { unchanged busybox_static "is static"; }
@test "C1 busybox-static start-stop-daemon, --method=securebits" { kept_by securebits busybox_static; }
@test "C1 busybox-static start-stop-daemon, --method=ptrace" { kept_by ptrace busybox_static; }

row_busybox_static_su() {
  launcher=$busybox_static
  need "$launcher"
  "${with[@]}" "$launcher" su -s /bin/sh nobody -c "$probe_command"
}
@test "C6 busybox-static su" { unchanged busybox_static_su "is static"; }
@test "C1 busybox-static su, --method=ptrace" { kept_by ptrace busybox_static_su; }

row_go_setuid_static() {
  need go
  build_go setuid 0
  launcher=$BATS_FILE_TMPDIR/setuid-0
  "${with[@]}" "$BATS_FILE_TMPDIR/setuid-0" "$probe" "$out"
}
@test "C6 Go, syscall.Setuid in all threads, static" { unchanged go_setuid_static "is a static Go program"; }
@test "C1 Go, syscall.Setuid in all threads, static, --method=ptrace" { kept_by ptrace go_setuid_static; }

row_c_static() {
  launcher=$made/drop-static
  need "$launcher"
  "${with[@]}" "$launcher" 65534 "$probe" "$out"
}
@test "C6 C setuid, static" { unchanged c_static "is static"; }
@test "C1 C setuid, static, --method=securebits" { kept_by securebits c_static; }
@test "C1 C setuid, static, --method=ptrace" { kept_by ptrace c_static; }

row_c_musl() {
  launcher=$made/drop-musl
  need "$launcher"
  "${with[@]}" "$launcher" 65534 "$probe" "$out"
}
@test "C6 C setuid, static with musl" { unchanged c_musl "is static"; }
@test "C1 C setuid, static with musl, --method=securebits" { kept_by securebits c_musl; }
@test "C1 C setuid, static with musl, --method=ptrace" { kept_by ptrace c_musl; }

row_c_inline_syscalls() {
  launcher=$made/drop-asm
  need "$launcher"
  "${with[@]}" "$launcher" 65534 "$probe" "$out"
}
@test "C6 C, inline system calls" { unchanged c_inline_syscalls "makes system calls of its own"; }
@test "C1 C, inline system calls, --method=securebits" { kept_by securebits c_inline_syscalls; }
@test "C1 C, inline system calls, --method=ptrace" { kept_by ptrace c_inline_syscalls; }

row_python_ctypes() {
  need /usr/bin/python3
  not_predicted "the call stands in the script that python3 runs"
  "${with[@]}" /usr/bin/python3 -c 'import ctypes, os, sys
ctypes.CDLL("libc.so.6").setuid(65534); os.execv(sys.argv[1], sys.argv[1:])' "$probe" "$out"
}
@test "C6 python3 ctypes, libc.so.6" { unchanged python_ctypes "calls the libc that it opened"; }
@test "C1 python3 ctypes, libc.so.6, --method=securebits" { kept_by securebits python_ctypes; }
@test "C1 python3 ctypes, libc.so.6, --method=ptrace" { kept_by ptrace python_ctypes; }

# A set-user-ID shell, started by nobody, gives its privilege back at once; ld.so ignores the preload in it.
set_user_id_shell() {
  private_mounts set_user_id_session "$1"
}
set_user_id_session() {
  mkdir "$dir/bin"
  mount -t tmpfs -o mode=755,suid tmpfs "$dir/bin"
  install -m 4755 "/bin/$1" "$dir/bin/shell"
  setpriv --reuid 65534 --regid 65534 --clear-groups "${explain[@]}" --from current -u 65534 \
    --launcher "$dir/bin/shell" "$probe" >"$dir/explained" || (($? == 1))
  if [[ $method ]]; then
    # `capkeep run` is root's; the shell is what nobody's command starts.
    not_predicted "a set-user-ID launcher below another one"
    "${with[@]}" setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/bin/shell" -c "$probe_command"
  else
    setpriv --reuid 65534 --regid 65534 --clear-groups "${with[@]}" "$dir/bin/shell" -c "$probe_command"
  fi
}
row_dash_set_user_id() {
  need dash setpriv
  set_user_id_shell dash
}
row_bash_set_user_id() {
  need bash setpriv
  set_user_id_shell bash
}
@test "C6 set-user-ID dash" { unchanged dash_set_user_id "is started by a user, and ignores the preload (AT_SECURE)"; }
@test "C6 set-user-ID bash" { unchanged bash_set_user_id "is started by a user, and ignores the preload (AT_SECURE)"; }
@test "C1 set-user-ID dash, --method=ptrace" { kept_by ptrace dash_set_user_id; }
@test "C1 set-user-ID bash, --method=ptrace" { kept_by ptrace bash_set_user_id; }

# The state of the program that a crond of setup_file started, which goes on when its job has run.
row_busybox_static_crond() {
  launcher=$busybox_static
  need "$launcher"
  local mode=${out%/state}
  mode=${mode##*/}
  wait_until 75 test -s "$BATS_FILE_TMPDIR/crond-$mode/state"
  cp "$BATS_FILE_TMPDIR/crond-$mode/state" "$out"
}
@test "C6 busybox-static crond" { unchanged busybox_static_crond "is static"; }
@test "C1 busybox-static crond, --method=ptrace" { kept_by ptrace busybox_static_crond; }

@test "each row of this file is tested" { every_row_is_tested "$BATS_TEST_FILENAME"; }
