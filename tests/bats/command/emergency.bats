#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an administrator needs when something is wrong: the switch, an account that is gone, another package's mistake, no
# rule left, --if-possible. Judged by whether the launcher starts, and by what the kernel says of its program.

load ../lib/common
load ../lib/probes
load ../lib/policies

setup_file() {
  etc_setup_file
}

setup() {
  policies_setup
  drop=(setpriv --reuid nobody --clear-groups)
  state=(grep -hE '^(Uid|CapPrm|CapAmb|CapBnd|NoNewPrivs):' /proc/self/status)
}

# assert_without COMMAND…: the program ran, as nobody and without a capability; the bounding set is whole.
assert_without() {
  local bounding
  bounding=$(grep '^CapBnd:' /proc/self/status)
  diff -u <(printf 'Uid:\t65534\t65534\t65534\t65534\nCapPrm:\t%s\n%s\nCapAmb:\t%s\nNoNewPrivs:\t0\n' "$no_caps" "$bounding" \
    "$no_caps") <("$@" 2>"$work/said")
}

# assert_with MASK COMMAND…
assert_with() {
  local mask=$1
  shift
  [[ $("$@" 2>"$work/said" | grep '^CapAmb:') == $'CapAmb:\t'"$mask" ]]
}

# Each method of `run`.
each_way() {
  ways=("--method=auto" "--method=preload" "--method=ptrace" "--method=securebits")
}

@test "C5 CAPKEEP_DISABLE: yes, true, on and 1 switch everything off, in every method of run and by -u" {
  local way value
  each_way
  for value in 1 yes TRUE on; do
    for way in "${ways[@]}"; do
      assert_without env CAPKEEP_DISABLE="$value" "$bin" run "$way" -a "$keep" -- "${drop[@]}" "${state[@]}"
      [[ $(<"$work/said") == "capkeep: run: CAPKEEP_DISABLE is set: setpriv starts without capkeep" ]]
    done
    assert_without env CAPKEEP_DISABLE="$value" "$bin" run -u nobody -a "$keep" -b "$keep" --no-new-privs -- "${state[@]}"
    capture off "${matching[@]}" CAPKEEP_DISABLE="$value" "$probes/call" "${steps[@]}"
    assert_kept off "$no_caps"
  done
  # Also where the policy has a mistake, or refuses, and nothing else would start.
  assert_without env CAPKEEP_DISABLE=1 "$bin" run -a cap_kil -- "${drop[@]}" "${state[@]}"
  assert_without env CAPKEEP_DISABLE=1 "$bin" run -a "$keep" --on-failure refuse -- "${drop[@]}" "${state[@]}"
  run -7 env CAPKEEP_DISABLE=1 "$bin" run -a "$keep" -- sh -c 'exit 7'
  run -127 env CAPKEEP_DISABLE=1 "$bin" run -a "$keep" -- /nonexistent
}

@test "C5 CAPKEEP_DISABLE: no, false, off and 0 switch nothing off" {
  local value
  for value in 0 no False off; do
    assert_with "$keep_mask" env CAPKEEP_DISABLE="$value" "$bin" run -a "$keep" -- "${drop[@]}" "${state[@]}"
    assert_with "$keep_mask" env CAPKEEP_DISABLE="$value" "$bin" run -u nobody -a "$keep" -- "${state[@]}"
    capture on "${matching[@]}" CAPKEEP_DISABLE="$value" "$probes/call" "${steps[@]}"
    assert_kept on "$keep_mask"
  done
}

@test "C8 CAPKEEP_DISABLE: anything else is a mistake that is told, and keeps nothing" {
  local value
  capture bare "$probes/call" "${steps[@]}"
  for value in ture 2 '' y; do
    capture wrong "${matching[@]}" CAPKEEP_DISABLE="$value" "$probes/call" "${steps[@]}"
    assert_refused wrong "CAPKEEP_DISABLE: neither yes nor no: \"$value\""
    assert_not_run "CAPKEEP_DISABLE: neither yes nor no: \"$value\"" CAPKEEP_DISABLE="$value" "$bin" run -a "$keep" --
    assert_not_run "CAPKEEP_DISABLE: neither yes nor no: \"$value\"" CAPKEEP_DISABLE="$value" "$bin" run -u nobody -a "$keep" --
  done
}

