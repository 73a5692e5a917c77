#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# posix_spawn, pidfd_spawn and their kin, system and popen from a C program, bare and preloaded: C2, C4, C5. What is said of the
# parent: it is as it was, on success and on failure.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  : >"$work/not-executable"
  # shellcheck disable=SC2016 # for the script
  printf 'echo "$0"\n' >"$work/no-magic"
  chmod 755 "$work/dump" "$work/no-magic"
  chmod 644 "$work/not-executable"
}

# check_spawn NAME
check_spawn() {
  local name=$1 path
  local -a at=(path="$work/dump") failing=()
  for path in nothing not-executable dump/below "$(printf 'x%.0s' {1..300})"; do
    failing+=(path="$work/$path" "$name")
  done
  [[ $name == *p ]] || failing+=(path="$work/no-magic" "$name")
  failing+=(path="$work/dump" bigarg=200000 "$name" argv=)

  same_as_bare "${dropped[@]}" status "${at[@]}" arg=zero arg=one env=B=2 env=PATH=/elsewhere "$name" status
  assert_sets matching "call $given" "dump $given" "call $given"
  same_as_bare "${dropped[@]}" status "${failing[@]}" status arg=again "$name" status
  assert_sets matching "call $given" "call $given" "dump $given" "call $given"

  # For a rule's program the parent's sets are raised for the time of the call alone.
  capture waiting "${matching[@]}" CAPKEEP_PROGRAM="$work/*" "$probes/call" "${dropped[@]}" status "${failing[@]}" \
    status arg=again "$name" status path=/bin/grep arg=grep arg=CapAmb arg=/proc/self/status "$name" status
  assert_sets waiting "call $waiting" "call $waiting" "dump $given" "call $waiting" "call $waiting"
  grep -qE "^CapAmb:"$'\t'"$no_caps\$" "$runs/waiting"

  same_as_bare_for_root status "${at[@]}" arg=zero env=B=2 "$name" status
  grep -qx "Env:"$'\t'"LD_PRELOAD=$lib" "$runs/matching"
  grep -qx "Env:"$'\t'"CAPKEEP_AMBIENT=$keep" "$runs/matching"

  same_as_bare "${dropped[@]}" pid=NULL attributes=NULL "${at[@]}" "$name" status
  same_as_bare "${dropped[@]}" "${at[@]}" args=600 "$name" bigarg=100000 "$name" status
  grep -qE '^Argv\[599\]:' "$runs/matching"
  same_as_bare "${dropped[@]}" "${at[@]}" envp=NULL "$name" envp=EMPTY "$name" argv=NULL "$name" status
  same_as_bare_for_root "${at[@]}" envp=NULL "$name" status envp=EMPTY "$name" argv=NULL "$name" status
}

# check_pidfd_spawn NAME: glibc has it from 2.39 on. Before that nothing is there to keep, and the answer is ENOSYS.
check_pidfd_spawn() {
  capture there "$probes/call" path=/bin/true "$1"
  if grep -qx "$1 = 0" "$runs/there"; then
    check_spawn "$1"
  else
    same_as_bare "${dropped[@]}" status path="$work/dump" "$1" status
    grep -qx "$1 = 38" "$runs/matching"
    assert_sets matching "call $given" "call $given"
  fi
}

@test "C2 C4 C5 posix_spawn" { check_spawn posix_spawn; }
@test "C2 C4 C5 posix_spawnp" { check_spawn posix_spawnp; }
@test "C2 C4 C5 pidfd_spawn" { check_pidfd_spawn pidfd_spawn; }
@test "C2 C4 C5 pidfd_spawnp" { check_pidfd_spawn pidfd_spawnp; }

# Of a version from before glibc 2.15, which gives what is no program and has no "#!" to /bin/sh.
@test "C2 C4 C5 posix_spawn and posix_spawnp in their old versions" {
  [[ -x $probes/call_old ]] || skip_because "old versions" "this machine's glibc has none"
  local caller=$probes/call_old name again=(path="$work/dump" arg=again)
  for name in posix_spawn posix_spawnp; do
    for vars in CAPKEEP_USER=nobody CAPKEEP_USER=4242424 CAPKEEP_PROGRAM="$work/*"; do
      capture bare "$caller" "${dropped[@]}" path="$work/no-magic" "$name" "${again[@]}" "$name" path="$work/nothing" "$name"
      capture preloaded "${matching[@]}" "$vars" "$caller" "${dropped[@]}" path="$work/no-magic" "$name" "${again[@]}" \
        "$name" path="$work/nothing" "$name"
      same bare preloaded "${kept_sets[@]}"
      grep -qx "$work/no-magic" "$runs/preloaded"
      [[ $vars == *4242424 ]] || assert_sets preloaded "dump $given"
    done
    # Root carries the library on.
    capture carried "${matching[@]}" "$caller" envp=EMPTY path="$probes/call" arg=call arg=groups=65534 arg=setuid=65534 \
      arg=path="$work/dump" arg=execve "$name"
    assert_sets carried "dump $given"
    # Today's versions do as ever.
    same_as_bare "${dropped[@]}" path="$work/no-magic" posix_spawn
    grep -q '^posix_spawn = 8 ' "$runs/matching"
  done
}

