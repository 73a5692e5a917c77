#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C1, C2, C5, whatever happens in between: a tracer holds a thread at the entry and at the exit of each system call of an
# operation, and another thread does another one there. What comes of it is what the two give one after the other.
# `scripts/test --long` takes all operations with all policies.

load ../lib/common
load ../lib/interleave

setup() {
  interleave_setup
}

@test "interleave: without a library everything holds with two threads, and what does not hold is seen" {
  held none --threads --policy none --long
  seen "capabilities at the user's uid, and no rule gives any" --threads --inner drop
}

@test "C1 C2 C5 another thread's operation in the middle of one: as one after the other" {
  # A thread that changes its euid back and forth while another one drops, among them.
  held_by_ours --threads
}
