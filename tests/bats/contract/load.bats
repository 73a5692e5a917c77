#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# A launcher that runs for a year, in half a minute: 10,000 launches, two at a time, by a policy of 100 rules. Each program
# has exactly K (it judges itself), and of the launcher's own nothing is left over.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  folder=$BATS_RUN_TMPDIR/load-$BATS_TEST_NUMBER
  mkdir "$folder"
  chmod 711 "$folder"
}

# Three of the rules are for this launch, each with a capability of its own; all others are for other users, launchers
# and programs, and keep what must not arrive.
write_hundred_rules() {
  local i
  printf '[Policy]\nLog=%s\n' "$folder/log"
  for ((i = 1; i <= 97; i++)); do
    printf '[Keep other%d]\nAmbientCapabilities=CAP_SYS_ADMIN\n' "$i"
    case $((i % 3)) in
      0) printf 'User=%d\n' $((20000 + i)) ;;
      1) printf 'Launcher=/usr/sbin/launcher%d\n' "$i" ;;
      2) printf 'Program=/usr/sbin/program%d\nUser=%d\n' "$i" $((30000 + i)) ;;
    esac
  done
  printf '[Keep one]\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n'
  printf '[Keep two]\nUser=65533 nobody\nProgram=%s\nAmbientCapabilities=CAP_SYS_TIME\n' "$work/judge"
  printf '[Keep three]\nLauncher=%s\nAmbientCapabilities=CAP_NET_RAW\nOnFailure=refuse\n' "$probes/load"
}

@test "C1 C2 10,000 launches: each has exactly K, and nothing is left over" {
  cp "$probes/judge" "$work/judge"
  write_hundred_rules >"$folder/policy"
  [[ $(grep -c '^\[Keep ' "$folder/policy") == 100 ]]
  # CAP_NET_BIND_SERVICE (10), CAP_NET_RAW (13), CAP_SYS_TIME (25).
  capture load LD_PRELOAD="$lib" CAPKEEP_POLICY="$folder/policy" timeout 1500 "$probes/load" 10000 2 65534 "$work/judge" \
    0000000002002400 65534
  cat "$runs/load"
  grep -qx '10000 of 10000' "$runs/load"
  local before after pattern='([0-9]+) descriptors, ([0-9]+) kB, no children'
  before=$(grep '^before' "$runs/load") after=$(grep '^after' "$runs/load")
  [[ $before =~ $pattern ]]
  local descriptors=${BASH_REMATCH[1]} memory=${BASH_REMATCH[2]}
  [[ $after =~ $pattern ]]
  [[ ${BASH_REMATCH[1]} == "$descriptors" ]]
  # Not a byte for each launch: 64 kB is less than seven.
  ((BASH_REMATCH[2] <= memory + 64))
  # And not a line is missing from the log.
  [[ $(grep -c '^capkeep\[[0-9]*\]: event=kept .* kept=cap_net_bind_service,cap_net_raw waiting=cap_sys_time$' \
    "$folder/log") == 10000 && $(wc -l <"$folder/log") == 10000 ]]
}

@test "load: a program that has not exactly K is seen" {
  cp "$probes/judge" "$work/judge"
  capture load "${matching[@]}" "$probes/load" 200 2 65534 "$work/judge" 0000000002002400 65534
  grep -qx '0 of 200' "$runs/load"
}
