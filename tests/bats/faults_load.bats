#!/usr/bin/env bats
# What the library does at load goes wrong (C8). All of the policy counts, or nothing does and that is said; the launcher
# goes on either way.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load lib/common
load probes

setup() {
  probes_setup
  cp "$probes/dump" "$work/dump"
  all="$keep_mask $keep_mask $keep_mask $keep_mask"
  nothing="$no_caps $no_caps $no_caps $no_caps"
  execute=(status path="$work/dump" execve)
  rule=(LD_PRELOAD="$lib" CAPKEEP_LOG=stderr CAPKEEP_AMBIENT="$keep")
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
