#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Launchers that are scripts and programs of the usual languages, in all their ways to change the uid and to start a
# program. lib/launchers.bash says what a row is.

load ../lib/common
load ../lib/launchers

setup() {
  setup_launchers
}

# --- perl

row_perl_variables() {
  need perl
  "${with[@]}" perl -e '$( = $) = 65534; $< = $> = 65534; exec @ARGV' "$probe" "$out"
}
@test "bare perl \$< = \$> = (saved uid stays 0)" { bare perl_variables; }
@test "C2 perl \$< = \$> = (saved uid stays 0)" { kept perl_variables; }

row_perl_variables_in_turn() {
  need perl
  "${with[@]}" perl -e '$> = 65534; $< = 65534; exec @ARGV' "$probe" "$out"
}
@test "bare perl \$> =, then \$< =" { bare perl_variables_in_turn; }
@test "C2 perl \$> =, then \$< =" { kept perl_variables_in_turn; }

row_perl_posix_setuid() {
  need perl
  "${with[@]}" perl -MPOSIX -e 'setgid(65534); setuid(65534) or die $!; exec @ARGV' "$probe" "$out"
}
@test "bare perl POSIX::setuid, exec" { bare perl_posix_setuid; }
@test "C1 perl POSIX::setuid, exec" { kept perl_posix_setuid; }

row_perl_system() {
  need perl
  "${with[@]}" perl -MPOSIX -e 'setuid(65534) or die $!; exit(system(@ARGV) >> 8)' "$probe" "$out"
}
@test "bare perl POSIX::setuid, system" { bare perl_system; }
@test "C1 perl POSIX::setuid, system" { kept perl_system; }

row_perl_pipe() {
  need perl
  "${with[@]}" perl -MPOSIX -e 'setuid(65534) or die $!; open(my $pipe, "-|", @ARGV) or die $!; print <$pipe>' \
    "$probe" "$out"
}
@test "bare perl POSIX::setuid, open a pipe" { bare perl_pipe; }
@test "C1 perl POSIX::setuid, open a pipe" { kept perl_pipe; }

# --- python3

python=/usr/bin/python3

row_python_setuid() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])' "$probe" "$out"
}
@test "bare python3 os.setuid, os.execv" { bare python_setuid; }
@test "C1 python3 os.setuid, os.execv" { kept python_setuid; }

row_python_setresuid() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, sys
os.setresuid(65534, 65534, 65534); os.execvpe(sys.argv[1], sys.argv[1:], {"PATH": "/bin"})' "$probe" "$out"
}
@test "bare python3 os.setresuid, os.execvpe with an environment of its own" { bare python_setresuid; }
@test "C1 python3 os.setresuid, os.execvpe with an environment of its own" { kept python_setresuid; }

row_python_setreuid() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, sys
os.setreuid(65534, 65534); os.execl(sys.argv[1], *sys.argv[1:])' "$probe" "$out"
}
@test "bare python3 os.setreuid, os.execl" { bare python_setreuid; }
@test "C1 python3 os.setreuid, os.execl" { kept python_setreuid; }

row_python_in_steps() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, sys
os.setreuid(65534, -1); os.seteuid(65534); os.execv(sys.argv[1], sys.argv[1:])' "$probe" "$out"
}
@test "bare python3 os.setreuid(u, -1), os.seteuid(u)" { bare python_in_steps; }
@test "C2 python3 os.setreuid(u, -1), os.seteuid(u)" { kept python_in_steps; }

row_python_subprocess_user() {
  need "$python"
  "${with[@]}" "$python" -c 'import subprocess, sys
subprocess.run(sys.argv[1:], user=65534, group=65534, extra_groups=[], check=True)' "$probe" "$out"
}
@test "bare python3 subprocess, user=" { bare python_subprocess_user; }
@test "C1 python3 subprocess, user=" { kept python_subprocess_user; }

row_python_subprocess_cleaned() {
  need "$python"
  "${with[@]}" "$python" -c 'import subprocess, sys
subprocess.run(sys.argv[1:], user=65534, env={}, check=True)' "$probe" "$out"
}
@test "bare python3 subprocess, user= and an empty environment" { bare python_subprocess_cleaned; }
@test "C4 python3 subprocess, user= and an empty environment" { kept python_subprocess_cleaned; }

row_python_preexec() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, subprocess, sys
subprocess.run(sys.argv[1:], preexec_fn=lambda: os.setuid(65534), check=True)' "$probe" "$out"
}
@test "bare python3 subprocess, preexec_fn" { bare python_preexec; }
@test "C1 python3 subprocess, preexec_fn" { kept python_preexec; }

