# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # bin, lib, work
# By the word of the kernel (Linux 6.14).
"$bin" learn -u games --from cap_kill --format json -- cat /nosuch || (($? == 3))
