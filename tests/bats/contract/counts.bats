#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the library costs, as far as it can be counted and so held: system calls, instructions, pages, bytes. How long it
# takes is scripts/bench's to say, and no test's. What is counted is a release build, which is what users run.

load ../lib/common

# At most, each beyond what the same run costs with a library in which there is nothing (tests/bench/nothing.c). One limit for
# all compilers and C libraries: GCC 12 with glibc 2.36 and GCC 14 with 2.41 differ by less than four in a hundred of the
# instructions and two in a thousand of the bytes, which is well below the room that is left.
declare -gA limit=(
  # A process in which nothing calls what is wrapped, from start to end; what ld.so does to map the file is not counted.
  # With an empty permitted set, and of root's, with one rule from the environment.
  [dormant_calls]=0
  [dormant_instructions]=11500
  [armed_instructions]=12000
  # A shell of root's, with rules for others from a file. Fifteen of the calls find and read that file; each Program= is looked
  # at once. What a rule costs is the difference of the two last, by 990.
  [rules_calls]=125
  # The same where each Program= is a link: two more. The same with another's Launcher=, for whose rules nothing else is looked up.
  [links_calls]=327
  [launcher_calls]=27
  [rules_10_instructions]=142000
  [rules_1000_instructions]=7500000
  # A credential change, beyond the call itself. Three of these and one for each capability make it (PR_SET_KEEPCAPS, and
  # after the change capset, the raises, PR_SET_KEEPCAPS again), one more each step that cannot be taken back, for which
  # CAP_SETPCAP has to be effective first. Two mask the signals and restore the mask. The other seven ask what
  # only the kernel knows (uids before and after, the sets, the securebits, the handler of signal 33), or try what could not
  # be undone afterwards (capset, PR_SET_KEEPCAPS).
  [change_one]=13
  [change_three]=15
  [change_bounding_two]=17
  [change_no_new_privs]=14
  # An exec after it, of a program that has what it should have: whose uids and gids, what is ambient, and the program
  # itself (eight), of which the log has to say where it cannot keep what it has (file capabilities, set-user-ID). The
  # others make it a transaction: the mask, threads, who it is, memory that is not on the stack, whether that of the
  # caller can be read. All of them together are less than one in a hundred of what an exec takes.
  [exec_right]=20
  # Pages of 4 KiB that a dormant process does not share: of the library's own, and all that it has more.
  [dirty_own]=2
  [dirty_added]=3
  # Of the file: what of it a process maps is shared, and touched only where something can be kept.
  [size]=86016
  [relocations]=37
  [by_name]=34
  # What can be read and executed, and what can be written.
  [segments]=2
)

setup_file() {
  local root release=$BATS_FILE_TMPDIR/release
  local -a options=(--buildtype=release -Dcommand=disabled -Dtests=disabled -Dman=disabled)
  root=$(cd -- "$BATS_TEST_DIRNAME/../../.." && pwd -P)
  find_what_is_tested
  CAPKEEP_BUILD_DIR=$release "$root/scripts/build" "${options[@]}" -- shim/libcapkeep.so
  # shellcheck disable=SC2154 # set by find_what_is_tested
  env -u LD_PRELOAD python3 -B "$root/tests/bench/counts.py" "$release/shim/libcapkeep.so" "$build/tests/bench" \
    >"$BATS_FILE_TMPDIR/counts"
}

setup() {
  hide_suite_environment
}

# counted NAME: sets `value`.
counted() {
  value=$(sed -n "s/^$1 //p" "$BATS_FILE_TMPDIR/counts")
  [[ $value ]]
  [[ $value != *' is not installed' ]] || skip_because "$BATS_TEST_DESCRIPTION" "$value"
}

# within NAME…: each of them is a number and not above its limit. All are told, not just the first.
within() {
  local name above=0
  for name in "$@"; do
    counted "$name"
    echo "$name: $value, at most ${limit[$name]}"
    [[ $value =~ ^-?[0-9]+$ ]] && ((value <= limit[$name])) || above=$((above + 1))
  done
  ((above == 0))
}

@test "counts: system calls of a dormant process" { within dormant_calls; }
@test "counts: instructions of a dormant process" { within dormant_instructions; }
@test "counts: instructions of an armed process" { within armed_instructions; }
@test "counts: system calls of a shell with rules" { within rules_calls links_calls launcher_calls; }
@test "counts: instructions of a shell with rules" { within rules_10_instructions rules_1000_instructions; }
@test "counts: system calls of a credential change" { within change_one change_three; }
@test "counts: system calls of a credential change that hardens" { within change_bounding_two change_no_new_privs; }
@test "counts: system calls of an exec that has nothing to change" { within exec_right; }
@test "counts: pages that a dormant process does not share" { within dirty_own dirty_added; }
@test "counts: the size of the file" { within size; }
@test "counts: relocations, and what ld.so maps" { within relocations by_name segments; }

@test "counts: the release build exports the rows of the table" {
  counted exported
  # shellcheck disable=SC2086 # words
  diff -u <(sed -n 's/^CK_SYMBOL(\([a-z_]*\),.*/\1/p' "$BATS_TEST_DIRNAME/../../../shim/symbols.def" | sort) \
    <(printf '%s\n' $value | grep -v '^GLIBC_' | sort -u)
}
