#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C5 at length: the test suite of a program that starts others in every way there is gives the same results, test by test,
# with the library loaded and no rule that matches. CPython's is the one that Debian packages; perl's and bash's are in
# their source packages alone.
# shellcheck disable=SC2154 # the variables that find_what_is_tested sets

load ../lib/common

python=/usr/bin/python3

setup_file() {
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (run_both)
}

# Without and with the library, side by side, each in a folder of its own.
run_both() {
  local both=()
  find_what_is_tested
  hide_suite_environment
  what_is_missing >"$BATS_FILE_TMPDIR/missing"
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || return 0
  # Tests that change to another user start programs from where they are.
  make_shared_dir "$BATS_FILE_TMPDIR"
  run_modules bare &
  both+=($!)
  run_modules foreign &
  both+=($!)
  wait "${both[0]}"
  wait "${both[1]}"
}

what_is_missing() {
  if ! "$python" -c 'import test.test_subprocess, test.test_posix, test.test_os' 2>/dev/null; then
    echo "$python has no test suite (scripts/setup --all)"
  fi
}

# run_tests bare|foreign OUT MODULE|TEST…: the library goes along to what the tests start, as far as they keep the environment.
run_tests() {
  local way=$1 out=$2 with=()
  shift 2
  [[ $way == bare ]] || with=(LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_net_bind_service CAPKEEP_USER=4242424)
  (cd "$BATS_FILE_TMPDIR/$way" && TMPDIR=$PWD timeout 1500 env "${with[@]}" "$python" \
    "$BATS_TEST_DIRNAME/../../suites/python_outcomes.py" "$out" "$@" </dev/null >"$out.output" 2>&1)
}

run_modules() {
  local module
  mkdir "$BATS_FILE_TMPDIR/$1"
  for module in test_posix test_os test_subprocess; do
    run_tests "$1" "$BATS_FILE_TMPDIR/$module.$1" "test.$module" || echo "$module ended with $?"
  done
}

# unchanged MODULE LEAST: as many tests at least succeeded without the library.
unchanged() {
  local test
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || skip_because "$1" "$(cat "$BATS_FILE_TMPDIR/missing")"
  (($(grep -c ': ok$' "$BATS_FILE_TMPDIR/$1.bare") >= $2))
  find_what_is_tested
  hide_suite_environment
  for test in $(diff "$BATS_FILE_TMPDIR/$1.bare" "$BATS_FILE_TMPDIR/$1.foreign" | sed -n 's/^[<>] \([^:]*\): .*/\1/p' | sort -u); do
    unchanged_alone "$test"
  done
}

# Some of CPython's tests wait for a second, and no longer, for what a busy machine takes longer for. What the library changes,
# it changes each time.
unchanged_alone() {
  local bare=$BATS_TEST_TMPDIR/bare foreign=$BATS_TEST_TMPDIR/foreign
  for _ in 1 2 3 4 5; do
    run_tests bare "$bare" "$1"
    run_tests foreign "$foreign" "$1"
    ! diff -u "$bare" "$foreign" || return 0
  done
  return 1
}

@test "C5 CPython's test_posix" { unchanged test_posix 100; }
@test "C5 CPython's test_os" { unchanged test_os 200; }
@test "C5 CPython's test_subprocess" { unchanged test_subprocess 200; }
