# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables for the files that load it, and from lib/common
# For the files that have an operation in the middle of another, by the tracer of tests/probes/interleave.c. Load it after
# lib/common.

interleave_setup() {
  bats_require_minimum_version 1.5.0
  find_what_is_tested
  hide_suite_environment
  interleave=$build/tests/probes/interleave
  racy=$build/tests/probes/interleave_racy.so
  [[ -x $interleave ]] || skip_because interleave "it knows the registers of x86-64 and arm64 alone"
}

# interleaved LIBRARY ARGUMENT…: runs it; $output and $status are its.
interleaved() {
  run "$interleave" --library "$@"
  tail -n 40 <<<"$output"
  [[ $status -ne 77 ]] || skip_because interleave "${lines[-1]}"
}

# held LIBRARY ARGUMENT…: nothing else comes of any case than what comes of one operation after the other.
held() {
  interleaved "$@"
  [[ $status -eq 0 && ${lines[-1]} == *' cases, 0 violations' && ${#lines[@]} -eq 1 ]]
}

# held_by_ours ARGUMENT…: all operations and policies, where that is asked for.
held_by_ours() {
  local all=(--long)
  ((long)) || all=()
  held "$lib" "${all[@]}" "$@"
}

# seen TEXT ARGUMENT…: it is told of a library that does not hold.
seen() {
  interleaved "$racy" --policy none --outer setuid "${@:2}"
  [[ $status -eq 1 && $output == *"$1"* ]]
}
