#!/usr/bin/env bats
# C1 through a module that was loaded with RTLD_DEEPBIND and so prefers the C library to every preloaded one.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load lib/common
load probes

setup() {
  probes_setup
  cp "$probes/dump" "$work/dump"
  cp "$probes/leave_root.so" "$work/leave_root.so"
  given="$keep_mask $keep_mask $keep_mask $keep_mask"
  nothing="$no_caps $no_caps $no_caps $no_caps"
  steps=(groups=65534 dlopen="$work/leave_root.so" status path="$work/dump" execve)
}

@test "C1 dlopen with RTLD_DEEPBIND: the module's own setuid" {
  capture matching "${matching[@]}" "$probes/call" "${steps[@]}"
  assert_sets matching "call $given" "dump $given"
}

@test "C5 dlopen: without a rule that matches, and where there is no such file" {
  capture bare "$probes/call" "${steps[@]}"
  capture foreign "${foreign[@]}" "$probes/call" "${steps[@]}"
  same bare foreign
  assert_sets foreign "call $nothing" "dump $nothing"
  same_as_bare_for_root dlopen=/nonexistent.so dlopen=libc.so.6
}
