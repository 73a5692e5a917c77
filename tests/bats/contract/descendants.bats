#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Descendants=no: the program keeps K, and what it executes in turn does not inherit it (C2); it sees no trace of how.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  cp "$probes/call" "$work/program"
  alone="$keep_mask $keep_mask $no_caps $no_caps"
  childless=("${matching[@]}" CAPKEEP_DESCENDANTS=no)
  # The program shows itself and its environment, and executes another.
  program=(path="$work/program" arg=program arg=status arg=printenv arg=path="$work/dump" arg=execve)
}

# the_same_but_for_caps: the program's environment, descriptors and all else are those of the run without capkeep.
the_same_but_for_caps() {
  capture bare "$probes/call" "$@"
  same bare childless "${kept_sets[@]}"
}

@test "C2 Descendants=no: by execve execv execvp execveat posix_spawn posix_spawnp" {
  for name in execve execv execvp execveat posix_spawn posix_spawnp; do
    capture childless "${childless[@]}" "$probes/call" "${dropped[@]}" "${program[@]}" "$name"
    assert_sets childless "program $alone" "dump $nothing"
    the_same_but_for_caps "${dropped[@]}" "${program[@]}" "$name"
    # The other side: by default they inherit.
    capture inherit "${matching[@]}" "$probes/call" "${dropped[@]}" "${program[@]}" "$name"
    assert_sets inherit "program $given" "dump $given"
  done
}

@test "C2 Descendants=no: while another thread changes the environment that is given" {
  cp "$probes/environ_storm" "$work/environ_storm"
  capture storm "${childless[@]}" timeout 600 "$work/environ_storm" 2000
  grep -qx '2000 of 2000' "$runs/storm"
}

@test "C2 Descendants=no: by system and popen, from a launcher with one thread" {
  for name in system popen; do
    capture childless "${childless[@]}" CAPKEEP_PROGRAM=/bin/sh "$probes/call" "${dropped[@]}" \
      "$name=grep Cap /proc/\$\$/status; $work/dump"
    # The shell itself, and what it executes.
    diff -u <(printf 'CapPrm:\t%s\nCapAmb:\t%s\n' "$keep_mask" "$no_caps" "$no_caps" "$no_caps") \
      <(grep -E '^Cap(Prm|Amb):' "$runs/childless")
  done
}

@test "C2 Descendants=no for one rule, and not for another that matches as well" {
  cat >"$work/policy.conf" <<CONF
[Keep childless]
AmbientCapabilities=cap_sys_time
Program=$work/program
Descendants=no
[Keep inherited]
AmbientCapabilities=cap_net_bind_service
Descendants=yes
CONF
  chmod 755 "$work"
  local own=("${preload[@]}" CAPKEEP_POLICY="$work/policy.conf") net=0000000000000400
  capture childless "${own[@]}" "$probes/call" "${dropped[@]}" "${program[@]}" execve
  assert_sets childless "program $keep_mask $keep_mask $net $net" "dump $net $net $net $net"
}

@test "C4 Descendants=no: the user's own LD_PRELOAD stays, ours goes, and children see neither" {
  local second=$probes/second_preload.so
  capture bare LD_PRELOAD="$second" "$probes/call" "${dropped[@]}" "${program[@]}" execve
  for list in "$second:$lib" "$lib:$second"; do
    capture childless LD_PRELOAD="$list" CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep" CAPKEEP_DESCENDANTS=no "$probes/call" \
      "${dropped[@]}" "${program[@]}" execve
    assert_sets childless "program $alone" "dump $nothing"
    same bare childless "${kept_sets[@]}"
  done
  # The launcher has cleaned its environment: the library goes along all the same, and is gone again.
  capture bare "$probes/call" "${dropped[@]}" clearenv "${program[@]}" execve
  capture childless "${childless[@]}" "$probes/call" "${dropped[@]}" clearenv "${program[@]}" execve
  assert_sets childless "program $alone" "dump $nothing"
  same bare childless "${kept_sets[@]}"
}

@test "C6 Descendants=no cannot be had for a static program: told, and refused where the rule says so" {
  local static=$build/tests/launchers/drop-static
  : >"$work/log"
  chmod 666 "$work/log"
  capture static "${childless[@]}" CAPKEEP_LOG="$work/log" "$probes/call" "${dropped[@]}" path="$static" execve
  grep -q '^status: 125$' "$runs/static"
  [[ $(grep -c 'hardening=failed' "$work/log") == 1 ]]
  capture refused "${childless[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" "${dropped[@]}" path="$static" execve
  grep -q '^execve = -1 errno EPERM$' "$runs/refused"
}