@test "C2 C8 an account that is gone: its rule is for nobody, is told, and the others count" {
  write_policy "$policy" '[Keep gone]' 'User=gone' "AmbientCapabilities=$time" 'CapabilityBoundingSet=cap_sys_time' \
    'OnFailure=refuse' '[Keep here]' 'User=nobody gone2' "AmbientCapabilities=$bind"
  assert_with "$bind_mask" "$bin" run --policy "$policy" --log none -- "${drop[@]}" "${state[@]}"
  diff -u - <(sed -E 's/^[^:]*:|; did you mean .*//g' "$work/said") <<'SAID'
2: warning: User=: unknown user "gone"
7: warning: User=: unknown user "gone2"
SAID
  assert_with "$bind_mask" "$bin" run -u nobody --policy "$policy" --log none -- "${state[@]}"
  # By the library alone: the first is told in its log.
  capture preloaded LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" CAPKEEP_LOG=stderr "$probes/call" "${steps[@]}"
  assert_kept preloaded "$bind_mask"
  [[ $(said_by preloaded) == *"event=policy-warning $policy:2: User=: unknown user \"gone\""* ]]
  capture preloaded LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" CAPKEEP_LOG=none "$probes/call" "${steps[@]}"
  [[ ! $(said_by preloaded) ]]
  # With no other user it is for nobody, and not for any.
  write_policy "$policy" '[Keep gone]' 'User=gone' "AmbientCapabilities=$time"
  assert_without "$bin" run --policy "$policy" --log none -- "${drop[@]}" "${state[@]}"
  run -125 "$bin" run -u nobody --policy "$policy" -- true
  [[ $output == *"no rule of the policy is for user nobody" ]]
  run -0 "$bin" check --policy "$policy"
  run -1 "$bin" check --strict --policy "$policy"
  run -1 "$bin" convert --to setpriv --policy "$policy" gone
  run -1 "$bin" convert --to pam_cap --policy "$policy" gone
  # On the command line nothing is gone: it is written now.
  assert_not_run '--for-user: unknown user "gone"' "$bin" run -a "$time" --for-user gone --
}

@test "C2 C8 a mistake in a rule of other launchers stops none but those" {
  local other
  other=$(realpath "$(command -v capsh)")
  write_policy "$policy" '[Keep stray]' "Launcher=$other" 'AmbientCapabilities=cap_tpyo' '[Keep here]' 'User=nobody' \
    "AmbientCapabilities=$bind"
  assert_with "$bind_mask" "$bin" run --policy "$policy" --log none -- "${drop[@]}" "${state[@]}"
  grep -q "^$policy:3: error: AmbientCapabilities=: unknown capability" "$work/said"
  assert_with "$bind_mask" "$bin" run -u nobody --policy "$policy" --log none -- "${state[@]}"
  capture preloaded LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" "$probes/call" "${steps[@]}"
  assert_kept preloaded "$bind_mask"
  # The launcher itself keeps nothing of any rule, and is not started by run; it is told in it.
  assert_not_run "$policy:3: error: " "$bin" run --policy "$policy" -- "$other" --user=nobody -- -c 'exec "$0"'
  LD_PRELOAD=$lib CAPKEEP_POLICY=$policy CAPKEEP_LOG=none run -0 --separate-stderr "$other" --user=nobody -- -c 'exec "$@"' - "${state[@]}"
  [[ $output == *$'CapAmb:\t'"$no_caps"* && $stderr == *"event=policy-error keeping=nothing $policy:3: "* ]]
  # What a shell, or a supervisor, will start cannot be known; nor can check know the launcher.
  assert_not_run "$policy:3: error: " "$bin" run --policy "$policy" -- sh -c 'exec "$0" "$@"'
  run -125 "$bin" run --method=ptrace --policy "$policy" -- touch "$work/started"
  [[ $output == *"no rule may have a mistake" && ! -e $work/started ]]
  run -1 "$bin" check --policy "$policy"
  # A line that may have been another Launcher=, and a rule without one, are for any.
  for line in "Launchr=/usr/bin/x" "Launcher=x" nonsense; do
    write_policy "$policy" '[Keep stray]' "Launcher=$other" "$line" '[Keep here]' 'User=nobody' "AmbientCapabilities=$bind"
    assert_not_run "$policy:3: error: " "$bin" run --policy "$policy" --
  done
  write_policy "$policy" '[Keep stray]' 'AmbientCapabilities=cap_tpyo' '[Keep here]' "AmbientCapabilities=$bind"
  assert_not_run "$policy:2: error: " "$bin" run --policy "$policy" --
}

