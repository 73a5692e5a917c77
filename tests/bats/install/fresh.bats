#!/usr/bin/env bats
# bats file_tags=slow,systems
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the README says of a machine that has nothing of ours yet: bare Debian systems, as mmdebstrap makes them, in which a
# clone of HEAD is all that there is. scripts/quickstart is the first command, scripts/test the second; then a plain user.
# Debian 12 after chroot(8), 13 as in a container, both at once. The systems are kept for a week.

load ../lib/common

machines=$BATS_TEST_DIRNAME/../../machines

setup_file() {
  find_what_is_tested
  hide_suite_environment
  why_not >"$BATS_FILE_TMPDIR/why-not"
  [[ ! -s $BATS_FILE_TMPDIR/why-not ]] || return 0
  mkdir "$BATS_FILE_TMPDIR/files"
  try_release 12 bookworm chroot >"$BATS_FILE_TMPDIR/12.out" 2>&1 </dev/null 3>&- &
  try_release 13 trixie container >"$BATS_FILE_TMPDIR/13.out" 2>&1 </dev/null 3>&- &
  wait
}

# Why there can be none of them, in words.
why_not() {
  if ((EUID != 0)) || [[ ! -O /etc/passwd ]]; then
    echo 'only root of the machine itself can make a system'
  elif [[ ! -e $BATS_TEST_DIRNAME/../../../.git ]]; then
    echo 'this is no clone'
  elif ! command -v mmdebstrap >/dev/null || ! command -v git >/dev/null; then
    echo 'mmdebstrap or git is not installed'
  fi
}

# try_release VERSION NAME KIND: leaves what comes of each step in files/VERSION.
try_release() {
  local files=$BATS_FILE_TMPDIR/files HOME=$BATS_FILE_TMPDIR/files/$1 source system
  local -a in_system
  source=$(cd -- "$BATS_TEST_DIRNAME/../../.." && pwd -P)
  export HOME
  mkdir "$HOME"
  git config --global --add safe.directory '*'
  git clone --quiet "file://$source" "$HOME/capkeep"
  system=$("$machines/make-system" "bare-$2" "$2" --include=ca-certificates,git) ||
    { echo "no system of $2 can be made: $system" >"$HOME/why-not"; return; }
  in_system=("$machines/bare-system" "$3" "$system" "$files")
  "${in_system[@]}" true || { echo "no overlay file system in a mount namespace to be had" >"$HOME/why-not"; return; }
  "${in_system[@]}" bash "/srv/$1/capkeep/tests/bats/lib/fresh-steps" "/srv/$1"
}

setup() {
  [[ ! -s $BATS_FILE_TMPDIR/why-not ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/why-not")"
}

# ended VERSION STEP: sets `said`, `status` and `seconds`; what was said is shown where a test fails.
ended() {
  local at=$BATS_FILE_TMPDIR/files/$1
  [[ ! -e $at/why-not ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$at/why-not")"
  [[ ! -e $at/quickstart.out ]] || ! grep -q 'no package source can be reached' "$at/quickstart.out" ||
    skip_because "$BATS_TEST_DESCRIPTION" "no package source can be reached"
  said=$at/$2.out
  [[ -e $at/$2.end ]] || { tail -n 40 "$BATS_FILE_TMPDIR/$1.out" "$at"/*.out; return 1; }
  read -r status seconds <"$at/$2.end"
  echo "$2: status $status, $seconds s"
  tail -n 60 "$said"
}

# sooner_than VERSION STEP: than another step, whatever the machine does else.
sooner_than() {
  local other
  read -r _ other <"$BATS_FILE_TMPDIR/files/$1/$2.end"
  echo "$2: $other s"
  ((seconds < other))
}

# Without a network it is said at once what is missing, and that it is needed: before it could have been fetched and built.
told_without_network() {
  ended "$1" no-network
  ((status == 1))
  sooner_than "$1" quickstart
  grep -qE '^scripts/setup: missing: .*\bmeson\b.*\blibinih-dev\b' "$said"
  grep -qE '^scripts/setup: needed, and not to be had: .*\blibinih-dev\b' "$said"
}

# shows_its_table VERSION STEP: seven rows, as the README has them, and none that is wrong.
shows_its_table() {
  ended "$1" "$2"
  ((status == 0))
  [[ $(grep -cE '\| refused: .*\| (bound port [0-9]+|clock set) +\| cap_(net_bind_service|sys_time)$' "$said") == 7 ]]
}

# tested VERSION STEP: no test failed, and none is skipped for want of something that scripts/setup could have got.
tested() {
  ended "$1" "$2"
  ((status == 0))
  grep -qE '^[0-9]+ passed, 0 failed, [0-9]+ skipped$' "$said"
  ! grep -E '^  .*(not installed|there is no |not there|no mount namespace)' "$said" || return 1
}

@test "fresh: Debian 12: without a network setup says what is missing" { told_without_network 12; }
@test "fresh: Debian 12: quickstart" { shows_its_table 12 quickstart; }
@test "fresh: Debian 12: the quick tests" { tested 12 quick; }
@test "fresh: Debian 12: quickstart again, without a network" { shows_its_table 12 again && sooner_than 12 quickstart; }
@test "fresh: Debian 12: tests again, without a network" { tested 12 tests-again && sooner_than 12 quick; }
@test "fresh: Debian 12: a plain user's clone" { tested 12 user; }
@test "fresh: Debian 13: without a network setup says what is missing" { told_without_network 13; }
@test "fresh: Debian 13: quickstart" { shows_its_table 13 quickstart; }
@test "fresh: Debian 13: the quick tests" { tested 13 quick; }
@test "fresh: Debian 13: quickstart again, without a network" { shows_its_table 13 again && sooner_than 13 quickstart; }
@test "fresh: Debian 13: tests again, without a network" { tested 13 tests-again && sooner_than 13 quick; }
@test "fresh: Debian 13: a plain user's clone" { tested 13 user; }
