#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The policy in force is one object that nobody can write to, and neither can what the library knows of itself: whoever
# tries crashes, also a child of vfork, which leaves its parent whole.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  folder=$BATS_RUN_TMPDIR/sealed-$BATS_TEST_NUMBER
  mkdir "$folder"
  printf '[Keep sealed]\nUser=nobody\nProgram=%s\nAmbientCapabilities=%s\n' "$work/dump" "$keep" >"$folder/policy"
}

# tried RULE VAR=VALUE…: all that the probe found, and that every try to write to it ended in a crash.
tried() {
  local rule=$1
  shift
  capture tried "${preload[@]}" "$@" "$probes/sealed" "$rule"
  cat "$runs/tried"
  grep -qx 'status: 0' "$runs/tried"
  run ! grep -E ': (WRITTEN|another signal)' "$runs/tried"
  for hand in here thread kernel vfork; do
    # Nine places in the policy; the state and the table of functions of the library, which have pages of their own.
    (($(grep -c "^policy r--p $hand: crashed" "$runs/tried") >= 8))
    (($(grep -c "^library r--p $hand: crashed" "$runs/tried") >= 12))
  done
  grep -qx 'ways in: 0' "$runs/tried"
}

@test "C8 sealed: a policy from a file, and what points to it" { tried sealed CAPKEEP_POLICY="$folder/policy"; }
@test "C8 sealed: a policy from the environment, and what points to it" { tried environment CAPKEEP_AMBIENT="$keep"; }

@test "C8 sealed: the library has no writable memory but a few pages" {
  tried sealed CAPKEEP_POLICY="$folder/policy"
  awk '/^library rw/ { sum += $3 } END { exit !(sum > 0 && sum <= 3 * 65536) }' "$runs/tried"
  run ! grep -E '^library .w?x' "$runs/tried"
}

@test "C8 sealed: nothing of the library's file stays writable, its table of imports neither" {
  # A shell, which calls execve; in cat nothing could call a wrapper.
  capture armed "${preload[@]}" CAPKEEP_POLICY="$folder/policy" bash -c 'printf "%s\n" "$(</proc/self/maps)"'
  grep -q ' r-xp .*/libcapkeep\.so$' "$runs/armed"
  run ! grep -E ' .w.. .*/libcapkeep\.so$' "$runs/armed"
}

@test "C8 sealed: what is tried in vain changes nothing" {
  # The process whose memory it was, and which the children of vfork shared: it drops, and executes.
  capture after "${preload[@]}" CAPKEEP_POLICY="$folder/policy" "$probes/sealed" sealed 65534 "$work/dump"
  assert_sets after "dump $keep_mask $keep_mask $keep_mask $keep_mask"
}
