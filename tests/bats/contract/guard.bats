#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The launcher's own capset and prctl: honoured by default, and with Guard=yes unable to take away what is kept; by the
# C library, by number, by libcap and by libcap-ng.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  guarded=("${matching[@]}" CAPKEEP_GUARD=yes)
  execute=(path="$work/dump" execve)
  # The launcher writes its log as the user that it has become.
  log=$work/log
  : >"$log"
  chmod 666 "$log"
  # PR_CAP_AMBIENT (47) with LOWER (3) and CLEAR_ALL (4), PR_CAPBSET_DROP (24), PR_SET_SECUREBITS (28).
  drop_net=prctl=24,10 drop_time=prctl=24,25 lower_net=prctl=47,3,10 lower_time=prctl=47,3,25
}

# honoured STEP…: without a guard these steps take K away, from the launcher and from the program.
honoured() {
  capture honoured "${matching[@]}" "$probes/call" groups=65534 "$@" status "${execute[@]}"
  assert_sets honoured "call $nothing" "dump $nothing"
}

# guarded STEP…: with one, the launcher and the program have K; the launcher's calls answer as without capkeep.
guarded() {
  capture bare "$probes/call" groups=65534 "$@" status "${execute[@]}"
  capture guarded "${guarded[@]}" "$probes/call" groups=65534 "$@" status "${execute[@]}"
  assert_sets guarded "call $given" "dump $given"
  same bare guarded "${kept_sets[@]}" CapBnd Securebits
}

@test "C1 Guard: capset after the change, by name, by number, in each version of its interface" {
  for drop in capset=0,0,0 syscall=capset,0,0,0 capset=0,0,0,1 capset=0,0,0,2 capset=0,0,0,3; do
    honoured setuid=65534 "$drop"
    guarded setuid=65534 "$drop"
  done
}

@test "C1 Guard: libcap and libcap-ng after the change" {
  for drop in libcap== libcapng=caps libcapng=both; do
    honoured setuid=65534 "$drop"
    guarded setuid=65534 "$drop"
  done
}

@test "C1 Guard: capset before the change, by name, by libcap and by libcap-ng" {
  # CAP_SETUID (7) and CAP_SETGID (6) are needed for the change itself.
  for drop in capset=0xc0,0xc0,0 syscall=capset,0xc0,0xc0,0 libcap=cap_setuid,cap_setgid=pe; do
    honoured "$drop" setuid=65534
    guarded "$drop" setuid=65534
  done
}

