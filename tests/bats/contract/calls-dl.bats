#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C1 through a module that was loaded with RTLD_DEEPBIND and so prefers the C library to every preloaded one.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  cp "$probes/leave_root.so" "$work/leave_root.so"
  steps=(groups=65534 dlopen="$work/leave_root.so" status path="$work/dump" execve)
}

@test "C1 dlopen with RTLD_DEEPBIND: the module's own setuid" {
  capture matching "${matching[@]}" "$probes/call" "${steps[@]}"
  assert_sets matching "call $given" "dump $given"
}

@test "C1 dlopen with RTLD_DEEPBIND: bound at the first call, by a pointer in a table, in a library of the module's own" {
  for module in lazy table needing; do
    cp "$probes/leave_root_$module.so" "$work/leave_root.so"
    cp "$probes/libleave_root_needed.so" "$work"
    capture matching "${matching[@]}" "$probes/call" "${steps[@]}"
    assert_sets matching "call $given" "dump $given"
    capture foreign "${foreign[@]}" "$probes/call" "${steps[@]}"
    assert_sets foreign "call $nothing" "dump $nothing"
  done
}

# The probe itself has a function of that name as well, and so wins without the flag.
@test "C5 dlopen with RTLD_DEEPBIND: a module's own functions come before the program's but where there is a policy" {
  cp "$probes/leave_root_needing.so" "$probes/libleave_root_needed.so" "$work"
  capture bare "$probes/call" dlopen="$work/leave_root_needing.so"
  grep -qx "who_am_i: the module's own library" "$runs/bare"
  capture none "${preload[@]}" CAPKEEP_DISABLE=1 "$probes/call" dlopen="$work/leave_root_needing.so"
  same bare none
  capture matching "${matching[@]}" "$probes/call" dlopen="$work/leave_root_needing.so"
  same bare matching who_am_i
  grep -qx 'who_am_i: the program' "$runs/matching"
}

@test "C1 C2 dlmopen into the program's own space, also where nothing else that is wrapped is referred to" {
  capture matching "${matching[@]}" "$probes/call" groups=65534 dlmopen="$work/leave_root.so" status path="$work/dump" execve
  assert_sets matching "call $given" "dump $given"
  cp "$probes/leave_at_load.so" "$work"
  capture matching "${matching[@]}" LEAVE_AT_LOAD="$work/dump" "$probes/dlmopen_alone" base "$work/leave_at_load.so"
  assert_sets matching "dump $given"
}

# Its C library is another one, and nothing is preloaded there: it is as if the library were not here, or it is supervised.
@test "C5 C6 dlmopen into a space of its own: what is done there is out of reach" {
  cp "$probes/leave_at_load.so" "$work"
  local alone=("$probes/dlmopen_alone" new "$work/leave_at_load.so")
  capture bare LEAVE_AT_LOAD="$work/dump" "${alone[@]}"
  capture foreign "${foreign[@]}" LEAVE_AT_LOAD="$work/dump" "${alone[@]}"
  capture matching "${matching[@]}" LEAVE_AT_LOAD="$work/dump" "${alone[@]}"
  assert_sets bare "dump $nothing"
  same bare foreign "${carried[@]}"
  same bare matching "${carried[@]}"
  capture supervised LEAVE_AT_LOAD="$work/dump" "$bin" run --method=ptrace --log none -a "$keep" -- "${alone[@]}"
  assert_sets supervised "dump $given"
  # What the program itself then executes in its own space is told, as of any change that was not seen.
  capture behind "${matching[@]}" CAPKEEP_LOG=stderr "$probes/call" dlmopen="new:$work/leave_root.so" path="$work/dump" execve
  assert_sets behind "dump $nothing"
  grep -q 'event=not-kept .* gone=' "$runs/behind"
}

@test "C5 dlopen: a bare name, one that is open already, dlerror afterwards" {
  same_as_bare_for_root dlopen=libc.so.6 dlopen=/nonexistent.so
  grep -q 'dlerror: none' "$runs/matching"
  capture matching "${matching[@]}" "$probes/call" groups=65534 dlopen="$work/leave_root.so" dlopen="$work/leave_root.so" \
    status path="$work/dump" execve
  assert_sets matching "call $given" "dump $given"
  [[ $(grep -c 'dlerror: none' "$runs/matching") == 2 ]]
}

@test "C5 dlopen: what the library looks up at load leaves no message for the program" {
  same_as_bare_for_root dlerror
  grep -qx 'dlerror: none' "$runs/matching"
  capture disabled "${matching[@]}" CAPKEEP_DISABLE=1 "$probes/call" dlerror
  same bare disabled
}

@test "C5 dlopen: without a rule that matches, and where there is no such file" {
  capture bare "$probes/call" "${steps[@]}"
  capture foreign "${foreign[@]}" "$probes/call" "${steps[@]}"
  same bare foreign
  assert_sets foreign "call $nothing" "dump $nothing"
  same_as_bare_for_root dlopen=/nonexistent.so dlopen=libc.so.6
}