row_python_posix_spawn() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, sys
os.setuid(65534); sys.exit(os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)[1]))' \
    "$probe" "$out"
}
@test "bare python3 os.posix_spawn" { bare python_posix_spawn; }
@test "C1 python3 os.posix_spawn" { kept python_posix_spawn; }

row_python_resetids() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, sys
os.setreuid(65534, -1)
os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, resetids=True), 0)' "$probe" "$out"
}
@test "bare python3 os.posix_spawn, resetids" { bare python_resetids; }
@test "C2 python3 os.posix_spawn, resetids" { kept python_resetids; }

row_python_system() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, sys
os.setuid(65534); sys.exit(os.waitstatus_to_exitcode(os.system(" ".join(sys.argv[1:]))))' "$probe" "$out"
}
@test "bare python3 os.system" { bare python_system; }
@test "C1 python3 os.system" { kept python_system; }

row_python_multiprocessing() {
  need "$python"
  "${with[@]}" "$python" -c 'import multiprocessing, os, sys
def work():
    os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])
child = multiprocessing.get_context("fork").Process(target=work)
child.start(); child.join()' "$probe" "$out"
}
@test "bare python3 multiprocessing" { bare python_multiprocessing; }
@test "C1 python3 multiprocessing" { kept python_multiprocessing; }

row_python_threads() {
  need "$python"
  "${with[@]}" "$python" -c 'import os, sys, threading
go = threading.Event()
threading.Thread(target=lambda: (go.wait(), os.execv(sys.argv[1], sys.argv[1:]))).start()
os.setuid(65534)
go.set()' "$probe" "$out"
}
@test "bare python3, exec from another thread" { bare python_threads; }
@test "C1 python3, exec from another thread" { kept python_threads; }

# --- ruby

row_ruby_change_privilege() {
  need ruby
  "${with[@]}" ruby -e 'Process::GID.change_privilege(65534); Process::UID.change_privilege(65534); exec(*ARGV)' \
    "$probe" "$out"
}
@test "bare ruby Process::UID.change_privilege" { bare ruby_change_privilege; }
@test "C1 ruby Process::UID.change_privilege" { kept ruby_change_privilege; }

row_ruby_eid() {
  need ruby
  "${with[@]}" ruby -e 'Process.uid = 65534; Process::UID.eid = 65534; exec(*ARGV)' "$probe" "$out"
}
@test "bare ruby Process::UID.eid= (saved uid stays 0)" { bare ruby_eid; }
@test "C2 ruby Process::UID.eid= (saved uid stays 0)" { kept ruby_eid; }

row_ruby_sys() {
  need ruby
  "${with[@]}" ruby -e 'Process::Sys.setresuid(65534, 65534, 65534); exit(system(*ARGV))' "$probe" "$out"
}
@test "bare ruby Process::Sys.setresuid, system" { bare ruby_sys; }
@test "C1 ruby Process::Sys.setresuid, system" { kept ruby_sys; }

row_ruby_fork_spawn() {
  need ruby
  "${with[@]}" ruby -e 'Process.wait(fork { Process::UID.change_privilege(65534); Process.wait(spawn(*ARGV)) })' \
    "$probe" "$out"
}
@test "bare ruby fork, change_privilege, spawn" { bare ruby_fork_spawn; }
@test "C1 ruby fork, change_privilege, spawn" { kept ruby_fork_spawn; }

# --- php: its extensions are loaded with RTLD_DEEPBIND

row_php_exec() {
  need php
  "${with[@]}" php -r 'posix_setgid(65534); posix_setuid(65534); pcntl_exec($argv[1], [$argv[2]]);' "$probe" "$out"
}
@test "bare php posix_setuid, pcntl_exec" { bare php_exec; }
@test "C1 php posix_setuid, pcntl_exec" { kept php_exec; }

row_php_proc_open() {
  need php
  "${with[@]}" php -r 'posix_setuid(65534); proc_close(proc_open([$argv[1], $argv[2]], [], $pipes));' "$probe" "$out"
}
@test "bare php posix_setuid, proc_open" { bare php_proc_open; }
@test "C1 php posix_setuid, proc_open" { kept php_proc_open; }

row_php_shell() {
  need php
  "${with[@]}" php -r 'posix_setuid(65534); passthru("$argv[1] $argv[2]");' "$probe" "$out"
}
@test "bare php posix_setuid, passthru" { bare php_shell; }
@test "C1 php posix_setuid, passthru" { kept php_shell; }

# --- node

