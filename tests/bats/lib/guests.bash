# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # from lib/common
# For the files that have checks made in the guests of scripts/machine. Load it after lib/common.

machines=$BATS_TEST_DIRNAME/../../machines

# In hundredths of a second, whatever is done to the clock meanwhile.
read_uptime() {
  local now
  read -r now _ </proc/uptime
  uptime=${now/./}
}

# try_machine NAME VERSION [OPTION…]: with these options of scripts/machine. One at a time, as each takes both processors.
# `as`, where it is set, is the name that it has here.
try_machine() {
  local name=$1 version=$2 at=$BATS_FILE_TMPDIR/${as:-$1} status=0 predicted uptime start
  local -a checks=(tests/machines/checks) limit=(--time-limit 1700)
  shift 2
  ((long == 0)) || checks+=(--long) limit=(--time-limit 7000)
  predicted=$(CAPKEEP_BUILD_DIR=$build "$machines/checks" --predict "$version")
  exec 7>"$build/machines.lock"
  flock 7
  read_uptime
  start=$uptime
  CAPKEEP_BUILD_DIR=$build "$BATS_TEST_DIRNAME/../../../scripts/machine" "${limit[@]}" "$@" "$name" -- \
    "${checks[@]}" --predicted "$predicted" \
    >"$at.out" 2>"$at.err" 3>&- 7>&- </dev/null || status=$?
  exec 7>&-
  ((status != 77)) || sed -n 's/^scripts.machine: cannot run here: //p' "$at.err" >"$at.why-not"
  read_uptime
  reported+=("${as:-$name}:$((uptime - start)):$at.out")
}

# passed MACHINE CHECK
passed() {
  local at=$BATS_FILE_TMPDIR/$1 result
  [[ ! -s $at.why-not ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$at.why-not")"
  result=$(grep "^check $2 " "$at.out") || { tail -n 40 "$at.out" "$at.err"; return 1; }
  [[ $result != *' skipped '* ]] || skip_because "$BATS_TEST_DESCRIPTION" "${result#*skipped [0-9]* }"
  [[ $result == *' passed '* ]] || { cat "$at.out"; return 1; }
}

# report: the table goes into the log, from which scripts/test shows it, and to what other files have of other machines in
# machines.json in the build directory.
report() {
  flock "$build/machines.lock" "$machines/report" "$build/machines.json" "${reported[@]}" >"$BATS_FILE_TMPDIR/table"
  sed 's/^/# table: /' "$BATS_FILE_TMPDIR/table" >&3
}
