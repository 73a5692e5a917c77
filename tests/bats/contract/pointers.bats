#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C5: what is no memory is the kernel's to refuse: EFAULT, and no crash in the library, which looks at paths, arguments,
# environments and capset's structures before the kernel does. (Where all rules are for other launchers it may make no system
# call, and cannot tell.)
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  [[ -x $probes/pointers ]] || skip_because "$BATS_TEST_DESCRIPTION" "this C library has no names of errors"
}

# efault UID: bare each case is EFAULT; so it is with each kind of rule.
efault() {
  local policy
  capture bare "$probes/pointers" "$1"
  [[ $(grep -c ': EFAULT$' "$runs/bare") -gt 150 ]]
  run ! grep -E ': (success|ended|E[^F])' "$runs/bare"
  for policy in CAPKEEP_USER=4242424 CAPKEEP_PROGRAM=/bin/true CAPKEEP_DESCENDANTS=no CAPKEEP_GUARD=yes CAPKEEP_METHOD="$bin"; do
    capture matching "${matching[@]}" "$policy" "$probes/pointers" "$1"
    same bare matching
  done
}

@test "C5 a bad pointer is EFAULT, as root: execve execv execvpe fexecve execveat posix_spawn posix_spawnp capset syscall" { efault 0; }
@test "C5 a bad pointer is EFAULT, as a user: execve execv execvpe fexecve execveat posix_spawn posix_spawnp capset syscall" { efault 65534; }
