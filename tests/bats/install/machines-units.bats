#!/usr/bin/env bats
# bats file_tags=slow,systems,long
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Debian 13 that systemd has started: the recipes of docs/recipes that have a unit start, do what they are for, and stop
# (tests/machines/units.bash). The table is in the log, and in machines.json in the build directory.

load ../lib/common
load ../lib/guests

setup_file() {
  find_what_is_tested
  hide_suite_environment
  try_machine debian13-systemd 6.12 --time-limit 3400
  report
}

@test "machines: systemd: recipe systemd-forking: starts, captures, restarts, stops" { passed debian13-systemd unit-recorder; }
@test "machines: systemd: recipe supervisord: the page is served, it restarts, it stops" { passed debian13-systemd unit-supervisor; }
@test "machines: systemd: recipe supervisord: so with the drop-in of convert" { passed debian13-systemd unit-supervisor-dropin; }
@test "machines: systemd: recipe xinetd: a capture for who connects, it restarts, it stops" { passed debian13-systemd unit-xinetd; }
@test "machines: systemd: recipe xinetd: so with the drop-in of convert" { passed debian13-systemd unit-xinetd-dropin; }
@test "machines: systemd: recipe cron: the job makes its routes, after a restart too, and it stops" { passed debian13-systemd unit-cron; }
@test "machines: systemd: recipe cron: so with the drop-in of convert" { passed debian13-systemd unit-cron-dropin; }
@test "machines: systemd: recipe systemd-forking: a mistake in the policy is told by the unit" { passed debian13-systemd unit-recorder-wrong; }
@test "machines: systemd: recipe supervisord: a mistake in the policy is told by the unit" { passed debian13-systemd unit-supervisor-wrong; }
@test "machines: systemd: recipe xinetd: a mistake in the policy is told by the unit" { passed debian13-systemd unit-xinetd-wrong; }
@test "machines: systemd: recipe cron: a mistake in the policy is told by the unit" { passed debian13-systemd unit-cron-wrong; }
@test "machines: systemd: the journal has what was kept, as authpriv and of the unit" { passed debian13-systemd journal; }
@test "C1 C2 machines: systemd: all hardening at once leaves what is kept" { passed debian13-systemd directives-kept; }
@test "C6 machines: systemd: hardening that leaves nothing, or no launch, is told" { passed debian13-systemd directives-told; }
