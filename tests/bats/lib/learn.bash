# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# For the tests of `capkeep learn`. Load it after lib/common.
#   start_of_another  a process of another user than games; its pid in $another
#   learn_setup   what setup begins with: as root, where there are namespaces and the user games; $work and $F, a file in it,
#                 are for everybody, and what one that is killed cannot remove is in $TMPDIR
# shellcheck shell=bash

learn_setup() {
  find_what_is_tested
  hide_suite_environment
  ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION" "needs root"
  can_unshare --mount --net --pid --fork || skip_because "$BATS_TEST_DESCRIPTION" "no namespaces to be had"
  id games >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "needs the user games"
  make_shared_dir "$BATS_TEST_TMPDIR"
  export work=$BATS_TEST_TMPDIR F=$BATS_TEST_TMPDIR/F
  export TMPDIR=$work/outputs
  mkdir "$TMPDIR"
}

is_sleep() {
  [[ $(<"/proc/$1/comm") == sleep ]]
}

# Until then it is root's.
start_of_another() {
  setpriv --reuid 1 --regid 1 --clear-groups sleep 1000 3>&- &
  another=$!
  wait_until 10 is_sleep "$another"
}
