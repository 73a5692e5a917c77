#!/usr/bin/env bats
# bats file_tags=slow
# C1, C2, C5, whatever happens in between: a tracer stops a launcher at the entry and at the exit of each system call of an
# operation, and there a signal handler, or another thread, does another one (tests/probes/interleave.c). What comes of it is
# what the two give one after the other. `scripts/test --long` takes all operations with all policies.
# shellcheck disable=SC2154 # the variables that find_what_is_tested sets

load lib/common

setup() {
  bats_require_minimum_version 1.5.0
  find_what_is_tested
  hide_suite_environment
  interleave=$build/tests/probes/interleave
  [[ -x $interleave ]] || skip_because interleave "it knows the registers of x86_64 alone"
}

# interleaved LIBRARY ARGUMENT…: runs it; $output and $status are its.
interleaved() {
  run "$interleave" --library "$@"
  tail -n 40 <<<"$output"
  [[ $status -ne 77 ]] || skip_because interleave "${lines[-1]}"
}

@test "interleave: without a library everything holds, and what does not hold is seen" {
  interleaved none --policy none --long
  [[ $status -eq 0 && ${lines[-1]} == *' cases, 0 violations' && ${#lines[@]} -eq 1 ]]
  interleaved "$build/tests/probes/interleave_racy.so" --policy none --outer setuid --inner drop
  [[ $status -eq 1 && $output == *"capabilities at the user's uid, and no rule gives any"* ]]
  interleaved "$build/tests/probes/interleave_racy.so" --policy none --outer setuid --inner jump
  [[ $status -eq 1 && $output == *'KEEPCAPS or the securebits are not as the launcher set them'* ]]
  interleaved "$build/tests/probes/interleave_racy.so" --policy none --outer setuid --inner keepcaps-get
  [[ $status -eq 1 && $output == *'PR_GET_KEEPCAPS answers with ours'* ]]
}

@test "interleave: with two threads as well" {
  interleaved none --threads --policy none --long
  [[ $status -eq 0 && ${lines[-1]} == *' cases, 0 violations' && ${#lines[@]} -eq 1 ]]
  interleaved "$build/tests/probes/interleave_racy.so" --threads --policy none --outer setuid --inner drop
  [[ $status -eq 1 && $output == *"capabilities at the user's uid, and no rule gives any"* ]]
}
