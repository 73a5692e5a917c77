#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C4, the environment: while there is a uid 0 the preload and the policy go along, also where the launcher has cleaned
# up; without one, the program sees what it would have seen.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  second=$probes/second_preload.so
  cp "$second" "$work/third.so"
  third=$work/third.so
  leave=("${dropped[@]}" path="$work/dump")
}

# sees_as_bare COMMAND…: the last program has K, and all else as without capkeep.
sees_as_bare() {
  capture bare "$@"
  capture matching "${matching[@]}" "$@"
  same bare matching "${kept_sets[@]}"
  assert_sets matching "dump $given"
}

@test "C4 env -i and cleared environments between root and root" {
  sees_as_bare env -i "$probes/call" "${leave[@]}" execve
  sees_as_bare env -i B=2 "$probes/call" "${leave[@]}" execve
  sees_as_bare env -i env -i env -i "$probes/call" "${leave[@]}" execvp
  sees_as_bare "$probes/call" clearenv path="$probes/call" arg=call arg=groups=65534 arg=setuid=65534 \
    arg=path="$work/dump" arg=execv execvp
  sees_as_bare "$probes/call" env=B=2 path="$probes/call" arg=call arg=groups=65534 arg=setuid=65534 \
    arg=path="$work/dump" arg=execv posix_spawn
  sees_as_bare perl -e '%ENV = (); exec @ARGV' "$probes/call" "${leave[@]}" execve
}

@test "C4 a shell between root and root, with its own variables" {
  sees_as_bare sh -c 'unset LD_PRELOAD; B=2 exec "$@"' sh "$probes/call" "${leave[@]}" execve
  sees_as_bare sh -c 'unset LD_PRELOAD CAPKEEP_AMBIENT CAPKEEP_LOG; "$@"; exit 3' sh "$probes/call" "${leave[@]}" execve
}

@test "C4 the program sees neither LD_PRELOAD nor any CAPKEEP_ variable, and all that only looks like one" {
  local -a like=(MY_CAPKEEP_AMBIENT=1 CAPKEEP=2 LD_PRELOAD_=3 CAPKEEPING=4)
  capture bare "${like[@]}" "$probes/call" "${leave[@]}" execve
  capture matching "${like[@]}" "${matching[@]}" CAPKEEP_OF_LATER_VERSIONS=1 "$probes/call" "${leave[@]}" execve
  same bare matching "${kept_sets[@]}"
  run ! grep -aE $'^Env:\t(LD_PRELOAD=|CAPKEEP_)' "$runs/matching"
}

# stays_in_order REST LIST…: of each LD_PRELOAD list, the program sees just this rest.
stays_in_order() {
  local rest=$1 list
  shift
  capture bare LD_PRELOAD="$rest" "$probes/call" "${leave[@]}" execve
  for list in "$@"; do
    capture listed LD_PRELOAD="$list" CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep" "$probes/call" "${leave[@]}" execve
    same bare listed "${kept_sets[@]}"
    assert_sets listed "dump $given"
  done
}

@test "C4 other entries of LD_PRELOAD stay, in their order" {
  stays_in_order "$second" "$second:$lib" "$lib:$second" "$second $lib" "$lib $second" "$lib:$second:$lib"
  stays_in_order "$second:$third" "$lib:$second:$third" "$second:$lib:$third" "$second:$third:$lib"
  stays_in_order "$third $second" "$lib $third $second" "$third $lib $second" "$third $second $lib"
}

@test "C4 another entry is really loaded, before and after the change" {
  capture loaded LD_PRELOAD="$second:$lib" CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep" "$probes/call" "${dropped[@]}" \
    path=/bin/grep arg=grep arg=-o arg=second_preload.so arg=/proc/self/maps execv
  grep -qx second_preload.so "$runs/loaded"
}

# What is not there is looked up by dlsym, and glibc takes memory for what dlerror would say.
@test "C1 C5 syscall and prctl by a malloc that starts before the library, or while it does" {
  local malloc=$probes/malloc_starts.so
  capture bare LD_PRELOAD="$malloc" "$probes/call" "${leave[@]}" execve
  for both in "$lib:$malloc" "$malloc:$lib"; do
    capture foreign "${foreign[@]}" LD_PRELOAD="$both" "$probes/call" "${leave[@]}" execve
    same bare foreign "${carried[@]}"
    capture matching "${matching[@]}" LD_PRELOAD="$both" "$probes/call" "${leave[@]}" execve
    assert_sets matching "dump $given"
  done
}

@test "C4 a launcher's own LD_PRELOAD: ours goes in front while root, and is the only one to go" {
  capture carried "${matching[@]}" "$probes/call" env=LD_PRELOAD="$third" path="$work/dump" execve
  grep -qx $'Env:\t'"LD_PRELOAD=$lib:$third" "$runs/carried"
  capture bare "$probes/call" "${dropped[@]}" env=LD_PRELOAD="$third" path="$work/dump" execve
  capture matching "${matching[@]}" "$probes/call" "${dropped[@]}" env=LD_PRELOAD="$third" path="$work/dump" execve
  same bare matching "${kept_sets[@]}"
}

@test "C4 a relative entry still finds the library after the launcher has changed its directory" {
  cp "$lib" "$work/libcapkeep.so"
  for entry in ./libcapkeep.so ../work/libcapkeep.so; do
    capture relative LD_PRELOAD="$entry" CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep" "$probes/call" cd=/ path="$probes/call" \
      arg=call arg=groups=65534 arg=setuid=65534 arg=path="$work/dump" arg=execv execv
    assert_sets relative "dump $given"
    run ! grep -aE 'LD_PRELOAD|CAPKEEP_|ld.so' "$runs/relative"
  done
}

