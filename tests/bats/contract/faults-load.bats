#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the library does at load goes wrong (C8): each function of the C library that it calls fails in turn, what it looks
# up calls the library's own functions, the environment is too large. All of the policy counts, or nothing does and that
# is said; the launcher goes on either way.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

# What the shell in a private mount namespace has to know.
inner_variables+=(probes work runs base dropped execute all nothing)

setup() {
  probes_setup
  all="$keep_mask $keep_mask $keep_mask $keep_mask"
  execute=(status path="$work/dump" execve)
  rule=(LD_PRELOAD="$lib" CAPKEEP_LOG=stderr CAPKEEP_AMBIENT="$keep")
}

# kept_or_told: two rules, and never one of them alone.
kept_or_told() {
  grep -qx 'setresuid = 0' "$runs/now" && grep -q ^Name:$'\t'dump "$runs/now" || return 1
  [[ $(sets now) == "call $keep_mask"*$'\n'"dump $all" ]] && return
  [[ $(sets now) == "call $nothing"$'\n'"dump $nothing" ]] && grep -q '^capkeep.*event=policy-error keeping=nothing ' "$runs/now"
}

# each_function VAR=VALUE…: the Nth call of a C library function at load fails, for every N. Sets `count`.
each_function() {
  local error failed=0
  # EPERM, ENOSYS, EINTR, ENOMEM and EMFILE as numbers.
  for error in 1 38 4 12 24; do
    for ((count = 1; count < 400; count++)); do
      capture now FAULT_LIBC="any,$error,$count" LD_PRELOAD="$probes/fault_libc.so $lib" "$@" "$probes/call" \
        "${dropped[@]}" "${execute[@]}"
      grep -q '^fault: ' "$runs/now" || break
      kept_or_told || { failed=1; echo "$error: $(grep '^fault: ' "$runs/now") $(sets now)"; }
    done
  done
  ((count < 400 && failed == 0))
}

write_rules() {
  printf '[Policy]\nLog=stderr\n[Keep one]\nUser=nobody\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n' >"$1"
  printf '[Keep two]\nLauncher=%s\nProgram=%s\nAmbientCapabilities=CAP_SYS_TIME\n' "$probes/call" "$work/link" >"$2"
}

@test "C8 at load: each function that the library calls fails once, with a policy file" {
  ln -s "$work/dump" "$work/link"
  write_rules "$work/one" "$work/two"
  cat "$work/one" "$work/two" >"$BATS_TEST_TMPDIR/policy"
  # In a folder that nobody else can write to.
  each_function CAPKEEP_POLICY="$(own_directory)/policy"
  ((count > 20))
}

@test "C8 at load: a file that is replaced between the look at it and its opening is none" {
  local folder
  printf '[Policy]\nLog=stderr\n[Keep it]\nAmbientCapabilities=%s\n' "$keep" >"$BATS_TEST_TMPDIR/policy"
  folder=$(own_directory)
  cp "$folder/policy" "$folder/other"
  capture now LD_PRELOAD="$probes/fault_libc.so $lib" CAPKEEP_POLICY="$folder/policy" "$probes/call" "${dropped[@]}" status
  assert_sets now "call $all"
  capture now FAULT_REPLACE="$folder/other" LD_PRELOAD="$probes/fault_libc.so $lib" CAPKEEP_POLICY="$folder/policy" \
    "$probes/call" "${dropped[@]}" status
  [[ ! -e $folder/other ]]
  assert_sets now "call $nothing"
  grep -q 'event=policy-error keeping=nothing .*: replaced while it was being opened$' "$runs/now"
}

# Prints a folder of root's own in which the policy of the test is: the tests' own folders are open to all.
own_directory() {
  local directory=$BATS_RUN_TMPDIR/faults
  mkdir -p "$directory"
  chmod 755 "$directory"
  cp "$BATS_TEST_TMPDIR/policy" "$directory/policy"
  echo "$directory"
}

@test "C8 at load: each function that the library calls fails once, with installed files" {
  can_unshare --mount || skip_because "installed policy files" "no private mount namespace to be had"
  ln -s "$work/dump" "$work/link"
  private_mounts installed_files
}

installed_files() {
  cp -a /etc "$BATS_TEST_TMPDIR/etc"
  mount --bind "$BATS_TEST_TMPDIR/etc" /etc
  mkdir -p /etc/capkeep/capkeep.conf.d
  chmod -R go-w /etc/capkeep
  printf '[Policy]\nLog=stderr\n' >/etc/capkeep/capkeep.conf
  write_rules /etc/capkeep/capkeep.conf.d/1.conf /etc/capkeep/capkeep.conf.d/2.conf
  each_function
  ((count > 25))
}

@test "C8 at load: an environment that is too much to go along keeps nothing" {
  local many=()
  for ((i = 0; i < 24; i++)); do
    many+=("CAPKEEP_LATER_$i=x")
  done
  capture now "${rule[@]}" "${many[@]}" "$probes/call" "${dropped[@]}" status
  assert_sets now "call $nothing"
  grep -q 'event=policy-error keeping=nothing ' "$runs/now"
  capture now "${rule[@]}" CAPKEEP_LATER="$(printf '%020000d' 0)" "$probes/call" "${dropped[@]}" status
  assert_sets now "call $nothing"
}

@test "C8 at load: what looks an account up may call the library's own functions, as libnss_systemd does" {
  rule=(LD_PRELOAD="$probes/nss_calls.so $lib" CAPKEEP_LOG=stderr CAPKEEP_AMBIENT="$keep")
  capture now "${rule[@]}" CAPKEEP_USER=nobody "$probes/call" "${dropped[@]}" "${execute[@]}"
  assert_sets now "call $all" "dump $all"
  grep -qx 'called from the constructor: 0 0 0' "$runs/now"
  capture now "${rule[@]}" CAPKEEP_USER=no-such-user "$probes/call" "${dropped[@]}" "${execute[@]}"
  assert_sets now "call $nothing" "dump $nothing"
  grep -q 'event=policy-error keeping=nothing CAPKEEP_USER: unknown user ' "$runs/now"
}
