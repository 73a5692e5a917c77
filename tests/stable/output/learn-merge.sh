# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154 # for another shell; bin, work
# By the word of the kernel (Linux 6.14).
for cap in kill chown; do
  "$bin" learn -u games --from "cap_$cap" --format json -o "$work/$cap" -- sh -c 'kill -0 1 || chown 1 "$0"' "$work/own" 2>"$work/said"
done
"$bin" learn --merge --format json "$work/kill" "$work/chown"
