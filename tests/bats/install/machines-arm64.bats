#!/usr/bin/env bats
# bats file_tags=slow,systems,long
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# arm64: machines of that architecture are emulated as a whole, with their own kernels (scripts/machine), and the checks of
# tests/machines/checks are made there by what the cross compiler has built. arm64.bats has what can be seen without.

load ../lib/common
load ../lib/guests

setup_file() {
  find_what_is_tested
  hide_suite_environment
  try_machine debian12-arm64 6.1
  try_machine debian13-arm64 6.12
  report
}

@test "machines: arm64, Linux 6.1: unit tests" { passed debian12-arm64 unit; }
@test "machines: arm64, Linux 6.1: registers of what is supervised" { passed debian12-arm64 registers; }
@test "machines: arm64, Linux 6.1: C6 ids that differ at exec: kept, or told" { passed debian12-arm64 ids-differ; }
@test "machines: arm64, Linux 6.1: explain --kernel has told what comes of launches" { passed debian12-arm64 explained; }
@test "machines: arm64, Linux 6.1: C1 C2 ptrace as the library" { passed debian12-arm64 ptrace-as-library; }
@test "machines: arm64, Linux 6.1: the model is the kernel's" { passed debian12-arm64 model; }
@test "machines: arm64, Linux 6.1: C1 C2 C5 C6 C7 in random cases" { passed debian12-arm64 invariants; }
@test "machines: arm64, Linux 6.1: C1 C2 C5 a signal's handler in between" { passed debian12-arm64 interleave; }
@test "machines: arm64, Linux 6.1: C1 C2 C5 another thread in between" { passed debian12-arm64 interleave-threads; }
@test "machines: arm64, Linux 6.12: unit tests" { passed debian13-arm64 unit; }
@test "machines: arm64, Linux 6.12: registers of what is supervised" { passed debian13-arm64 registers; }
@test "machines: arm64, Linux 6.12: C6 ids that differ at exec: kept, or told" { passed debian13-arm64 ids-differ; }
@test "machines: arm64, Linux 6.12: explain --kernel has told what comes of launches" { passed debian13-arm64 explained; }
@test "machines: arm64, Linux 6.12: C1 C2 ptrace as the library" { passed debian13-arm64 ptrace-as-library; }
@test "machines: arm64, Linux 6.12: the model is the kernel's" { passed debian13-arm64 model; }
@test "machines: arm64, Linux 6.12: C1 C2 C5 C6 C7 in random cases" { passed debian13-arm64 invariants; }
@test "machines: arm64, Linux 6.12: C1 C2 C5 a signal's handler in between" { passed debian13-arm64 interleave; }
@test "machines: arm64, Linux 6.12: C1 C2 C5 another thread in between" { passed debian13-arm64 interleave-threads; }
