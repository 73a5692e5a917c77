#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The model of the kernel's capability rules, held against the kernel that runs here. The cases are drawn from the time
# of day; one that does not agree is printed with a line that `kernel_compare --case` runs again. Status 77 says that
# the place is not fit for it, and why.
# shellcheck disable=SC2154 # the variables that find_what_is_tested sets

load ../lib/common

setup() {
  bats_require_minimum_version 1.5.0
  find_what_is_tested
  compare=$build/tests/probes/kernel_compare
  [[ -x $compare ]]
}

# compared ARGUMENT…: runs it; $output and $status are its.
compared() {
  run "$compare" "$@"
  [[ $status -ne 77 ]] || skip_because kernel_compare "${lines[-1]}"
}

@test "model: 20,000 cases end as the model says, or in a long run 1,000,000" {
  local cases=20000
  [[ ${CAPKEEP_TEST_LONG-0} != 1 ]] || cases=1000000
  compared --cases "$cases"
  echo "$output"
  [[ $status -eq 0 && ${lines[-1]} == "$cases cases, 0 disagreements, "* ]]
}

@test "model: a case is run again from its line" {
  compared --cases 40 --seed 1 --print
  [[ $status -eq 0 ]]
  local -a cases=()
  mapfile -t cases < <(grep '^call=' <<<"$output" | sort -u -t ' ' -k 1,1)
  ((${#cases[@]} >= 5))
  for line in "${cases[@]}"; do
    compared --print --case "$line"
    [[ $status -eq 0 && ${lines[0]} == "$line" && ${lines[-1]} == agreed ]]
  done
}

@test "model: a state that cannot be reached is no agreement" {
  compared --case 'call=setuid ambient=0x1'
  [[ $status -eq 1 && ${lines[0]} == "disagreement: --case 'call=setuid ambient=0x1'" && ${lines[-1]} == disagreed ]]
  compared --case 'call=setuid permitted=what'
  [[ $status -eq 1 && ${lines[0]} == 'not a case: '* ]]
}
