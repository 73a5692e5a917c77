#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C5: a wrapper masks the signals for as long as it has to, and no longer: after each call, whatever has come of it, the
# thread's mask is what it was, and so is the mask of what is executed.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  : >"$work/not-executable"
  printf 'no magic\n' >"$work/no-magic"
  chmod 755 "$work/no-magic"
  # SIGUSR1 and a real-time signal.
  blocking=("block=10,40")
  mask=0000008000000200
  policies=(
    CAPKEEP_USER=4242424
    CAPKEEP_USER=65534
    CAPKEEP_PROGRAM="$work/*"
    CAPKEEP_GUARD=yes
    CAPKEEP_DESCENDANTS=no
    "CAPKEEP_AMBIENT=$keep 63|CAPKEEP_LOG=stderr"
    "CAPKEEP_BOUNDING=$keep|CAPKEEP_NO_NEW_PRIVS=yes"
  )
}

masks() {
  grep '^SigBlk:' "$runs/$1"
}

# as_before STEP…: with each policy there are the masks of the bare run, one after the other.
as_before() {
  local policy
  local -a variables
  capture bare "$probes/call" "${blocking[@]}" "$@"
  masks bare | grep -qx $'SigBlk:\t'"$mask"
  for policy in "${policies[@]}"; do
    IFS='|' read -ra variables <<<"$policy"
    capture with "${matching[@]}" "${variables[@]}" "$probes/call" "${blocking[@]}" "$@"
    diff -u <(masks bare) <(masks with)
  done
}

@test "C5 signal masks: setuid seteuid setreuid setresuid setfsuid syscall" {
  as_before groups=65534 seteuid=65534 status seteuid=0 status setreuid=-1,65534 status setreuid=-1,0 status \
    setresuid=-1,65534,-1 status setresuid=-1,0,-1 status setfsuid=65534 status setuid=65534 status setuid=0 status \
    seteuid=0 status setreuid=0,0 status setresuid=0,0,0 status
  for call in setreuid=65534,65534 setresuid=65534,65534,65534 syscall=setuid,65534 syscall=setresuid,65534,65534,65534; do
    as_before groups=65534 "$call" status syscall=setuid,0 status
  done
}

@test "C5 signal masks: capset prctl syscall" {
  as_before capset=0x2000500,0x2000500,0 status capset=0x2000501,0,0 status capset=0,0,0,7 status
  as_before "${dropped[@]}" capset=0x400,0x400,0 status syscall=capset,0,0,0 status capset=1,1,1 status
  as_before prctl=24,10 status prctl=24,63 status prctl=28,16 status syscall=prctl,24,25 status prctl=47,4 status
}

@test "C5 signal masks: an exec that fails, execve execv execvp execvpe execl execlp execle fexecve execveat syscall" {
  local -a failing=()
  for name in execve execv execvp execvpe execl execlp execle execveat syscall=execve syscall=execveat; do
    failing+=("$name" status)
  done
  for user in groups=65534 "${dropped[1]}" "setresuid=65534,65534,0"; do
    as_before "$user" path="$work/nothing" "${failing[@]}" path="$work/not-executable" execve status execvp status \
      fd="$work/not-executable" fexecve status
    as_before "$user" path="$work/no-magic" execve status posix_spawn status
  done
  # And one that is refused.
  policies=("CAPKEEP_AMBIENT=$keep 63|CAPKEEP_ON_FAILURE=refuse")
  as_before "${dropped[@]}" path="$work/nothing" "${failing[@]}" posix_spawn status system=false status
}

@test "C5 signal masks: of what is executed, execve execvp fexecve execveat syscall" {
  for name in execve execvp execveat syscall=execve; do
    for user in say=root "${dropped[1]}" "setresuid=65534,65534,0"; do
      as_before groups=65534 "$user" path="$work/dump" "$name"
    done
  done
  as_before "${dropped[@]}" fd="$work/dump" fexecve
  as_before how=vfork childuid=65534 path="$work/dump" execve status
}

@test "C5 signal masks: of the child, posix_spawn posix_spawnp system popen" {
  local -a spawns=(posix_spawn status posix_spawnp status path="$work/nothing" posix_spawn status)
  for user in say=root "${dropped[1]}"; do
    as_before groups=65534 "$user" path="$work/dump" attributes=NULL "${spawns[@]}"
    as_before groups=65534 "$user" path="$work/dump" "${spawns[@]}"
    as_before groups=65534 "$user" path="$work/dump" spawnflag=setsigmask spawnmask=1,2,41 "${spawns[@]}"
    as_before groups=65534 "$user" path="$work/dump" ignore=13 spawnflag=setsigdef spawndefault=13 "${spawns[@]}"
    as_before groups=65534 "$user" path="$work/dump" spawnflag=setsigmask spawnflag=setsigdef spawnmask=1 spawndefault=13 \
      "${spawns[@]}"
    as_before groups=65534 "$user" system="$work/dump; true" status popen="$work/dump; true" status system=false status
  done
}