# cannot_be_had VAR=VALUE… -- STEP…: what the program executes would inherit, so it is told; and refused where the rule says so.
cannot_be_had() {
  local -a with=()
  local name
  while [[ $1 != -- ]]; do
    with+=("$1")
    shift
  done
  for name in execve posix_spawn; do
    capture told "${childless[@]}" "${with[@]}" CAPKEEP_LOG=stderr "$probes/call" "${@:2}" "$name"
    sets told | grep -q '^program'
    [[ $(grep -c 'event=.* hardening=failed' "$runs/told") == 1 ]]
    capture refused "${childless[@]}" "${with[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" "${@:2}" "$name"
    grep -qE "^($name = -1 errno EPERM|$name = 1)\$" "$runs/refused"
    run ! grep -q '^Name:.program' "$runs/refused"
  done
}

# can_be_had VAR=VALUE… -- STEP…: the other side.
can_be_had() {
  local -a with=()
  while [[ $1 != -- ]]; do
    with+=("$1")
    shift
  done
  capture childless "${childless[@]}" "${with[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" "${@:2}" execve
  assert_sets childless "program $alone" "dump $nothing"
}

@test "C6 Descendants=no cannot be had for a program that will be AT_SECURE by its ids" {
  cannot_be_had -- groups=65534 gids=65534,65533,65533 setresuid=65534,65534,65534 "${program[@]}"
  cannot_be_had -- groups=65534 gids=65533,65534,65534 setresuid=65534,65534,65534 "${program[@]}"
  cannot_be_had -- groups=65534 setresuid=65534,65533,65533 "${program[@]}"
  # The saved ids do not count: exec copies the effective ones into them.
  can_be_had -- groups=65534 gids=65534,65534,65533 setresuid=65534,65534,65534 "${program[@]}"
}

@test "C6 Descendants=no cannot be had where the user cannot read the library" {
  mkdir -m 700 "$work/private"
  cp "$lib" "$work/private"
  cannot_be_had LD_PRELOAD="$work/private/libcapkeep.so" -- "${dropped[@]}" "${program[@]}"
  chmod 755 "$work/private"
  can_be_had LD_PRELOAD="$work/private/libcapkeep.so" -- "${dropped[@]}" "${program[@]}"
  chmod 600 "$work/private/libcapkeep.so"
  cannot_be_had LD_PRELOAD="$work/private/libcapkeep.so" -- "${dropped[@]}" "${program[@]}"
}

@test "C6 Descendants=no cannot be had after a chroot to where the library is not" {
  local root=$work/root file
  mkdir -p "$root/proc"
  for file in $(ldd "$probes/call" | grep -oE '/[^ ]+'); do
    cp --parents -L "$file" "$root"
  done
  cp "$probes/call" "$root/program"
  cp "$probes/dump" "$root/dump"
  program=(path=/program arg=program arg=status arg=path=/dump arg=execve)
  can_unshare --mount || skip_because "$BATS_TEST_DESCRIPTION" "no mount namespace to be had"
  # The programs show themselves by /proc.
  printf '#!/bin/sh -eu\nmount --bind /proc %s/proc\nexec "$@"\n' "$root" >"$work/with-proc"
  chmod 755 "$work/with-proc"
  childless=(unshare --mount --propagation private "$work/with-proc" env "${childless[@]}")
  cannot_be_had -- groups=65534 chroot="$root" setresuid=65534,65534,65534 "${program[@]}"
  mkdir -p "$root$(dirname "$lib")"
  cp "$lib" "$root$lib"
  can_be_had -- groups=65534 chroot="$root" setresuid=65534,65534,65534 "${program[@]}"
}

@test "C5 Descendants=no: where the rule is for another program, user or launcher, as without" {
  for restriction in CAPKEEP_USER=4242424 CAPKEEP_PROGRAM=/bin/true CAPKEEP_LAUNCHER=/bin/true; do
    capture bare "$probes/call" "${dropped[@]}" "${program[@]}" execve
    capture foreign "${childless[@]}" "$restriction" "$probes/call" "${dropped[@]}" "${program[@]}" execve
    same bare foreign
  done
}

@test "C2 Descendants=no: a variable that a user sets lowers at most what is his own" {
  local -a holder=(setpriv --reuid 65534 --clear-groups --inh-caps "+kill,+chown" --ambient-caps "+kill,+chown")
  capture lowered "${holder[@]}" env LD_PRELOAD="$lib" CAPKEEP_LOWER=0000000000000001 "$work/program" status printenv
  assert_sets lowered "program 0000000000000021 0000000000000021 0000000000000020 0000000000000020"
  run ! grep -qE 'Own:.*(CAPKEEP|LD_PRELOAD)' "$runs/lowered"
  for value in '' 1 xyz 00000000000000001 000000000000000G; do
    capture untouched "${holder[@]}" env LD_PRELOAD="$lib" CAPKEEP_LOWER="$value" "$work/program" status
    assert_sets untouched "program 0000000000000021 0000000000000021 0000000000000021 0000000000000021"
  done
}
