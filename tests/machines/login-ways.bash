# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # for preload-everywhere and for the checks
# The ways to log in to a machine of which /etc/ld.so.preload names the library: who starts the user's shell, and what the rule
# for that is.

login_ways=(su sudo ssh login cron at)
login_password=six-ways-in
declare -A launcher_of=([su]=/usr/bin/su [sudo]=/usr/bin/sudo [ssh]=/usr/lib/openssh/sshd-session [login]=/usr/bin/login
  [cron]=/usr/sbin/cron [at]=/usr/sbin/atd)
declare -A capability_of=([su]=cap_net_raw [sudo]=cap_sys_time [ssh]=cap_net_admin [login]=cap_net_bind_service
  [cron]=cap_sys_nice [at]=cap_kill)
declare -A mask_of=([su]=0000000000002000 [sudo]=0000000002000000 [ssh]=0000000000001000 [login]=0000000000000400
  [cron]=0000000000800000 [at]=0000000000000020)
