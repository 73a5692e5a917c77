#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The other compiler: all of it compiled without a warning, the unit tests and audits, and the library that it makes in real
# launchers.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup_file() {
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (build_with_clang)
}

build_with_clang() {
  find_what_is_tested
  hide_suite_environment
  make_shared_dir "$BATS_FILE_TMPDIR"
  command -v clang >/dev/null || return 0
  CC=clang quietly meson setup -Dtests=enabled -Dwerror=true -Ddebug=false -Dman=disabled "$BATS_FILE_TMPDIR/clang" \
    "$BATS_TEST_DIRNAME/../../.."
  quietly ninja -C "$BATS_FILE_TMPDIR/clang"
}

quietly() {
  "$@" >"$BATS_FILE_TMPDIR/output" 2>&1 || { cat "$BATS_FILE_TMPDIR/output"; return 1; }
}

setup() {
  command -v clang >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "clang is not installed"
  probes_setup
  clang=$BATS_FILE_TMPDIR/clang
}

# passes FILE…: these tests, with the library, the command and the programs that clang has made.
passes() {
  local file
  for file in "$@"; do
    CAPKEEP_TEST_BUILD=$clang CAPKEEP_TEST_LIB=$clang/shim/libcapkeep.so CAPKEEP_TEST_BIN=$clang/cli/capkeep \
      CAPKEEP_MUST_WORK=$must_work bats --tap "$BATS_TEST_DIRNAME/../contract/$file.bats" </dev/null
  done
}

@test "clang: the unit tests" {
  meson test -C "$clang" --no-rebuild --suite unit
}

@test "clang: the audits" {
  meson test -C "$clang" --no-rebuild --suite audit
}

@test "clang: the wrapped calls" {
  passes calls-uid
}
