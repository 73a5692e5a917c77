#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a program gets through an unmodified launcher is what setpriv gives when it is told to: all sets, securebits,
# no_new_privs, uids, gids, groups, environment and descriptors (C1, C2, C4).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  ids=(--reuid 65534 --regid 65534 --init-groups)
}

# with_plus "cap_kill cap_chown": as setpriv wants them, "+kill,+chown".
with_plus() {
  local caps=${1//cap_/+}
  echo "${caps// /,}"
}

# model CAPS [OPTION…]: the state to compare with, from setpriv without capkeep.
model() {
  local caps
  caps=$(with_plus "$1")
  shift
  capture model setpriv "${ids[@]}" --inh-caps "$caps" --ambient-caps "$caps" "$@" "$work/dump" a 'b c'
  # No test of equality with a state that has nothing.
  run ! grep -q $'^CapAmb:\t0000000000000000' "$runs/model"
  grep -q '^CapAmb' "$runs/model"
}

# Of two of these, run says that they amount to root; that is no difference in the program.
warning='capkeep: run: warning: cap_setuid and cap_setgid'

each_set() {
  printf '%s\n' cap_kill 'cap_net_bind_service cap_sys_time' 'cap_chown cap_setuid cap_setpcap cap_checkpoint_restore' \
    'cap_setgid cap_net_admin cap_net_raw cap_mknod cap_perfmon cap_bpf'
}

@test "C1 C2 C4 exact: setpriv as a launcher, by capkeep run and by LD_PRELOAD" {
  while read -r caps; do
    model "$caps"
    capture run "$bin" run --log none -a "$caps" -- setpriv "${ids[@]}" "$work/dump" a 'b c'
    same model run "$warning"
    capture preloaded "${preload[@]}" CAPKEEP_AMBIENT="$caps" setpriv "${ids[@]}" "$work/dump" a 'b c'
    same model preloaded
  done < <(each_set)
}

@test "C1 C2 C4 exact: setresuid and execve execvp execveat posix_spawn of a program of ours" {
  while read -r caps; do
    model "$caps"
    for name in execve execvp execveat; do
      capture run "$bin" run --log none -a "$caps" -- "$probes/call" "${dropped[@]}" path="$work/dump" arg="$work/dump" \
        arg=a arg='b c' "$name"
      same model run "$warning" 'setresuid ='
    done
    capture run "$bin" run --log none -a "$caps" -- "$probes/call" "${dropped[@]}" path="$work/dump" arg="$work/dump" \
      arg=a arg='b c' posix_spawn
    # posix_spawn leaves the C library's own two signals ignored, with and without capkeep.
    same model run "$warning" 'setresuid =' 'posix_spawn =' 'child exited' 'SigIgn:'
  done < <(each_set)
}

# Clang's ThreadSanitizer and MemorySanitizer have it, and programs that cache for their unwinder.
@test "C1 C2 C4 exact: a launcher that has the C library's dl_iterate_phdr for its own" {
  ids=(--reuid 65534 --regid 65534 --clear-groups)
  model cap_kill
  capture run "$bin" run --log none -a cap_kill -- "$build/tests/launchers/drop-owner" 65534 "$work/dump" a 'b c'
  same model run Gid:
}

@test "C1 C2 C4 exact: start-stop-daemon, chroot, perl and python3 as launchers" {
  local caps='cap_net_bind_service cap_sys_time'
  model "$caps"
  capture run "$bin" run --log none -a "$caps" -- start-stop-daemon --start --chuid 65534:65534 --exec "$work/dump" -- a 'b c'
  same model run 'Cwd:'
  capture run "$bin" run --log none -a "$caps" -- chroot --userspec=65534:65534 --groups=65534 / "$work/dump" a 'b c'
  same model run 'Cwd:'
  capture run "$bin" run --log none -a "$caps" -- perl -e '$( = 65534; $) = "65534 65534"; $< = $> = 65534; exec @ARGV' \
    "$work/dump" a 'b c'
  same model run "$warning"
  capture run "$bin" run --log none -a "$caps" -- /usr/bin/python3 -c '
import os, sys
os.setgroups([65534]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
os.execv(sys.argv[1], sys.argv[1:])' "$work/dump" a 'b c'
  # The interpreter ignores two signals and sets its locale, with and without capkeep.
  same model run 'SigIgn:' 'Env:.LC_CTYPE='
}

@test "C3 exact: the bounding set and no_new_privs" {
  while read -r caps; do
    model "$caps" --bounding-set "-all,$(with_plus "$caps")" --no-new-privs
    capture run "$bin" run --log none -a "$caps" -b "$caps" --no-new-privs -- setpriv "${ids[@]}" "$work/dump" a 'b c'
    same model run "$warning"
  done < <(each_set)
}
