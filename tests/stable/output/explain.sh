# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # bin, lib, work
# A set-group-ID program, which a launcher with a rule executes: what is kept is lost there, and why.
cp /bin/true "$work/set-id"
chgrp 1 "$work/set-id"
chmod 2755 "$work/set-id"
printf '[Keep job]\nUser=nobody\nAmbientCapabilities=cap_kill\nNoNewPrivileges=no\n[Keep other]\nUser=daemon\nAmbientCapabilities=cap_chown\n' >"$work/policy"
"$bin" explain --from root -u nobody --policy "$work/policy" --launcher "$(command -v setpriv)" --format json "$work/set-id" || (($? == 1))