@test "C4 an entry without a slash stays one" {
  local -a by_name=(LD_LIBRARY_PATH="$(dirname "$lib")" LD_PRELOAD=libcapkeep.so CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep")
  capture carried "${by_name[@]}" "$probes/call" path="$work/dump" execv
  grep -qx $'Env:\tLD_PRELOAD=libcapkeep.so' "$runs/carried"
  capture bare "${by_name[0]}" "$probes/call" "${leave[@]}" execv
  capture matching "${by_name[@]}" "$probes/call" "${leave[@]}" execv
  same bare matching "${kept_sets[@]}"
  assert_sets matching "dump $given"
}

@test "C4 a later value of the launcher's for a variable of ours is the launcher's" {
  capture later "${matching[@]}" sh -c 'CAPKEEP_AMBIENT=cap_kill exec "$@"' sh "$probes/call" "${leave[@]}" execve
  assert_sets later "dump 0000000000000020 0000000000000020 0000000000000020 0000000000000020"
}

@test "C4 C5 the launcher's own environment is not touched, also by an exec that fails" {
  carried=($'Own:\t(LD_PRELOAD=|CAPKEEP_)')
  same_as_bare_for_root printenv path="$work/nothing" execv env=B=2 execve printenv
  capture own "${matching[@]}" "$probes/call" printenv "${dropped[@]}" path="$work/nothing" execv execvp \
    posix_spawn printenv
  diff -u <(grep ^Own: "$runs/own" | sed -n '1,7p') <(grep ^Own: "$runs/own" | sed -n '8,$p')
  [[ $(grep -c ^Own: "$runs/own") == 14 ]]
}

# A program of root's that executes itself until its environment is clean, or as it wants it; and one that counts how often.
write_cleaner() {
  printf '#!/bin/bash\nread -r count <"$1" || :\necho $((count + 1)) >"$1"\n((count < 20)) || exit 9\n%s\nexec "${@:2}"\n' "$2" >"$1"
  chmod 755 "$1"
}

# lets_go TEXT: with this text in its middle the script comes to its end, as it does without the library, and what it
# executes then has nothing and sees nothing. It is told once.
lets_go() {
  local how with=() clean='[[ $(env | grep -vE "^(PWD|SHLVL|_|OLDPWD)=") == "" ]]'
  write_cleaner "$work/cleaner" "${1//CLEAN/$clean}"
  for how in bare preloaded; do
    echo 0 >"$work/count"
    [[ $how == bare ]] || with=("${matching[@]}" CAPKEEP_LOG=stderr)
    capture "$how" "${with[@]}" bash -c '"$@"; exit' bash "$work/cleaner" "$work/count" "$work/dump"
    grep -qx 'status: 0' "$runs/$how"
  done
  same bare preloaded 'capkeep\['
  [[ $(<"$work/count") == 3 ]]
  [[ $(grep -c "event=out-of-reach .*program=.* reason=declined remedy=" "$runs/preloaded") == 1 ]]
}

@test "C4 a process that takes the library out of its environment once more, and executes itself again, is let go" {
  # In one step, and by way of another program; and with LD_PRELOAD as it wants it.
  lets_go 'CLEAN || exec -c "$0" "$@"'
  lets_go 'CLEAN || exec env -i "$0" "$@"'
  lets_go '[[ ${LD_PRELOAD-} == libc.so.6 ]] || LD_PRELOAD=libc.so.6 exec "$0" "$@"'
}

@test "C4 what executes itself in a child, or once, or otherwise each time, is carried on" {
  # As a server's binary upgrade: again and again with the same arguments, each time in a child, in an environment of its own.
  printf '#!/bin/bash\nread -r count <"$1"\necho $((count - 1)) >"$1"\n((count)) || exec "${@:2}"\nenv -i "$0" "$@"\nexit\n' \
    >"$work/upgrade"
  # In itself, with one argument less.
  printf '#!/bin/bash\n(($1)) || exec "${@:2}"\nexec -c "$0" $(($1 - 1)) "${@:2}"\n' >"$work/again"
  chmod 755 "$work/upgrade" "$work/again"
  echo 5 >"$work/count"
  capture upgrade "${matching[@]}" "$work/upgrade" "$work/count" "$probes/call" "${leave[@]}" execve
  capture again "${matching[@]}" "$work/again" 5 "$probes/call" "${leave[@]}" execve
  for way in upgrade again; do
    assert_sets "$way" "dump $given"
    run ! grep -a CAPKEEP_ "$runs/$way"
  done
}

@test "C4 C5 what it is known by is seen neither by the program nor by what that starts" {
  capture matching "${matching[@]}" "$probes/call" clearenv path="$probes/call" arg=call arg=printenv arg=path="$work/dump" \
    arg=how=fork arg=execv arg=posix_spawn execv
  run ! grep -a CAPKEEP_PUT_BACK "$runs/matching"
  grep -q '^Own:.LD_PRELOAD=' "$runs/matching"
}

@test "C4 CAPKEEP_DISABLE=1 is as without the library" {
  capture bare "$probes/call" "${leave[@]}" execve
  capture disabled "${matching[@]}" CAPKEEP_DISABLE=1 "$probes/call" "${leave[@]}" execve
  same bare disabled "${carried[@]}"
  assert_sets disabled "dump $no_caps $no_caps $no_caps $no_caps"
}