# in_python WITH…: posix_spawn as Python's ctypes looks it up, and as a module refers to it that asks for no version.
in_python() {
  local script='
import ctypes, os, sys
os.setresuid(65534, 65534, 65534)
def start(function, *front):
    words = (ctypes.c_char_p * 2)(sys.argv[1].encode(), None)
    result = function(*front, words[0], *(None,) * (2 if front else 0), words, (ctypes.c_char_p * 1)(None))
    try:
        os.wait()
    except ChildProcessError:
        print("no child")
    print(result, flush=True)
start(ctypes.CDLL(None).posix_spawn, None)
start(ctypes.CDLL(sys.argv[2]).start)'
  capture "$1" "${@:4}" python3 -c "$script" "$2" "$3"
}

@test "C2 C5 posix_spawn looked up by dlsym, and referred to without a version" {
  cp "$probes/unversioned.so" "$work"
  local program
  for program in "$work/dump" "$work/no-magic"; do
    in_python bare "$program" "$work/unversioned.so"
    in_python preloaded "$program" "$work/unversioned.so" "${matching[@]}" CAPKEEP_PROGRAM="$work/dump"
    same bare preloaded "${kept_sets[@]}"
  done
  in_python preloaded "$work/dump" "$work/unversioned.so" "${matching[@]}" CAPKEEP_PROGRAM="$work/dump"
  assert_sets preloaded "dump $given" "dump $given"
}

@test "C2 C4 C5 system" {
  local dump="exec $work/dump one 'two words'"
  same_as_bare "${dropped[@]}" status system="$dump" status system='exit 3' system='kill -9 $$' status
  assert_sets matching "call $given" "dump $given" "call $given" "call $given"
  same_as_bare "${dropped[@]}" system=NULL setenv=C=3 setenv=A system="$dump"
  same_as_bare "${dropped[@]}" clearenv system="$dump"
  same_as_bare_for_root status system="$dump" status
  # No shell: the answer is that of a shell that ends with 127.
  same_as_bare "${dropped[@]}" system=/nonexistent/program
}

@test "C2 C4 C5 popen" {
  local dump="exec $work/dump one 'two words'"
  same_as_bare "${dropped[@]}" status popen="$dump" status popen='exit 3' status
  assert_sets matching "call $given" "dump $given" "call $given" "call $given"
  same_as_bare "${dropped[@]}" type=w popen="cat; $work/dump" type=re popen="$dump" type=we popen=cat
  same_as_bare "${dropped[@]}" type=x popen="$dump" type= popen="$dump" status
  same_as_bare_for_root status popen="$dump" status
}

@test "C2 system popen: a rule for the shell is for the shell and what it starts" {
  capture shell "${matching[@]}" CAPKEEP_PROGRAM=/bin/sh "$probes/call" "${dropped[@]}" status \
    system="$work/dump; :" status popen="$work/dump; :" status
  assert_sets shell "call $waiting" "dump $given" "call $waiting" "dump $given" "call $waiting"
}

@test "C2 system popen: a rule for a program is not for the shell" {
  capture other "${matching[@]}" CAPKEEP_PROGRAM=/usr/bin/nothing "$probes/call" "${dropped[@]}" status \
    system="$work/dump; :" status popen="$work/dump; :" status
  assert_sets other "call $waiting" "dump $nothing" "call $waiting" "dump $nothing" "call $waiting"
}

@test "C4 system popen: the shell and what it starts see a clean environment" {
  for call in system popen; do
    capture clean "${matching[@]}" "$probes/call" "${dropped[@]}" "$call=$work/dump; :"
    grep -q '^Argv' "$runs/clean"
    run ! grep -aE 'LD_PRELOAD|CAPKEEP_' "$runs/clean"
  done
}

@test "C4 system popen: a shell of root's carries the library on" {
  for call in system popen; do
    capture carried "${matching[@]}" "$probes/call" \
      "$call=exec $probes/call groups=65534 setuid=65534 path=$work/dump execv"
    assert_sets carried "dump $given"
  done
}
