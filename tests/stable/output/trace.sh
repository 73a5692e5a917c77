# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # bin, lib, work
# By the word of the kernel (Linux 6.14).
# One of each kind of event, the longest: changes of ids and sets, an exec, a call that is denied, one that is refused, what is used.
PATH=/usr/bin:/bin setpriv --bounding-set -all,+kill,+setuid,+setgid,+setpcap,+sys_admin,+sys_ptrace,+perfmon "$bin" trace --suggest -f json -o "$work/trace" -- setpriv --reuid nobody --clear-groups --inh-caps +kill --ambient-caps +kill \
  sh -c 'kill -0 1; setpriv --ambient-caps +chown true; setpriv --ambient-caps -all chown 1 /' >"$work/said" 2>&1 || (($? == 1))
jq -s 'group_by(.event) | map(max_by(tostring | length))[]' "$work/trace"