row_node_spawn() {
  need node
  "${with[@]}" node -e 'require("child_process").spawnSync(process.argv[1], [process.argv[2]], {uid: 65534, gid: 65534})' \
    "$probe" "$out"
}
@test "bare node child_process, uid:" { bare node_spawn; }
@test "C1 node child_process, uid:" { kept node_spawn; }

# node_refuses ROW: whether it does not change its user, as io_uring's threads would keep the old one (CVE-2024-22017, with a libuv
# of some versions): with the library as without.
node_refuses() {
  local mode
  need node
  [[ $(node -e 'process.setuid(process.getuid())' 2>&1) == *CVE-2024-22017* ]] || return
  for mode in bare one; do
    prepare_launch "$mode" "$BATS_TEST_TMPDIR/$mode" 60
    run "row_$1"
    [[ $status != 0 && $output == *CVE-2024-22017* && ! -s $out ]] || return
  done
}

row_node_setuid() {
  need node
  "${with[@]}" node -e 'process.setgroups([]); process.setgid(65534); process.setuid(65534)
require("child_process").execFileSync(process.argv[1], [process.argv[2]])' "$probe" "$out"
}
@test "bare node process.setuid, execFile" { node_refuses node_setuid || bare node_setuid; }
@test "C1 node process.setuid, execFile" { node_refuses node_setuid || kept node_setuid; }

row_node_worker() {
  need node
  "${with[@]}" node -e 'const {Worker} = require("worker_threads")
const worker = new Worker(`require("worker_threads").parentPort.once("message", command => {
  require("child_process").execFileSync(command[0], [command[1]]); process.exit() })`, {eval: true})
worker.once("online", () => { process.setuid(65534); worker.postMessage(process.argv.slice(1)) })' "$probe" "$out"
}
@test "bare node process.setuid, exec from a worker thread" { node_refuses node_worker || bare node_worker; }
@test "C1 node process.setuid, exec from a worker thread" { node_refuses node_worker || kept node_worker; }

# --- tcl

row_tcl() {
  need tclsh
  echo 'puts [package require Tclx]' | "${with[@]}" tclsh | grep -q . || skip_because tcl "tclx is not installed"
  # shellcheck disable=SC2016 # Tcl's variable
  printf '%s\n' 'package require Tclx' 'id userid 65534' 'exec {*}$argv' >"$dir/launcher.tcl"
  "${with[@]}" tclsh "$dir/launcher.tcl" "$probe" "$out"
}
@test "bare tcl, TclX id userid, exec" { bare tcl; }
@test "C1 tcl, TclX id userid, exec" { kept tcl; }

# --- C, and Go and Rust by way of libc

row_c_setuid() {
  need "$made/drop-dynamic"
  "${with[@]}" "$made/drop-dynamic" 65534 "$probe" "$out"
}
@test "bare C setuid, execvp" { bare c_setuid; }
@test "C1 C setuid, execvp" { kept c_setuid; }

# With cgo, syscall.Setuid goes through libc's setuid in all threads; syscall.Exec does not go through libc.
row_go_setuid() {
  need go gcc
  build_go setuid 1
  "${with[@]}" "$BATS_FILE_TMPDIR/setuid-1" "$probe" "$out"
}
@test "bare Go with cgo, syscall.Setuid, syscall.Exec" { bare go_setuid; }
@test "C1 Go with cgo, syscall.Setuid, syscall.Exec" { kept go_setuid; }

# pidfd_spawnp, where the standard library is of 1.80 or newer and glibc of 2.39; or else a fork.
row_rust_pidfd() {
  need rustc
  # That of rustup is one only where it finds a toolchain, which it looks for in HOME.
  rustc --version >/dev/null 2>&1 || skip_because rust_pidfd "rustc has no toolchain"
  # A stable compiler has it only when it is told that it is not one.
  [[ -x $BATS_FILE_TMPDIR/pidfd ]] ||
    RUSTC_BOOTSTRAP=1 rustc -o "$BATS_FILE_TMPDIR/pidfd" "$BATS_TEST_DIRNAME/../../launchers/pidfd.rs"
  "${with[@]}" "$BATS_FILE_TMPDIR/pidfd" "$probe" "$out"
}
@test "bare Rust, Command with a pidfd" { bare rust_pidfd; }
@test "C1 Rust, Command with a pidfd" { kept rust_pidfd; }
@test "C2 Rust, Command with a pidfd: a rule for the program" {
  prepare_launch one "$BATS_TEST_TMPDIR/program" 600
  with+=(CAPKEEP_PROGRAM="$probe")
  row_rust_pidfd
  assert_caps "$out" prm="$one" eff="$one" amb="$one" uid=65534
  assert_clean_environment
}

@test "each row of this file is tested" { every_row_is_tested "$BATS_TEST_FILENAME"; }
