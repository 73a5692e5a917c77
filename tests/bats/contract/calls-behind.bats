#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is preloaded behind the library and wraps the same functions is called as it would be without it: where something
# is kept, where no rule matches, and where nothing is permitted. So it is whatever the table is like by which its
# functions are found.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  steps=("setresuid=65534,65534,65534" status path="$work/dump" execve)
  passed=(behind: execve behind: setresuid)
}

# behind NAME: with the library of that name, the launcher and its program have what they should, and both calls pass it.
behind() {
  local second=$probes/$1.so name
  [[ -e $second ]] || skip_because "$1" "the compiler cannot build it"
  capture bare LD_PRELOAD="$second" "$probes/call" "${steps[@]}"
  capture matching "${matching[@]}" LD_PRELOAD="$lib:$second" "$probes/call" "${steps[@]}"
  capture foreign "${foreign[@]}" LD_PRELOAD="$lib:$second" "$probes/call" "${steps[@]}"
  capture dormant "${matching[@]}" CAPKEEP_DISABLE=1 LD_PRELOAD="$lib:$second" "$probes/call" "${steps[@]}"
  for name in bare matching foreign dormant; do
    diff -u <(printf '%s %s\n' "${passed[@]}") <(grep -o 'behind: .*' "$runs/$name" | sort)
  done
  assert_sets matching "call $keep_mask $keep_mask $keep_mask $keep_mask" "dump $keep_mask $keep_mask $keep_mask $keep_mask"
  assert_sets foreign "call $no_caps $no_caps $no_caps $no_caps" "dump $no_caps $no_caps $no_caps $no_caps"
  # ld.so warns of a function that is chosen before what it may need is ready.
  sed -i '/ Relink /d' "$runs/bare"
  same bare foreign
}

@test "C1 C5 a library behind this one is called" { behind behind; }
@test "C1 C5 a library behind this one that has only the older kind of hash table" { behind behind_sysv; }
@test "C1 C5 a library behind this one whose function is chosen at load" { behind behind_ifunc; }

@test "C1 C5 a library behind this one with an empty hash table defines nothing" {
  cp "$probes/behind.so" "$work/empty.so"
  python3 - "$work/empty.so" "$(readelf -SW "$work/empty.so" | sed -nE 's/.* \.gnu\.hash +GNU_HASH +[0-9a-f]+ ([0-9a-f]+) .*/\1/p')" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2], 16))
    file.write(bytes(4))  # no buckets
PYTHON
  capture bare LD_PRELOAD="$work/empty.so" "$probes/call" "${steps[@]}"
  capture foreign "${foreign[@]}" LD_PRELOAD="$lib:$work/empty.so" "$probes/call" "${steps[@]}"
  capture matching "${matching[@]}" LD_PRELOAD="$lib:$work/empty.so" "$probes/call" "${steps[@]}"
  same bare foreign
  run ! grep 'behind:' "$runs/matching"
  assert_sets matching "call $keep_mask $keep_mask $keep_mask $keep_mask" "dump $keep_mask $keep_mask $keep_mask $keep_mask"
}

@test "C5 what is preloaded in front is called first, and calls this one" {
  capture matching "${matching[@]}" LD_PRELOAD="$probes/behind.so:$lib" "$probes/call" "${steps[@]}"
  diff -u <(printf '%s %s\n' "${passed[@]}") <(grep -o 'behind: .*' "$runs/matching" | sort)
  assert_sets matching "call $keep_mask $keep_mask $keep_mask $keep_mask" "dump $keep_mask $keep_mask $keep_mask $keep_mask"
}

# runs_as_bare COMMAND…: with a rule that matches, with none that does and with the library switched off.
runs_as_bare() {
  capture bare "$@"
  for vars in CAPKEEP_USER=nobody CAPKEEP_USER=4242424 CAPKEEP_DISABLE=1; do
    capture preloaded "${matching[@]}" "$vars" "$@"
    same bare preloaded
  done
}

@test "C5 libc.so.6 and ld.so executed as programs, by root and by a user" {
  local libc loader user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  libc=$(ldd /bin/true | sed -nE 's/.*=> (.*\/libc\.so\.6) .*/\1/p')
  loader=$(readelf -lW /bin/true | sed -nE 's/.*interpreter: (.*)\]/\1/p')
  runs_as_bare "$libc"
  grep -q '^GNU C Library' "$runs/bare"
  for arguments in --version --help "--verify /bin/true" "$libc" "/bin/echo said"; do
    # shellcheck disable=SC2086 # words
    runs_as_bare sh -c '"$@" | grep -v LD_PRELOAD' sh "$loader" $arguments
  done
  runs_as_bare "${user[@]}" "$libc"
  runs_as_bare "${user[@]}" "$loader" "$libc"
}

@test "C5 where the C library comes before this one, it finds nothing and stays out of the way" {
  capture bare LD_PRELOAD=libc.so.6 "$probes/call" "${steps[@]}"
  # It does not even look at the policy, which may have a mistake.
  for vars in CAPKEEP_USER=nobody CAPKEEP_USER=4242424 CAPKEEP_DISABLE=1 CAPKEEP_AMBIENT=cap_kil; do
    capture preloaded "${matching[@]}" "$vars" LD_PRELOAD="libc.so.6 $lib" "$probes/call" "${steps[@]}"
    same bare preloaded "${carried[@]}"
    grep -qx 'setresuid = 0' "$runs/preloaded"
    assert_sets preloaded "call $no_caps $no_caps $no_caps $no_caps" "dump $no_caps $no_caps $no_caps $no_caps"
  done
}
