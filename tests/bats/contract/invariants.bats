#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The contract (C1, C2, C5, C6, C7) held against the kernel in random states, by random calls, with random policies; in
# every fourth case the kernel refuses the library a call as well. 5,000 cases, 100,000 by `scripts/test --long`; a case
# that fails is printed as one line that `invariants --case` runs again. Status 77 says that the place is not fit for it.
# shellcheck disable=SC2154 # the variables that find_what_is_tested sets

load ../lib/common

setup() {
  bats_require_minimum_version 1.5.0
  find_what_is_tested
  cases=$((${CAPKEEP_TEST_LONG:-0} == 1 ? 100000 : 5000))
  hide_suite_environment
  invariants=("$build/tests/probes/invariants" --library "$lib")
  [[ -x ${invariants[0]} ]]
}

# held ARGUMENT…: runs it; $output and $status are its.
held() {
  run "${invariants[@]}" "$@"
  echo "$output"
  [[ $status -ne 77 ]] || skip_because invariants "${lines[-1]}"
}

@test "C1 C2 C5 C6 C7 random states, calls and policies" {
  held --cases "$cases"
  [[ $status -eq 0 && ${lines[0]} == 'seed '* && ${lines[-1]} == "$cases cases, 0 failed" ]]
  # Each wrapped call was made.
  run ! grep -qE '(^|, )[a-z_-]+ 0(,|$)' <<<"${lines[-2]}"
}

@test "invariants: a case is run again from its line, and what does not hold is seen" {
  held --cases 60 --seed 1 --print
  [[ $status -eq 0 ]]
  local line
  while read -r line; do
    held --case "$line"
    [[ $status -eq 0 && ${lines[-1]} == holds ]]
  done < <(grep -h '^rule=' <<<"$output" | head -n 3)
  held --case 'setuid=what'
  [[ $status -eq 1 && ${lines[0]} == 'not a case: '* ]]
  # Another library than ours keeps nothing: the case fails, and is made smaller.
  invariants=("$build/tests/probes/invariants" --library "$build/tests/probes/second_preload.so")
  held --cases 200 --seed 1
  [[ $status -eq 1 && $output == *"  --case 'rule="* ]]
}

# Lines that random cases have found: each holds for every launcher of its kind.
@test "C5 C6 posix_spawnp: a call that is refused to its search leaves the program unknown, not missing" {
  local start='uids=0x3e9,0x3e9,0x3e9 permitted=0 effective=0 inheritable=0 ambient=0 bounding=0x1 securebits=0 no_new_privs=0'
  local call
  for ((call = 1; call <= 16; call++)); do
    held --case "rule=0x2000000000,0,0,0,0,0x1,0,0 $start posix_spawnp=0x1,0x1,0 fault=any,EINTR,$call"
    [[ $status -eq 0 && ${lines[-1]} == holds ]]
    held --case "rule=0x2000000000,0,0,0,0,0,0,0 ${start/uids=0x3e9,0x3e9,0x3e9/uids=0,0,0} posix_spawnp=0x1,0x1,0 fault=any,EPERM,$call"
    [[ $status -eq 0 && ${lines[-1]} == holds ]]
  done
}
