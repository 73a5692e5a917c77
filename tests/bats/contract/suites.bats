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
  run_modules bare env &
  both+=($!)
  run_modules foreign env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_net_bind_service CAPKEEP_USER=4242424 &
  both+=($!)
  wait "${both[0]}"
  wait "${both[1]}"
}

what_is_missing() {
  if ! "$python" -c 'import test.test_subprocess, test.test_posix, test.test_os' 2>/dev/null; then
    echo "$python has no test suite (scripts/setup --all)"
  fi
}

# run_modules NAME COMMAND…: the library goes along to what the tests start, as far as they keep the environment.
run_modules() {
  local name=$1 module
  shift
  mkdir "$BATS_FILE_TMPDIR/$name"
  cd "$BATS_FILE_TMPDIR/$name" || return
  for module in test_posix test_os test_subprocess; do
    TMPDIR=$BATS_FILE_TMPDIR/$name timeout 600 "$@" "$python" "$BATS_TEST_DIRNAME/../../suites/python_outcomes.py" \
      "$BATS_FILE_TMPDIR/$module.$name" "test.$module" </dev/null >"$module.output" 2>&1 || echo "$module ended with $?"
  done
}

# unchanged MODULE LEAST: as many tests at least succeeded without the library.
unchanged() {
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || skip_because "$1" "$(cat "$BATS_FILE_TMPDIR/missing")"
  (($(grep -c ': ok$' "$BATS_FILE_TMPDIR/$1.bare") >= $2))
  diff -u "$BATS_FILE_TMPDIR/$1.bare" "$BATS_FILE_TMPDIR/$1.foreign"
}

@test "C5 CPython's test_posix" { unchanged test_posix 100; }
@test "C5 CPython's test_os" { unchanged test_os 200; }
@test "C5 CPython's test_subprocess" { unchanged test_subprocess 200; }