@test "C5 no rule at all: the launcher starts, as it would without capkeep, and that is said" {
  local way
  etc_setup
  each_way
  for way in "${ways[@]}"; do
    assert_without "${in_etc[@]}" "$bin" run "$way" -- "${drop[@]}" "${state[@]}"
    [[ $(<"$work/said") == "capkeep: run: nothing to keep: there is no rule"*"/setpriv starts without" ]]
  done
  run ! grep -qE '^(LD_PRELOAD|CAPKEEP_)' <("${in_etc[@]}" "$bin" run -- env 2>"$work/said")
  run -7 "${in_etc[@]}" "$bin" run -- sh -c 'exit 7'
  run -125 "${in_etc[@]}" "$bin" run -u nobody -- true
}

@test "C5 run --if-possible: where nothing can be kept, it says why and starts, by every method" {
  local way
  each_way
  for way in "${ways[@]}"; do
    assert_without "$bin" run --if-possible "$way" -a cap_kil -- "${drop[@]}" "${state[@]}"
    diff -u - "$work/said" <<SAID
capkeep: error: -a: unknown capability "cap_kil"; did you mean cap_kill?
capkeep: run: $(command -v setpriv) starts without it
SAID
    run ! grep -qE '^(LD_PRELOAD|CAPKEEP_)' <("$bin" run --if-possible "$way" -a cap_kil -- env 2>"$work/said")
  done
  assert_without "$bin" run --if-possible --method=securebits -a "$keep" --guard -- "${drop[@]}" "${state[@]}"
  assert_without env LD_PRELOAD=/nonexistent/libcapkeep.so "$bin" run --if-possible -a "$keep" -- "${drop[@]}" "${state[@]}"
  # What can be kept is.
  for way in "${ways[@]}"; do
    assert_with "$keep_mask" "$bin" run --if-possible "$way" -a "$keep" --log none -- "${drop[@]}" "${state[@]}"
  done
}

@test "C5 run --if-possible -u: the user is taken on all the same" {
  assert_without "$bin" run --if-possible -u nobody -a cap_kil -- "${state[@]}"
  assert_without "$bin" run --if-possible -u nobody -a "$keep" --for-user daemon --log none -- "${state[@]}"
  assert_without "$bin" run --if-possible -u nobody -a "$keep" --for-program /bin/false --log none -- "${state[@]}"
  assert_with "$keep_mask" "$bin" run --if-possible -u nobody -a "$keep" --log none -- "${state[@]}"
  run -125 "$bin" run --if-possible -u no-such-user -a "$keep" -- true
}

@test "C6 run --if-possible: a rule that refuses refuses" {
  local way
  for way in --method=securebits --method=preload --user=nobody; do
    run -125 setpriv --bounding-set -sys_time "$bin" run --if-possible "$way" -a cap_sys_time --on-failure refuse -- touch "$work/started"
    [[ ! -e $work/started ]]
  done
}

@test "C6 run --if-possible: what is half prepared does not start" {
  # PR_SET_SECUREBITS, which comes last, when ambient is raised already.
  run -125 "$build/tests/probes/forbid" prctl=28 -- "$bin" run --if-possible --method=securebits -a cap_net_bind_service -- \
    touch "$work/started"
  [[ $output == *PR_SET_SECUREBITS* && ! -e $work/started ]]
}
