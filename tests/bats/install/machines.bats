#!/usr/bin/env bats
# bats file_tags=slow,systems
# Other kernels than the one that runs here: each machine of tests/machines/machines boots (scripts/machine), and the checks of
# tests/machines/checks are made there. `scripts/test --long machines` takes all of the unit tests, and more cases of each.
# What came of it is a table in the log, and machines.json in the build directory.
# shellcheck disable=SC2154 # the variables that find_what_is_tested sets

load ../lib/common

machines=$BATS_TEST_DIRNAME/../../machines

setup_file() {
  find_what_is_tested
  hide_suite_environment
  try_machine debian12 6.1
  try_machine debian13 6.12
  "$machines/report" "$build/machines.json" "${reported[@]}" >"$BATS_FILE_TMPDIR/table"
  sed 's/^/# /' "$BATS_FILE_TMPDIR/table" >&3
}

# In hundredths of a second, whatever is done to the clock meanwhile.
read_uptime() {
  local now
  read -r now _ </proc/uptime
  uptime=${now/./}
}

# try_machine NAME VERSION: one at a time, as each takes both processors.
try_machine() {
  local at=$BATS_FILE_TMPDIR/$1 status=0 predicted uptime start
  local -a checks=(tests/machines/checks) limit=(--time-limit 800)
  ((long == 0)) || checks+=(--long) limit=(--time-limit 3400)
  read_uptime
  start=$uptime
  predicted=$(CAPKEEP_BUILD_DIR=$build "$machines/checks" --predict "$2")
  CAPKEEP_BUILD_DIR=$build "$BATS_TEST_DIRNAME/../../../scripts/machine" "${limit[@]}" "$1" -- \
    "${checks[@]}" --predicted "$predicted" \
    >"$at.out" 2>"$at.err" 3>&- </dev/null || status=$?
  ((status != 77)) || sed -n 's/^scripts.machine: cannot run here: //p' "$at.err" >"$at.why-not"
  read_uptime
  reported+=("$1:$((uptime - start)):$at.out")
}

# passed MACHINE CHECK
passed() {
  local at=$BATS_FILE_TMPDIR/$1 result
  [[ ! -s $at.why-not ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$at.why-not")"
  result=$(grep "^check $2 " "$at.out") || { tail -n 40 "$at.out" "$at.err"; return 1; }
  [[ $result != *' skipped '* ]] || skip_because "$BATS_TEST_DESCRIPTION" "${result#*skipped [0-9]* }"
  [[ $result == *' passed '* ]] || { cat "$at.out"; return 1; }
}

@test "machines: Linux 6.1: unit tests" { passed debian12 unit; }
@test "machines: Linux 6.1: registers of what is supervised" { passed debian12 registers; }
@test "machines: Linux 6.1: C6 ids that differ at exec: kept, or told" { passed debian12 ids-differ; }
@test "machines: Linux 6.1: explain --kernel has told what comes of launches" { passed debian12 explained; }
@test "machines: Linux 6.1: C1 C2 ptrace as the library" { passed debian12 ptrace-as-library; }
@test "machines: Linux 6.1: the model is the kernel's" { passed debian12 model; }
@test "machines: Linux 6.1: C1 C2 C5 C6 C7 in random cases" { passed debian12 invariants; }
@test "machines: Linux 6.1: C1 C2 C5 a signal's handler in between" { passed debian12 interleave; }
@test "machines: Linux 6.1: C1 C2 C5 another thread in between" { passed debian12 interleave-threads; }
@test "machines: Linux 6.12: unit tests" { passed debian13 unit; }
@test "machines: Linux 6.12: registers of what is supervised" { passed debian13 registers; }
@test "machines: Linux 6.12: C6 ids that differ at exec: kept, or told" { passed debian13 ids-differ; }
@test "machines: Linux 6.12: explain --kernel has told what comes of launches" { passed debian13 explained; }
@test "machines: Linux 6.12: C1 C2 ptrace as the library" { passed debian13 ptrace-as-library; }
@test "machines: Linux 6.12: the model is the kernel's" { passed debian13 model; }
@test "machines: Linux 6.12: C1 C2 C5 C6 C7 in random cases" { passed debian13 invariants; }
@test "machines: Linux 6.12: C1 C2 C5 a signal's handler in between" { passed debian13 interleave; }
@test "machines: Linux 6.12: C1 C2 C5 another thread in between" { passed debian13 interleave-threads; }
