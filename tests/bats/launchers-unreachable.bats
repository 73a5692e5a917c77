#!/usr/bin/env bats
# bats file_tags=launchers
# Launchers that a preloaded library never reaches: what they start has the same capabilities with it and without it,
# and they are not harmed by it. --method=securebits serves those that do nothing but drop and execute. lib/launchers.bash says what a row is.

load lib/common
load lib/launchers

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

row_go_credential_static() {
  need go
  build_go credential 0
  launcher=$BATS_FILE_TMPDIR/credential-0
  "${with[@]}" "$BATS_FILE_TMPDIR/credential-0" "$probe" "$out"
}
@test "C6 Go, SysProcAttr.Credential, static" { unchanged go_credential_static "is a static Go program"; }
@test "C1 Go, SysProcAttr.Credential, static, --method=securebits" { kept_by securebits go_credential_static; }

row_go_credential_cgo() {
  need go gcc
  build_go credential 1
  launcher=$BATS_FILE_TMPDIR/credential-1
  "${with[@]}" "$BATS_FILE_TMPDIR/credential-1" "$probe" "$out"
}
@test "C6 Go with cgo, SysProcAttr.Credential" { unchanged go_credential_cgo "makes system calls of its own"; }
@test "C1 Go with cgo, SysProcAttr.Credential, --method=securebits" { kept_by securebits go_credential_cgo; }

row_busybox_static() {
  launcher=/var/cache/capkeep-tests/busybox-static/bin/busybox
  need "$launcher"
  "${with[@]}" "$launcher" start-stop-daemon -S -c nobody -p "$dir/none" \
    -x "$probe" -- "$out"
}
@test "C6 busybox-static start-stop-daemon" { unchanged busybox_static "is static"; }
@test "C1 busybox-static start-stop-daemon, --method=securebits" { kept_by securebits busybox_static; }

row_c_static() {
  launcher=$made/drop-static
  need "$launcher"
  "${with[@]}" "$launcher" 65534 "$probe" "$out"
}
@test "C6 C setuid, static" { unchanged c_static "is static"; }
@test "C1 C setuid, static, --method=securebits" { kept_by securebits c_static; }

row_c_musl() {
  launcher=$made/drop-musl
  need "$launcher"
  "${with[@]}" "$launcher" 65534 "$probe" "$out"
}
@test "C6 C setuid, static with musl" { unchanged c_musl "is static"; }
@test "C1 C setuid, static with musl, --method=securebits" { kept_by securebits c_musl; }

row_c_inline_syscalls() {
  launcher=$made/drop-asm
  need "$launcher"
  "${with[@]}" "$launcher" 65534 "$probe" "$out"
}
@test "C6 C, inline system calls" { unchanged c_inline_syscalls "makes system calls of its own"; }
@test "C1 C, inline system calls, --method=securebits" { kept_by securebits c_inline_syscalls; }

row_python_ctypes() {
  need /usr/bin/python3
  not_predicted "the call stands in the script that python3 runs"
  "${with[@]}" /usr/bin/python3 -c 'import ctypes, os, sys
ctypes.CDLL("libc.so.6").setuid(65534); os.execv(sys.argv[1], sys.argv[1:])' "$probe" "$out"
}
@test "C6 python3 ctypes, libc.so.6" { unchanged python_ctypes "calls the libc that it opened"; }
@test "C1 python3 ctypes, libc.so.6, --method=securebits" { kept_by securebits python_ctypes; }

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
  setpriv --reuid 65534 --regid 65534 --clear-groups "${with[@]}" "$dir/bin/shell" -c "$probe_command"
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

@test "each row of this file is tested" { every_row_is_tested "$BATS_TEST_FILENAME"; }
