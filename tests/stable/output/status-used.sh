# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # bin, lib, work
# By the word of the kernel (Linux 6.14).
setpriv --reuid nobody --clear-groups --inh-caps +kill --ambient-caps +kill sleep 1000 &
wait_until 10 grep -q sleep "/proc/$!/comm"
"$bin" status --format json --used 200ms $!
kill $!
