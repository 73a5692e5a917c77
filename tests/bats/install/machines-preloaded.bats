#!/usr/bin/env bats
# bats file_tags=slow,systems,long
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Debian 13 that systemd starts with the library in /etc/ld.so.preload: it boots, users log in by each way, and it shuts down
# (tests/machines/logins.bash).

load ../lib/common
load ../lib/guests

setup_file() {
  find_what_is_tested
  hide_suite_environment
  as=debian13-preloaded try_machine debian13-systemd 6.12 --time-limit 3400 --before tests/machines/preload-everywhere
  look_at_shutdown "$BATS_FILE_TMPDIR/debian13-preloaded.out"
  report
}

# look_at_shutdown OUTPUT: one more check there, by what the console says after the last one. It was told by the machine itself that it is off.
look_at_shutdown() {
  local console=$build/machines/debian13-systemd/console result=passed
  grep -q '^check ' "$1" || return 0
  sed -n '/Stopped .*job\.service/,$p' "$console" | tr -d '\r' >"$BATS_FILE_TMPDIR/shutdown"
  grep -q 'reboot: Power down' "$BATS_FILE_TMPDIR/shutdown" && ! grep -E 'FAILED|[Ff]ailed|timed out' "$BATS_FILE_TMPDIR/shutdown" ||
    result=failed
  echo "check shut-down $result 0" >>"$1"
}

@test "machines: ld.so.preload: systemd boots, all units are up and have the library, which tells nothing" { passed debian13-preloaded booted; }
@test "C1 C2 machines: ld.so.preload: su" { passed debian13-preloaded login-su; }
@test "C1 C2 machines: ld.so.preload: sudo, set-user-ID" { passed debian13-preloaded login-sudo; }
@test "C1 C2 machines: ld.so.preload: ssh" { passed debian13-preloaded login-ssh; }
@test "C1 C2 machines: ld.so.preload: login" { passed debian13-preloaded login-login; }
@test "C1 C2 machines: ld.so.preload: cron" { passed debian13-preloaded login-cron; }
@test "C1 C2 machines: ld.so.preload: at" { passed debian13-preloaded login-at; }
@test "machines: ld.so.preload: the machine shuts down, and nothing fails in that" { passed debian13-preloaded shut-down; }
