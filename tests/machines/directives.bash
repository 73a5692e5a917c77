# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # of tests/machines/checks, which calls each by its name
# What a unit's hardening leaves of a launch: start-stop-daemon becomes nobody in it and executes a program, as any launcher does
# that starts as root; by the library (preload), by a supervisor (ptrace), and as ever (bare).

directive_names=(directives-kept directives-told)
shows_status=/usr/bin/show-status # cat, of which no other process runs
launcher=(/usr/sbin/start-stop-daemon --start --quiet --chuid nobody:nogroup --exec "$shows_status" -- /proc/self/status)
directives_mask=0000000000000400
directives_none=0000000000000000

# All that systemd.exec(5) has against a service but for what is in the table below, in one unit: none of it is in the way.
# PAMName= is not in it: together with NoNewPrivileges= systemd leaves the unit without CAP_SETUID.
harmless=(NoNewPrivileges=yes 'SystemCallFilter=@system-service @debug' SystemCallErrorNumber=EPERM
  SystemCallArchitectures=native RestrictNamespaces=yes LockPersonality=yes MemoryDenyWriteExecute=yes
  RestrictRealtime=yes RestrictSUIDSGID=yes RestrictAddressFamilies=AF_UNIX KeyringMode=private UMask=077 RemoveIPC=yes
  'CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_NET_BIND_SERVICE CAP_SYS_PTRACE'
  'SecureBits=keep-caps no-setuid-fixup no-setuid-fixup-locked noroot-locked'
  ProtectSystem=strict ProtectHome=yes ProtectProc=invisible ProcSubset=pid ProtectKernelTunables=yes
  ProtectKernelModules=yes ProtectKernelLogs=yes ProtectControlGroups=yes ProtectClock=yes ProtectHostname=yes
  PrivateTmp=yes PrivateDevices=yes PrivateNetwork=yes PrivateIPC=yes PrivateMounts=yes)

# DIRECTIVES|BARE|PRELOAD|PTRACE: kept; started, without the capability; killed; or what the launcher, capkeep or systemd says
# where nothing starts. What is started without it, and was to have it, is told in the log, with the words that stand behind.
hindering='PAMName=login|started|kept|kept
SystemCallFilter=@system-service|started|kept|the supervisor is killed
SystemCallFilter=~@privileged|killed|killed|killed
SystemCallFilter=~@privileged;SystemCallErrorNumber=EPERM|unable to set|unable to set|unable to set
SystemCallFilter=~capset|started|killed|killed
SystemCallFilter=~capset;SystemCallErrorNumber=EPERM|started|started capset-refused=|started capset-refused=
SystemCallFilter=~prctl;SystemCallErrorNumber=EPERM|started|started unreadable=|started unreadable=
SecureBits=keep-caps-locked|started|started keep-caps-refused=|started keep-caps-refused=
SecureBits=noroot|unable to set|no capabilities here|no capabilities here
User=nobody|started|no capabilities here|no capabilities here
DynamicUser=yes|unable to set|no capabilities here|no capabilities here
PrivateUsers=self|unable to set|unable to set|unable to set
PrivateUsers=identity|unable to set|unable to set|unable to set
CapabilityBoundingSet=CAP_SETUID CAP_SETGID|started|none of the capabilities to keep is permitted|none of the capabilities to keep is permitted
CapabilityBoundingSet=~CAP_SYS_PTRACE|started|kept|that needs CAP_SYS_PTRACE
InaccessiblePaths=/usr/local/lib|started|the library cannot be loaded|kept
NoExecPaths=/usr/local|started|Permission denied|Permission denied'

# write_directives NAME DIRECTIVES: three units.
write_directives() {
  local way
  local -a front
  for way in bare preload ptrace; do
    front=(/usr/local/bin/capkeep run --log stderr -a cap_net_bind_service --for-user nobody --method="$way" --)
    [[ $way != bare ]] || front=()
    printf '[Service]\nType=oneshot\nStandardOutput=file:%s\nStandardError=file:%s\n%s\nExecStart=%s %s\n' \
      "$work/$1-$way.out" "$work/$1-$way.err" "${2//;/$'\n'}" "${front[*]}" "${launcher[*]}" \
      >"/run/systemd/system/$1-$way.service"
  done
}

install_launcher() {
  install_capkeep && cp /usr/bin/cat "$shows_status"
}

# comes_of NAME WAY: what it came to, in a word or in its own words.
comes_of() {
  local unit=$1-$2 mask
  systemctl start "$unit" 2>/dev/null
  mask=$(awk '/^CapAmb/ { print $2 }' "$work/$unit.out")
  case $mask,$(systemctl show --property Result --value "$unit") in
    "$directives_mask,success") echo kept ;;
    "$directives_none,success") echo "started $(tr '\n' ' ' <"$work/$unit.err")" ;;
    ,signal | ,core-dump) echo killed ;;
    *) cat "$work/$unit.err"; journalctl --sync; journalctl --quiet --no-pager --unit "$unit" --output cat ;;
  esac
}

check_directives_kept() {
  local way status=0
  install_launcher || return
  write_directives harmless "$(IFS=';' && echo "${harmless[*]}")"
  systemctl daemon-reload
  for way in preload ptrace; do
    [[ $(comes_of harmless "$way") == kept ]] || { echo "by $way: $(comes_of harmless "$way")"; status=1; }
  done
  return "$status"
}

# is_as_expected GOT WANTED: that word, or its words with what there is between and behind them.
is_as_expected() {
  [[ $1 == *${2/ /*}* && ($2 == *started* || $1 != started*) ]]
}

check_directives_told() {
  local number=0 directives status=0 way got column
  local -a rows row
  install_launcher || return
  mapfile -t rows <<<"$hindering"
  for number in "${!rows[@]}"; do
    write_directives "row$number" "${rows[number]%%|*}"
  done
  systemctl daemon-reload
  for number in "${!rows[@]}"; do
    IFS='|' read -ra row <<<"${rows[number]}"
    directives=${row[0]} column=0
    for way in bare preload ptrace; do
      column=$((column + 1))
      got=$(comes_of "row$number" "$way")
      echo "$directives, $way: ${got%%$'\n'*}"
      is_as_expected "$got" "${row[column]}" || { echo "that is not: ${row[column]}"; status=1; }
    done
  done
  return "$status"
}
