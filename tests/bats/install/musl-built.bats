#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library compiled for musl, as a distribution with that C library would have it, below launchers and programs of
# musl's; and the one compiled for glibc below the same. musl.bats has the two kinds mixed.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup_file() {
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (build_with_musl)
}

build_with_musl() {
  local programs=$BATS_FILE_TMPDIR/programs
  find_what_is_tested
  hide_suite_environment
  make_shared_dir "$BATS_FILE_TMPDIR"
  what_is_missing >"$BATS_FILE_TMPDIR/missing"
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || return 0
  quietly meson setup --cross-file "$BATS_TEST_DIRNAME/../../musl.cross" -Dcommand=disabled -Dtests=disabled -Dman=disabled \
    -Dwerror=true "$BATS_FILE_TMPDIR/musl" "$BATS_TEST_DIRNAME/../../.."
  quietly ninja -C "$BATS_FILE_TMPDIR/musl"
  # The programs under the names that the tests of the wrapped calls look for.
  mkdir -p "$programs/tests/probes"
  cp "$build/tests/probes/musl_call" "$programs/tests/probes/call"
  cp "$build/tests/probes/musl_dump" "$programs/tests/probes/dump"
}

# What there has to be and is not, in words; nothing where all is there.
what_is_missing() {
  if [[ $(uname -m) != x86_64 ]]; then
    echo 'tests/musl.cross is for x86-64'
  elif ! command -v musl-gcc >/dev/null || [[ ! -x $build/tests/probes/musl_call ]]; then
    echo 'there was no musl-gcc when the probes were built'
  fi
}

quietly() {
  "$@" >"$BATS_FILE_TMPDIR/output" 2>&1 || { cat "$BATS_FILE_TMPDIR/output"; return 1; }
}

setup() {
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/missing")"
  probes_setup
  musl=$BATS_FILE_TMPDIR/musl/shim/libcapkeep.so
  preload=(LD_PRELOAD="$musl" CAPKEEP_LOG=none)
  su_exec=("$probes/musl_su_exec" 65534)
  cp "$probes/musl_dump" "$work/dump"
}

# passes LIBRARY FILE [BATS-OPTION…]: these tests, by programs of musl's.
passes() {
  local library=$1 file=$2
  shift 2
  CAPKEEP_TEST_BUILD=$BATS_FILE_TMPDIR/programs CAPKEEP_TEST_LIB=$library CAPKEEP_TEST_BIN=$bin CAPKEEP_MUST_WORK=$must_work \
    bats --tap "$@" "$BATS_TEST_DIRNAME"/../*/"$file.bats" </dev/null
}

@test "musl: the library exports what is wrapped, needs musl alone, and imports nothing that it lacks" {
  local loader
  NM="nm" "$BATS_TEST_DIRNAME/../../audit/exports" "$BATS_TEST_DIRNAME/../../../shim/symbols.def" "$musl"
  [[ $(readelf -d "$musl" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p') == libc.so ]]
  loader=$(readelf -l "$work/dump" | sed -n 's/.*Requesting program interpreter: \(.*\)\]/\1/p')
  run comm -23 <(nm -D --undefined-only "$musl" | awk '$1 == "U" { print $2 }' | sort -u) \
    <(nm -D --defined-only "$loader" | awk '{ print $NF }' | sort -u)
  [[ $status == 0 && ! $output ]]
}

@test "C1 C2 C4 C5 musl: a launcher of the su-exec kind, by a rule for a user's name and by a policy file" {
  local policy=$BATS_TEST_TMPDIR/policies/policy
  mkdir -m 755 "$BATS_TEST_TMPDIR/policies"
  printf '[Keep it]\nUser=nobody\nAmbientCapabilities=%s\n' "$keep" >"$policy"
  capture bare "${su_exec[@]}" "$work/dump" one 'two words'
  capture named "${preload[@]}" CAPKEEP_AMBIENT="$keep" CAPKEEP_USER=nobody "${su_exec[@]}" "$work/dump" one 'two words'
  capture foreign "${preload[@]}" CAPKEEP_AMBIENT="$keep" CAPKEEP_USER=daemon "${su_exec[@]}" "$work/dump" one 'two words'
  capture filed "${preload[@]}" CAPKEEP_POLICY="$policy" "${su_exec[@]}" "$work/dump" one 'two words'
  assert_sets named "dump $given"
  assert_sets filed "dump $given"
  assert_sets foreign "dump $nothing"
  same bare foreign
  same bare named "${kept_sets[@]}"
  same bare filed "${kept_sets[@]}"
  # C8
  chmod 666 "$policy"
  capture untrusted "${preload[@]}" CAPKEEP_POLICY="$policy" "${su_exec[@]}" "$work/dump" one 'two words'
  assert_sets untrusted "dump $nothing"
}

@test "C1 C3 C5 C7 musl: the calls that change the uid, by the library for musl" {
  passes "$musl" calls-uid --filter '^C[1357]'
}

@test "C2 C4 C5 musl: the calls that execute a program, by the library for musl" {
  passes "$musl" calls-exec
}

@test "C1 C2 C3 C5 C7 musl: the calls that change the uid, by the library for glibc" {
  passes "$lib" calls-uid
}
