#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Spawning in all its variants: what the attributes and file actions of posix_spawn ask for is done as ever, the parent's
# thread is as before, and a vfork child, which shares its parent's memory, harms nobody (C2, C5, C7).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  all="$keep_mask $keep_mask $keep_mask $keep_mask"
  root_mask=$(awk '$1 == "CapPrm:" { print $2 }' /proc/self/status)
  at=(path="$work/dump" arg=zero)
}

# spawned_as_bare STEP…: by both functions, with success and with failure, between two looks at the parent.
spawned_as_bare() {
  local name
  for name in posix_spawn posix_spawnp; do
    same_as_bare "${dropped[@]}" block=10 ignore=13 catch=12 "$@" status "${at[@]}" "$name" status \
      path="$work/nothing" "$name" status
    assert_sets matching "call $all" "dump $all" "call $all" "call $all"
    same_as_bare_for_root block=10 ignore=13 catch=12 "$@" status "${at[@]}" "$name" status path="$work/nothing" \
      "$name" status
  done
}

@test "C5 posix_spawn posix_spawnp: SETSIGMASK SETSIGDEF SETSID SETPGROUP USEVFORK" {
  spawned_as_bare spawnflag=setsigmask spawnmask=1,2,15
  spawned_as_bare spawnflag=setsigdef spawndefault=13
  spawned_as_bare spawnflag=setsid
  spawned_as_bare spawnflag=setpgroup
  spawned_as_bare spawnflag=usevfork
  spawned_as_bare spawnflag=resetids
}

@test "C5 posix_spawn posix_spawnp: file actions, also one that fails" {
  spawned_as_bare spawnopen=7:/etc/passwd spawndup=7,8 spawnchdir=/usr
  for name in posix_spawn posix_spawnp; do
    same_as_bare "${dropped[@]}" spawnopen=7:/nonexistent/file status "${at[@]}" "$name" status
    assert_sets matching "call $all" "call $all"
  done
}

# given PROGRAM STEP…: the sets of what runs where the rule is for PROGRAM, and with OnFailure=refuse: its sets, or "refused".
given() {
  local rule=$1
  shift
  capture given "${matching[@]}" CAPKEEP_PROGRAM="$rule" "$probes/call" "${dropped[@]}" cd="$work/here" "$@"
  sets given | grep -v '^call'
  capture refused "${matching[@]}" CAPKEEP_PROGRAM="$rule" CAPKEEP_ON_FAILURE=refuse "$probes/call" "${dropped[@]}" \
    cd="$work/here" "$@"
  if grep -qE '^posix_spawnp? = 1$' "$runs/refused"; then echo refused; else sets refused | grep -v '^call'; fi
}

# ran EXPECTED… : what `given` has said, line by line.
ran() {
  diff -u <(printf '%s\n' "$@") -
}

make_two_programs() {
  none="$no_caps $no_caps $no_caps $no_caps"
  mkdir "$work/here" "$work/there" "$work/path"
  cp "$probes/dump" "$work/here/program"
  cp "$probes/dump" "$work/there/program"
}

@test "C2 posix_spawnp: a directory in PATH is not the program, nor is a file that may not be executed" {
  make_two_programs
  local in_the_way
  for in_the_way in directory file; do
    [[ $in_the_way == directory ]] && mkdir "$work/path/program" || : >"$work/path/program"
    given "$work/path/program" setenv=PATH="$work/path:$work/there" path=program posix_spawnp | ran "program $none" "program $none"
    given "$work/there/program" setenv=PATH="$work/path:$work/there" path=program posix_spawnp | ran "program $all" "program $all"
    rm -r "$work/path/program"
  done
}

@test "C2 C6 posix_spawn posix_spawnp: with a change of directory, a relative path is of a program that cannot be known" {
  make_two_programs
  local -a elsewhere=(spawnchdir="$work/there")
  local name
  for name in posix_spawn posix_spawnp; do
    # What runs is the other one: it has nothing, and is not started where the rule would refuse that.
    for rule in "$work/here/program" "$work/there/program"; do
      given "$rule" "${elsewhere[@]}" path=./program "$name" | ran "program $none" refused
    done
    # The same by its absolute path, without an action, and by a rule for every program: as ever.
    given "$work/here/program" "${elsewhere[@]}" path="$work/here/program" "$name" | ran "program $all" "program $all"
    given "$work/there/program" "${elsewhere[@]}" path="$work/here/program" "$name" | ran "program $none" "program $none"
    given "$work/here/program" path=./program "$name" | ran "program $all" "program $all"
    capture every "${matching[@]}" "$probes/call" "${dropped[@]}" cd="$work/here" "${elsewhere[@]}" path=./program "$name"
    assert_sets every "program $all"
    capture told "${matching[@]}" CAPKEEP_LOG=stderr CAPKEEP_PROGRAM="$work/there/program" "$probes/call" "${dropped[@]}" \
      cd="$work/here" "${elsewhere[@]}" path=./program "$name"
    grep -qE "event=not-kept .*unseen=${keep/ /,}" "$runs/told"
  done
  given "$work/here/program" "${elsewhere[@]}" setenv=PATH=. path=program posix_spawnp | ran "program $none" refused
  given "$work/here/program" "${elsewhere[@]}" setenv=PATH="$work/here" path=program posix_spawnp | ran "program $all" "program $all"
}

