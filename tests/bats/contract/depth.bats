#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C5: a wrapper needs at most 2 KiB more stack than the real call, the pointers of a new environment not counted: threads of
# PTHREAD_STACK_MIN and handlers on 8 KiB stacks execute programs. Measured for each of them, as root and as a user, with
# each kind of log and rule, and whatever becomes of the exec.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  [[ -x $probes/depth ]] || skip_because "$BATS_TEST_DESCRIPTION" "this C library has no makecontext"
  cp "$build/tests/launchers/drop-static" "$work/static"
  cp /bin/true "$work/program"
  printf '#!%s\n' "$work/program" >"$work/script"
  echo : >"$work/no-magic"
  chmod 755 "$work/script" "$work/no-magic"
  : >"$work/log"
  chmod 666 "$work/log"
  # No kernel has capability 63; each exec is told, in a line of its own.
  losing=CAPKEEP_AMBIENT="$keep 63"
  policies=(
    "CAPKEEP_LOG=none"
    "CAPKEEP_LOG=$work/log|$losing"
    "CAPKEEP_LOG=syslog|$losing|CAPKEEP_ON_FAILURE=refuse"
    "CAPKEEP_LOG=stderr|CAPKEEP_PROGRAM=$work/*|CAPKEEP_BOUNDING=$keep|CAPKEEP_NO_NEW_PRIVS=yes"
    "CAPKEEP_LOG=stderr|CAPKEEP_PROGRAM=/elsewhere|CAPKEEP_GUARD=yes"
    "CAPKEEP_LOG=$work/log|CAPKEEP_DESCENDANTS=no"
    "CAPKEEP_LOG=$work/log|CAPKEEP_METHOD=$bin"
  )
}

# Where the C library binds its own calls at their first use, that is not what is measured.
depth() {
  env -i "${base[@]}" LD_BIND_NOW=1 "$@" </dev/null 2>/dev/null | grep -E '^[a-z_-]+ [0-9]+$' | sort
}

# hold USER ENVIRONMENT TARGET: what each call takes more than bare, by every policy, is at most 2 KiB.
hold() {
  local policy
  local -a variables
  depth "$probes/depth" "$@" >"$runs/bare"
  [[ $(wc -l <"$runs/bare") -gt 25 ]]
  for policy in "${policies[@]}"; do
    IFS='|' read -ra variables <<<"$policy"
    depth "${matching[@]}" "${variables[@]}" "$probes/depth" "$@" >"$runs/preloaded"
    join "$runs/bare" "$runs/preloaded" >"$runs/both"
    [[ $(wc -l <"$runs/both") == "$(wc -l <"$runs/bare")" ]]
    # The pointers, and one for the end, where the environment becomes another one: as a user, or cleared.
    awk -v what="$* $policy" -v user="$1" -v environment="$2" '
      $1 == "variables" { pointers = user != "root" || environment == "cleared" ? 8 * ($3 + 1) : 0; next }
      { call[NR] = $1; more[NR] = $3 - $2 }
      END {
        for (i in more)
          if (more[i] > 2048 + pointers) { print call[i] ": " more[i] " bytes more than bare: " what; bad = 1 }
        exit bad
      }' "$runs/both"
  done
}

@test "C5 stack: at most 2 KiB more than bare, as root" {
  for target in program script no-magic nothing static; do
    hold root own "$work/$target"
  done
  hold root cleared "$work/program"
  hold root cleared "$work/static"
}

@test "C5 stack: at most 2 KiB more than bare, as a user" {
  for target in program script no-magic nothing static; do
    hold user own "$work/$target"
  done
  hold user cleared "$work/program"
}

@test "C5 stack: at most 2 KiB more than bare, where only the exec completes the drop, and beside another thread" {
  for target in program script no-magic nothing; do
    hold saved own "$work/$target"
  done
  for target in program script nothing; do
    hold threads own "$work/$target"
  done
}
