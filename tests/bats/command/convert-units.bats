#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep convert --from systemd` on the units of Debian that have AmbientCapabilities=: each becomes a rule that says what
# the unit says, or is refused with a line of it. The units are those that scripts/setup unpacks.
# shellcheck disable=SC2154 # the variables that find_what_is_tested sets

load ../lib/common
bats_require_minimum_version 1.5.0

units=/var/cache/capkeep-tests/units/lib

setup() {
  find_what_is_tested
  hide_suite_environment
  [[ -d $units ]] || skip_because "$BATS_TEST_DESCRIPTION" "$units is not there (scripts/setup unpacks it)"
}

# values KEY: of the unit, one assignment a line, with the prefixes of a command taken away.
values() {
  sed -n "s/^$1=//p" "$unit"
}

# A reading of its own, for what these units are written like: each set in one line or in several that add up.
check_rule() {
  local rule=$1 program
  diff <(values User | tail -n 1) <(sed -n 's/^User=//p' "$rule")
  diff <(values ExecStart | sed 's/^[-@:!]*//; s/ .*//' | sort -u) <(sed -n 's/^Program=//p' "$rule" | sort)
  diff <(values AmbientCapabilities | tr 'A-Z ' 'a-z\n' | sort) <(sed -n 's/^AmbientCapabilities=//p' "$rule" | tr , '\n' | sort)
  if grep -q '^CapabilityBoundingSet=[^~]' "$unit"; then
    diff <(values CapabilityBoundingSet | tr 'A-Z ' 'a-z\n' | sort -u) \
      <(sed -n 's/^CapabilityBoundingSet=//p' "$rule" | tr , '\n' | sort)
  fi
  ! grep -qE '^(NoNewPrivileges|LockPersonality|RestrictRealtime)=(yes|true)|^SystemCallFilter=' "$unit" ||
    grep -qx NoNewPrivileges=yes "$rule"
}

@test "C9 convert --from systemd: each unit of Debian with AmbientCapabilities= gives its rule, or the line why not" {
  local unit rules=0 refused=0
  cd "$BATS_TEST_TMPDIR"
  while read -r unit; do
    if "$bin" convert --from systemd "$unit" >rule 2>why; then
      check_rule rule || { cat "$unit" rule; return 1; }
      rules=$((rules + 1))
    else
      [[ ! -s rule ]]
      grep -qE "^$unit:[0-9]+: error: |no User=" why || { cat why; return 1; }
      refused=$((refused + 1))
    fi
  done < <(find "$units" -type f -exec grep -l '^AmbientCapabilities=' {} +)
  echo "$rules rules, $refused refused"
  ((rules >= 15 && refused >= 8))
}
