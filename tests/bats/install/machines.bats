#!/usr/bin/env bats
# bats file_tags=slow,systems
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Other kernels than the one that runs here: each machine of tests/machines/machines boots (scripts/machine), and the checks of
# tests/machines/checks are made there. `scripts/test --long machines` takes all of the unit tests, and more cases of each.
# What came of it is a table in the log, and machines.json in the build directory.

load ../lib/common
load ../lib/guests

setup_file() {
  find_what_is_tested
  hide_suite_environment
  try_machine debian12 6.1
  try_machine debian13 6.12
  report
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
