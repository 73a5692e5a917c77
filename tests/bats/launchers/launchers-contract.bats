#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the contract says beyond "the program has it": rules for a program, failure, probing launchers, bad policies.

load ../lib/common

setup() {
  find_what_is_tested
  hide_suite_environment
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
