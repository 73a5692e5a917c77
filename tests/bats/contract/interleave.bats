#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C1, C2, C5, whatever happens in between: a tracer stops a launcher at the entry and at the exit of each system call of an
# operation, and there a signal handler does another one. What comes of it is what the two give one after the other.
# `scripts/test --long` takes all operations with all policies.

load ../lib/common
load ../lib/interleave

setup() {
  interleave_setup
}

@test "interleave: without a library everything holds, and what does not hold is seen" {
  held none --policy none --long
  seen "capabilities at the user's uid, and no rule gives any" --inner drop
  seen "KEEPCAPS or the securebits are not as the launcher set them" --inner jump
  seen "PR_GET_KEEPCAPS answers with ours" --inner keepcaps-get
}

@test "C1 C2 C5 a signal handler's operation in the middle of another: as one after the other" {
  # A handler that drops while its process changes its euid back and forth, among them.
  held_by_ours
}
