#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzing, half a minute for each target; scripts/fuzz runs them longer. Two at a time, all begun before the first test.

load ../lib/common

setup_file() {
  find_what_is_tested
  hide_suite_environment
  CAPKEEP_BUILD_DIR=$build "$BATS_TEST_DIRNAME/../../../scripts/fuzz" --seconds 30 --jobs 2 >"$BATS_FILE_TMPDIR/output" 2>&1 ||
    echo $? >"$BATS_FILE_TMPDIR/status"
}

# The whole output is shown where something was found, with the input that broke it.
found_nothing() {
  local status
  status=$(cat "$BATS_FILE_TMPDIR/status" 2>/dev/null) || status=0
  ((status != 77)) || skip_because "$BATS_TEST_DESCRIPTION" "clang has no libFuzzer here"
  grep "^$1: nothing found in [1-9][0-9]* runs" "$BATS_FILE_TMPDIR/output" && return
  cat "$BATS_FILE_TMPDIR/output"
  return 1
}

@test "C8 fuzz: policy files" { found_nothing policy_file; }
@test "C8 fuzz: the rule of the environment" { found_nothing environment; }
@test "C8 fuzz: lists of capabilities and IAB text, with libcap for a judge" { found_nothing caps; }
@test "C4 fuzz: the environment of the next program" { found_nothing environ_rewrite; }
@test "C2 fuzz: heads of ELF files and scripts" { found_nothing file_head; }
@test "C9 fuzz: systemd units" { found_nothing convert_systemd; }
@test "C9 fuzz: pam_cap's capability.conf" { found_nothing convert_pam_cap; }
@test "C9 fuzz: OpenRC service scripts" { found_nothing convert_openrc; }

@test "every fuzz target has its test, and a corpus" {
  local target
  for target in "$BATS_TEST_DIRNAME"/../../fuzz/fuzz_*.c; do
    target=${target##*/fuzz_} target=${target%.c}
    grep -q "{ found_nothing $target; }" "$BATS_TEST_FILENAME"
    [[ $(ls "$BATS_TEST_DIRNAME/../../fuzz/corpus/$target") ]]
  done
}
