# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # bin, lib, work
# By the word of the kernel (Linux 6.14).
"$bin" learn --once -u games --format json -- /usr/bin/python3 -Ic 'import os; os.kill(1, 0)' || (($? == 1))
