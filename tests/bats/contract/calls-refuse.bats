#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C6, OnFailure=refuse: the exec fails with EPERM by every wrapped function, nothing is executed, and nothing else changes.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  # No kernel has capability 63, so it cannot be kept.
  refusing=("${preload[@]}" CAPKEEP_AMBIENT="$keep 63" CAPKEEP_ON_FAILURE=refuse)
  at=(path="$work/dump")
}

# refused LINE STEP…: the call answers with this line, once, and the launcher is as before it.
refused() {
  local line=$1 sets_now
  shift
  capture refused "${refusing[@]}" "$probes/call" "${dropped[@]}" status "${at[@]}" "$@" status
  [[ $(grep -c "^$line\$" "$runs/refused") == 1 ]]
  run ! grep -q '^Argv' "$runs/refused"
  sets_now=$(sets refused)
  [[ $(wc -l <<<"$sets_now") == 2 && ${sets_now%%$'\n'*} == "${sets_now##*$'\n'}" ]]
}

@test "C6 refuse: execve execv execvp execvpe execl execlp execle execveat" {
  for name in execve execv execvp execvpe execl execlp execle execveat; do
    refused "$name = -1 errno EPERM" "$name"
  done
}
@test "C6 refuse: fexecve" { refused "fexecve = -1 errno EPERM" fd="$work/dump" fexecve; }
@test "C6 refuse: syscall" {
  refused "syscall execve = -1 errno EPERM" syscall=execve
  refused "syscall execveat = -1 errno EPERM" syscall=execveat
}
@test "C6 refuse: posix_spawn posix_spawnp return it and leave errno alone" {
  refused "posix_spawn = 1" posix_spawn
  refused "posix_spawnp = 1" posix_spawnp
}
@test "C6 refuse: system popen" {
  refused "system = -1 errno EPERM" system="$work/dump"
  refused "popen = 0 errno EPERM" popen="$work/dump"
}
@test "C6 refuse: execvp execlp execvpe end their search with it" {
  for name in execvp execlp execvpe; do
    refused "$name = -1 errno EPERM" setenv=PATH=/nonexistent:"$work":/bin path=dump "$name"
  done
}
@test "C6 refuse: a child of vfork" {
  capture refused "${refusing[@]}" "$probes/call" how=vfork childuid=65534 "${at[@]}" execve status
  grep -qx "child exited 1" "$runs/refused"
  run ! grep -q '^Argv' "$runs/refused"
}

@test "C6 refuse: without its hardening, also where the launcher keeps its permitted set by itself" {
  local launcher
  cp "$probes/su_exec" "$work/su_exec"
  for launcher in "$work/su_exec 65534" "setpriv --reuid 65534 --clear-groups"; do
    # shellcheck disable=SC2086 # a command and its arguments
    capture refused setpriv --bounding-set -setpcap env "${preload[@]}" CAPKEEP_AMBIENT="$keep" \
      CAPKEEP_BOUNDING="$keep" CAPKEEP_ON_FAILURE=refuse $launcher "$work/dump"
    grep -q 'Operation not permitted' "$runs/refused"
    run ! grep -q '^Argv' "$runs/refused"
    # Where the bounding set can be had, or the rule goes on without, it starts.
    # shellcheck disable=SC2086 # as above
    capture allowed env "${preload[@]}" CAPKEEP_AMBIENT="$keep" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes \
      CAPKEEP_ON_FAILURE=refuse $launcher "$work/dump"
    assert_sets allowed "dump $keep_mask $keep_mask $keep_mask $keep_mask"
    # shellcheck disable=SC2086 # as above
    capture allowed setpriv --bounding-set -setpcap env "${preload[@]}" CAPKEEP_AMBIENT="$keep" \
      CAPKEEP_BOUNDING="$keep" CAPKEEP_ON_FAILURE=continue $launcher "$work/dump"
    assert_sets allowed "dump $keep_mask $keep_mask $keep_mask $keep_mask"
  done
}

# not_refused VAR=VALUE… -- STEP…
not_refused() {
  local -a with=()
  while [[ $1 != -- ]]; do
    with+=("$1")
    shift
  done
  shift
  capture allowed "${refusing[@]}" "${with[@]}" "$probes/call" "$@" "${at[@]}" execve
  grep -q '^Argv' "$runs/allowed"
}

@test "C6 not refused: everything can be kept" { not_refused CAPKEEP_AMBIENT="$keep" -- "${dropped[@]}"; }
@test "C6 not refused: the rule is for another user, program or launcher" {
  not_refused CAPKEEP_USER=4242424 -- "${dropped[@]}"
  not_refused CAPKEEP_PROGRAM=/bin/true -- "${dropped[@]}"
  not_refused CAPKEEP_LAUNCHER=/bin/true -- "${dropped[@]}"
}
@test "C6 not refused: root" { not_refused -- say=root; }
@test "C6 not refused: CAPKEEP_ON_FAILURE=continue goes on with the rest" {
  not_refused CAPKEEP_ON_FAILURE=continue -- "${dropped[@]}"
  assert_sets allowed "dump $keep_mask $keep_mask $keep_mask $keep_mask"
}
@test "C6 C3 refuse: an exec that would complete the drop has hardened nothing" {
  # Real and effective uid have left root, the saved one not yet: the hardening is done by the exec (C2).
  capture refused "${refusing[@]}" CAPKEEP_NO_NEW_PRIVS=yes CAPKEEP_BOUNDING="$keep 63" "$probes/call" groups=65534 \
    setresuid=65534,65534,0 status "${at[@]}" execve status
  grep -qx 'execve = -1 errno EPERM' "$runs/refused"
  [[ $(grep -c $'^NoNewPrivs:\t0$' "$runs/refused") == 2 && $(grep ^CapBnd "$runs/refused" | uniq | wc -l) == 1 ]]
}