@test "C5 posix_spawn posix_spawnp: with a change of directory, a relative path is as ever for root" {
  make_two_programs
  local name
  for name in posix_spawn posix_spawnp; do
    same_as_bare_for_root cd="$work/here" spawnchdir="$work/there" status path=./program "$name" status
  done
}

@test "C2 posix_spawn posix_spawnp: RESETIDS counts with the real uid, and the parent keeps its effective one" {
  for name in posix_spawn posix_spawnp; do
    same_as_bare groups=65534 setresuid=65534,0,0 spawnflag=resetids status "${at[@]}" "$name" status
    [[ $(sets matching | grep '^dump') == "dump $all" ]]
    diff -u <(sets bare | grep '^call') <(sets matching | grep '^call')
    # The program is no longer root's, so its environment is clean.
    run ! grep -aE 'LD_PRELOAD|CAPKEEP_' "$runs/matching"
  done
}

@test "C6 posix_spawn posix_spawnp: RESETIDS by which the child itself leaves root is told, and refused" {
  # The saved uid is not 0: taking the real uid for the effective one leaves none, and the kernel clears ambient there.
  for name in posix_spawn posix_spawnp; do
    capture lost "${matching[@]}" CAPKEEP_LOG=stderr "$probes/call" groups=65534 setresuid=65534,0,65534 \
      spawnflag=resetids status "${at[@]}" "$name" status
    [[ $(sets lost | grep '^dump') == "dump $no_caps $no_caps $no_caps $no_caps" ]]
    [[ $(sets lost | grep '^call' | uniq | wc -l) == 1 ]]
    grep -q "event=not-kept .*call=$name .* reset-ids=cap_net_bind_service,cap_sys_time" "$runs/lost"
    capture lost "${matching[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" groups=65534 setresuid=65534,0,65534 \
      spawnflag=resetids "${at[@]}" "$name"
    grep -qx "$name = 1" "$runs/lost"
    run ! grep -q ^Name:$'\t'dump "$runs/lost"
  done
}

@test "C4 posix_spawn posix_spawnp: with mixed uids and without RESETIDS the program is still root's" {
  for name in posix_spawn posix_spawnp; do
    capture bare "$probes/call" setresuid=65534,0,0 status "${at[@]}" "$name" status
    capture matching "${matching[@]}" "$probes/call" setresuid=65534,0,0 status "${at[@]}" "$name" status
    same bare matching "${carried[@]}"
    # ld.so itself takes LD_PRELOAD away there: the program's uids differ, so it is a secure one.
    grep -qx "Env:"$'\t'"CAPKEEP_AMBIENT=$keep" "$runs/matching"
  done
}

@test "C2 posix_spawn: a rule's program, spawned many times by a parent in which K waits" {
  local -a steps=("${at[@]}") lines=()
  for ((i = 0; i < 20; i++)); do
    steps+=(path="$work/dump" posix_spawn status path=/bin/true posix_spawn status)
    lines+=("dump $all" "call $keep_mask $no_caps $no_caps $no_caps" "call $keep_mask $no_caps $no_caps $no_caps")
  done
  capture many "${matching[@]}" CAPKEEP_PROGRAM="$work/dump" "$probes/call" "${dropped[@]}" "${steps[@]}"
  assert_sets many "${lines[@]}"
}

@test "C5 C7 vfork, setresuid and execve 10,000 times beside threads that never stop allocating" {
  capture storm "${matching[@]}" timeout 1500 "$probes/vfork_storm" 10000 "$probes/judge" "$keep_mask" 65534
  grep -qx '10000 of 10000' "$runs/storm"
  # Before and after: three threads, all of them root's, with everything.
  [[ $(sets storm | sort | uniq -c) == *" 6 vfork_storm $root_mask $root_mask $no_caps $no_caps" ]]
  [[ $(grep -c $'^KeepCaps:\t0$' "$runs/storm") == 2 ]]
}

@test "C5 vfork beside allocating threads, where no rule matches and where the exec fails" {
  capture storm "${foreign[@]}" timeout 600 "$probes/vfork_storm" 300 "$probes/judge" 0 65534
  grep -qx '300 of 300' "$runs/storm"
  capture bare timeout 600 "$probes/vfork_storm" 300 "$work/nothing"
  capture storm "${matching[@]}" timeout 600 "$probes/vfork_storm" 300 "$work/nothing"
  same bare storm
  grep -qx '0 of 300' "$runs/storm"
}
