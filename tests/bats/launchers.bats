#!/usr/bin/env bats
# bats file_tags=launchers
# Real launchers, one row each: the program has exactly the capabilities asked for (C1, C2), its environment is clean
# (C4), and without capkeep, or where no rule matches (C5), it has none. Judged from /proc/self/status.

setup() {
  lib=${CAPKEEP_TEST_LIB:?}
  [[ -r $lib ]]
  # The suite's own variables bear the prefix too, and a program that is no longer root must see none.
  unset "${!CAPKEEP_@}"
  show=/bin/sh
  show_script=$BATS_TEST_TMPDIR/show
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR"/.. 2>/dev/null || true
  printf '#!/bin/sh\ngrep -E "^(Uid|CapPrm|CapEff|CapAmb):" /proc/self/status\nenv | grep -E "^(LD_PRELOAD|CAPKEEP_)"\nexit 0\n' >"$show_script"
  chmod 755 "$show_script"
}

# expected MASK: what the program prints when permitted, effective and ambient are all MASK.
expected() {
  printf 'Uid:\t65534\t65534\t65534\t65534\nCapPrm:\t%s\nCapEff:\t%s\nCapAmb:\t%s\n' "$1" "$1" "$1"
}

none=0000000000000000
bind_and_time=0000000002000400

check() {
  local launcher=$1
  if ! command -v "$launcher" >/dev/null; then
    skip "$launcher is not installed"
  fi
  diff -u <(expected "$none") <("$@")
  diff -u <(expected "$bind_and_time") \
    <(env LD_PRELOAD="$lib" CAPKEEP_AMBIENT='cap_net_bind_service cap_sys_time' CAPKEEP_LOG=none "$@")
  diff -u <(expected "$none") \
    <(env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_USER=4242424 CAPKEEP_LOG=none "$@")
}

@test "C1 start-stop-daemon" { check start-stop-daemon --start --chuid nobody --exec "$show" -- "$show_script"; }
@test "C1 runuser -u" { check runuser -u nobody -- "$show" "$show_script"; }
@test "C4 runuser - (cleaned environment)" { check runuser - nobody -s "$show" -c "$show $show_script"; }
@test "C1 su" { check su nobody -s "$show" -c "$show $show_script"; }
@test "C1 setpriv" { check setpriv --reuid nobody --clear-groups "$show" "$show_script"; }
@test "C1 capsh" { check capsh --user=nobody --shell="$show" -- "$show_script"; }
@test "C1 chroot --userspec" { check chroot --userspec=nobody / "$show" "$show_script"; }
@test "C1 chpst" { check chpst -u nobody "$show" "$show_script"; }
@test "C1 setuidgid" { check setuidgid nobody "$show" "$show_script"; }
@test "C1 s6-setuidgid" { check s6-setuidgid nobody "$show" "$show_script"; }
@test "C4 env -i" { check env -i "$(command -v setpriv)" --reuid 65534 --clear-groups "$show" "$show_script"; }
@test "C1 sudo" { check sudo -n -u nobody "$show" "$show_script"; }
@test "C2 perl: real and effective uid, saved uid left" {
  check perl -e '$< = $> = 65534; exec @ARGV' "$show" "$show_script"
}
@test "C1 python3: os.setuid and exec" {
  check /usr/bin/python3 -c 'import os, sys; os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])' "$show" "$show_script"
}
@test "C1 python3: subprocess with user=" {
  check /usr/bin/python3 -c 'import subprocess, sys; subprocess.run(sys.argv[1:], user=65534)' "$show" "$show_script"
}
@test "C1 python3: every thread, exec from another one" {
  check /usr/bin/python3 -c 'import os, sys, threading
go = threading.Event()
threading.Thread(target=lambda: (go.wait(), os.execv(sys.argv[1], sys.argv[1:]))).start()
os.setuid(65534)
go.set()' "$show" "$show_script"
}
@test "C1 ruby" {
  check ruby -e 'Process::UID.change_privilege(65534); exec(*ARGV)' "$show" "$show_script"
}

@test "C3 bounding set and no_new_privs" {
  run env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_BOUNDING=cap_sys_time CAPKEEP_NO_NEW_PRIVS=yes \
    CAPKEEP_LOG=none setpriv --reuid nobody --clear-groups grep -E '^(CapBnd|CapAmb|NoNewPrivs):' /proc/self/status
  diff -u <(printf 'CapBnd:\t0000000002000000\nCapAmb:\t0000000002000000\nNoNewPrivs:\t1\n') <(echo "$output")
}

# amb_of PROGRAM ARG...: ambient of a program where the rule is for /bin/sh alone.
amb_of() {
  env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_PROGRAM=/bin/sh CAPKEEP_LOG=none \
    setpriv --reuid nobody --clear-groups "$@"
}

@test "C2 the rule's program gets it, also by the file that its link resolves to" {
  diff -u <(printf 'CapAmb:\t0000000002000000\n') <(amb_of /bin/sh -c 'grep CapAmb /proc/self/status')
  diff -u <(printf 'CapAmb:\t0000000002000000\n') <(amb_of /usr/bin/dash -c 'grep CapAmb /proc/self/status')
}

@test "C2 another program than the rule's gets nothing" {
  diff -u <(printf 'CapAmb:\t0000000000000000\n') <(amb_of grep CapAmb /proc/self/status)
}

@test "C6 OnFailure=refuse makes the exec fail with EPERM" {
  run env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=63 CAPKEEP_ON_FAILURE=refuse CAPKEEP_LOG=none \
    perl -e '$< = $> = 65534; exec "/bin/true"; exit($! == 1 ? 42 : 43)'
  [[ $status -eq 42 ]]
}

@test "C7 a launcher that probes its drop sees it fail" {
  run env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_LOG=none /usr/bin/python3 -c '
import os
os.setuid(65534)
try:
    os.setuid(0)
except PermissionError:
    print("refused")'
  [[ $output == refused ]]
}

@test "C8 an invalid policy keeps nothing and says so in one line" {
  run env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_sys_tine perl -e '$< = $> = 65534; exec "grep", "CapAmb", "/proc/self/status"'
  [[ $output == *"did you mean cap_sys_time?"* && $output == *$'CapAmb:\t0000000000000000' ]]
}