@test "C1 Guard: a launcher with SECBIT_KEEP_CAPS that sets its own capabilities keeps them, and K" {
  local own=0000000000000400 kept
  kept=$(printf '%016x' $((16#$own | 16#$keep_mask)))
  capture guarded "${guarded[@]}" "$probes/call" groups=65534 keepcaps=1 setuid=65534 capset=0x400,0x400,0 status \
    "${execute[@]}"
  assert_sets guarded "call $kept $kept $keep_mask $keep_mask" "dump $given"
  capture honoured "${matching[@]}" "$probes/call" groups=65534 keepcaps=1 setuid=65534 capset=0x400,0x400,0 status \
    "${execute[@]}"
  # Of K it has left itself one, and C2 raises that one again.
  assert_sets honoured "call $own $own $no_caps $no_caps" "dump $own $own $own $own"
}

@test "C1 Guard: PR_CAP_AMBIENT, one by one and all" {
  guarded setuid=65534 "$lower_net" "$lower_time"
  guarded setuid=65534 prctl=47,4
  guarded setuid=65534 syscall=prctl,47,4
  guarded setuid=65534 libcap-reset-ambient
  # Where nothing is executed it stays lowered without a guard; an exec raises it again (C2).
  capture honoured "${matching[@]}" "$probes/call" groups=65534 setuid=65534 prctl=47,4 status "${execute[@]}"
  assert_sets honoured "call $keep_mask $keep_mask $keep_mask $no_caps" "dump $given"
}

@test "C5 Guard: what is not guarded can be lowered: PR_CAP_AMBIENT of the launcher's own, prctl that is refused" {
  local -a holder=(setpriv --inh-caps +kill --ambient-caps +kill)
  capture lowered "${guarded[@]}" "${holder[@]}" "$probes/call" groups=65534 securebits=4 setuid=65534 prctl=47,4 status
  sets lowered | grep -qE " $keep_mask\$"
  capture one "${guarded[@]}" "${holder[@]}" "$probes/call" groups=65534 securebits=4 setuid=65534 prctl=47,3,5 status
  sets one | grep -qE " $keep_mask\$"
  # The same errors as ever: CLEAR_ALL with an argument too many, a capability that there is not, one that is not held.
  guarded setuid=65534 prctl=47,4,1 prctl=47,4,0,1 prctl=47,3,99 prctl=47,2,99 prctl=47,2,0 prctl=24,99 prctl=9999
  guarded setuid=65534 capset=0x1,0,0 capset=0,1,0 capset=0,0,1 capset=0,0,0,7 capset=0,0,0,3,1
}

@test "C1 Guard: PR_CAPBSET_DROP before the change, of one, of all, by libcap-ng" {
  honoured "$drop_net" "$drop_time" setuid=65534
  guarded "$drop_net" "$drop_time" setuid=65534
  guarded syscall=prctl,24,10 setuid=65534
  honoured libcapng=bounds setuid=65534
  guarded libcapng=bounds setuid=65534
  # The bounding set itself is as the launcher wants it.
  diff -u <(grep ^CapBnd "$runs/bare") <(grep ^CapBnd "$runs/guarded")
  guarded setuid=65534 "$drop_net"
}

@test "C1 Guard: PR_SET_SECUREBITS that would forbid the raise or the keeping" {
  honoured prctl=28,0x40 setuid=65534
  guarded prctl=28,0x40 setuid=65534
  guarded prctl=28,0xc0 setuid=65534
  honoured prctl=28,0x20 setuid=65534
  guarded prctl=28,0x20 setuid=65534
  guarded syscall=prctl,28,0x60 setuid=65534
}

@test "C5 Guard: a launcher's other securebits, PR_SET_KEEPCAPS and other options of prctl are its own" {
  guarded prctl=28,0x80 setuid=65534 prctl=8,1 prctl=7 prctl=8,0 prctl=7
  guarded setuid=65534 prctl=3 prctl=38,1 prctl=39 syscall=prctl,3
  diff -u <(grep ^NoNewPrivs "$runs/bare") <(grep ^NoNewPrivs "$runs/guarded")
}

# unmoved COMMAND…: it answers as without the library; what it says of capabilities is not looked at.
unmoved() {
  capture bare "$@"
  capture guarded "${guarded[@]}" CAPKEEP_AMBIENT="$keep 50" "$@"
  same bare guarded "${kept_sets[@]}" "${carried[@]}"
}

@test "C5 Guard: prctl answers as ever for what is locked already, and for capabilities that there are not" {
  # SECBIT_KEEP_CAPS_LOCKED (0x20), from before the library, cannot be taken out of the launcher's own wish.
  unmoved setpriv --securebits +keep_caps_locked "$probes/call" prctl=28,0x20 prctl=28,0x60 prctl=28,0
  # 50 is in the rule, but no kernel has it and no thread holds it.
  unmoved "$probes/call" groups=65534 setuid=65534 prctl=47,3,50 prctl=47,3,12 syscall=prctl,47,3,50 prctl=24,50
}

@test "C5 capset and prctl: without a rule for this launcher, as without the library" {
  for steps in "capset=0xc0,0xc0,0 status setuid=65534 status" "setuid=65534 capset=0,0,0 prctl=47,4 status" \
    "prctl=24,10 prctl=28,0x60 status setuid=65534 status" "keepcaps=1 setuid=65534 capset=0x400,0x400,0x400 status"; do
    # shellcheck disable=SC2086 # steps
    capture bare "$probes/call" $steps
    # shellcheck disable=SC2086
    capture foreign "${guarded[@]}" CAPKEEP_LAUNCHER=/bin/true "$probes/call" $steps
    same bare foreign
  done
}

@test "C5 Guard: until the change it cannot be known for whom; after it, another user has nothing: capset" {
  capture foreign "${foreign[@]}" CAPKEEP_GUARD=yes "$probes/call" groups=65534 capset=0xc0,0xc0,0 status setuid=65534 \
    status "${execute[@]}"
  assert_sets foreign "call 00000000020004c0 00000000000000c0 $no_caps $no_caps" "call $nothing" "dump $nothing"
}

@test "C7 Guard: nothing is guarded that the thread does not have: capset prctl" {
  capture without setpriv --bounding-set -sys_time env "${guarded[@]}" "$probes/call" groups=65534 capset=0xc0,0xc0,0 \
    setuid=65534 capset=0,0,0 prctl=47,4 status "${execute[@]}"
  local one=0000000000000400
  assert_sets without "call $one $one $one $one" "dump $one $one $one $one"
}

@test "C6 a deliberate drop is told, once, with the reason" {
  capture told "${matching[@]}" CAPKEEP_LOG="$log" "$probes/call" groups=65534 setuid=65534 capset=0,0,0 status
  [[ $(grep -c 'event=dropped .*call=capset .*launcher-dropped=cap_net_bind_service,cap_sys_time' "$log") == 1 ]]
  : >"$log"
  capture told "${matching[@]}" CAPKEEP_LOG="$log" "$probes/call" groups=65534 capset=0xc0,0xc0,0 setuid=65534
  [[ $(grep -c 'event=not-kept .*call=setuid .*launcher-dropped=cap_net_bind_service,cap_sys_time' "$log") == 1 ]]
  : >"$log"
  capture told "${guarded[@]}" CAPKEEP_LOG="$log" "$probes/call" groups=65534 setuid=65534 capset=0,0,0 status
  run ! grep -q launcher-dropped "$log"
}

@test "C6 a uid that changed behind the library is told at the next exec, with the remedy" {
  # It takes its ids by inline system calls, and then calls the C library's execvp.
  capture told "${matching[@]}" CAPKEEP_LOG="$log" "$build/tests/launchers/drop-unseen" 65534 "$work/dump"
  assert_sets told "dump $nothing"
  [[ $(grep -c 'event=not-kept .*gone=cap_net_bind_service,cap_sys_time remedy="' "$log") == 1 ]]
}

# What an earlier line has told as kept and is lost since is told at the exec, by both methods.
@test "C6 what the launcher takes away after its change is told at the exec: prctl capset, and setpriv --bounding-set" {
  local -a with_setpcap=("capset=0x2000500,0x2000500,0")
  local method
  local -a own=(keepcaps=1 "${dropped[@]}") by
  for method in preload ptrace; do
    by=("$bin" run --method="$method" --log stderr -a "$keep" --)
    # Its bounding set, and a bit that forbids every raise: inheritable was emptied before, so that both count.
    loses "kept=cap_net_bind_service not-bounding=cap_sys_time" 0000000000000400 "${own[@]}" "${with_setpcap[@]}" prctl=24,25
    loses "no-ambient-raise=cap_net_bind_service,cap_sys_time" "$no_caps" "${own[@]}" "${with_setpcap[@]}" securebits=64
    # By capset the drop is told where it is made.
    loses "launcher-dropped=cap_net_bind_service,cap_sys_time" "$no_caps" "${dropped[@]}" capset=0,0,0
    loses "launcher-dropped=cap_sys_time" 0000000000000400 "${dropped[@]}" capset=0x400,0x400,0
    capture lost "${by[@]}" setpriv --reuid 65534 --clear-groups --bounding-set -sys_time "$work/dump"
    grep -q 'event=not-kept .*not-bounding=cap_sys_time' "$runs/lost" || grep -qx $'CapAmb:\t'"$keep_mask" "$runs/lost"
  done
}

# loses WHAT AMBIENT STEP…
loses() {
  local what=$1 ambient=$2
  shift 2
  # shellcheck disable=SC2154 # of the test
  capture lost "${by[@]}" "$probes/call" "$@" path="$work/dump" execve
  grep -qE "event=(not-kept|dropped) .* $what( |\$)" "$runs/lost"
  grep -qx $'CapAmb:\t'"$ambient" "$runs/lost"
}

# A launcher with capabilities of its own alone, before its change or after it. What it is told is done, and helps.
@test "C6 a launcher that drops by itself is told a remedy that helps: capset" {
  local method remedy steps
  local -a words
  for method in preload ptrace; do
    for steps in "capset=0xc0,0xc0,0xc0 ${dropped[*]}" "${dropped[*]} capset=0,0,0"; do
      # shellcheck disable=SC2206 # steps without spaces of their own
      local -a steps=($steps path="$work/dump" execv)
      capture lost "$bin" run --method="$method" --log stderr -a "$keep" -- "$probes/call" "${steps[@]}"
      grep -qx $'CapAmb:\t'"$no_caps" "$runs/lost"
      run ! grep 'remedy="[^"]*method=' "$runs/lost"
      remedy=$(sed -n 's/.* remedy="\(.*\) (Guard=yes)"$/\1/p' "$runs/lost" | sort -u)
      read -ra words <<<"$remedy"
      [[ ${words[0]} == capkeep && ${words[1]} == run ]]
      capture helped "$bin" "${words[@]:1}" --method="$method" --log none -a "$keep" -- "$probes/call" "${steps[@]}"
      grep -qx $'CapAmb:\t'"$keep_mask" "$runs/helped"
      # The same as a line of a policy.
      printf '[Keep a]\nAmbientCapabilities=%s\nGuard=yes\n' "$keep" >"$work/policy.conf"
      capture helped "$bin" run --policy "$work/policy.conf" --method="$method" --log none -- "$probes/call" "${steps[@]}"
      grep -qx $'CapAmb:\t'"$keep_mask" "$runs/helped"
    done
  done
}
