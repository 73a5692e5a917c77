# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154 # for another shell; bin, work
# By the word of the kernel (Linux 6.14).
echo text >"$work/file"
chmod 600 "$work/file"
PATH=/usr/bin:/bin "$bin" learn -u games --from cap_dac_override,cap_dac_read_search,cap_kill,cap_sys_nice --all --check '[ $CAPKEEP_STATUS = 0 ]' --format json -- \
  sh -c 'read -r line <"$0"; renice -n -5 -p $$; [ "$line" ]' "$work/file"
