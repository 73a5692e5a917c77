# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # shared with tests/machines/checks, which calls each by its name
# The checks of a machine that systemd has started: the recipes of docs/recipes that have a unit, the very files, by what
# their READMEs say.

examples=$here/../../docs/recipes
unit_names=(unit-recorder unit-recorder-wrong unit-supervisor unit-xinetd unit-cron journal)

# wait_until SECONDS COMMAND…
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || { echo "not within its time: $*"; return 1; }
    sleep 0.2
  done
}

# Once, on this machine: capkeep as it is installed from a build tree.
install_capkeep() {
  [[ -e /usr/local/bin/capkeep ]] || { meson install -C "$build" --no-rebuild --quiet && ldconfig; }
}

install_recipe() {
  install_capkeep || return
  (cd -- "$examples/$1" && cp -R etc /) || return
  [[ ! -d $examples/$1/usr ]] || cp -R "$examples/$1/usr" /
  capkeep check --strict && systemctl daemon-reload
}

# has_just PID MASK: all five sets are that, and no_new_privs is set.
has_just() {
  local keys
  keys=$(grep -cE "^Cap(Inh|Prm|Eff|Bnd|Amb):.$2\$|^NoNewPrivs:.1\$" "/proc/$1/status")
  [[ $keys == 6 ]] || { grep -E '^(Name|Uid|Cap|NoNewPrivs)' "/proc/$1/status"; return 1; }
}

# is UNIT STATE: as systemctl has it.
is() {
  [[ $(systemctl is-active "$1") == "$2" ]] || { systemctl status --no-pager "$1"; return 1; }
}

recorder_works() {
  local pid
  is recorder active || return
  pid=$(systemctl show --property MainPID --value recorder)
  [[ $(cat "/proc/$pid/comm") == tcpdump ]] || { echo "the main process is $(cat "/proc/$pid/comm")"; return 1; }
  has_just "$pid" 0000000000002000 || return
  # It takes packets: more than the file's head.
  recorder_takes() {
    echo >/dev/udp/127.0.0.1/9
    [[ -n $(find /var/lib/recorder -name 'pcap*' -size +24c -newer "$work/start") ]]
  }
  wait_until 60 recorder_takes
}

check_unit_recorder() {
  install_recipe systemd-forking || return
  touch "$work/start"
  systemctl enable --now recorder && recorder_works || return
  touch "$work/start"
  systemctl restart recorder && recorder_works || return
  systemctl stop recorder && is recorder inactive || return
  ! pgrep -x tcpdump
}

# A mistake in the policy: nothing starts, and the unit's status says where the mistake is.
check_unit_recorder_wrong() {
  local policy=/etc/capkeep/capkeep.conf.d/recorder.conf status=0
  install_recipe systemd-forking || return
  sed -i 's/^AmbientCapabilities=CAP_NET_RAW/AmbientCapabilities=CAP_NET_ROW/' "$policy"
  if systemctl start recorder; then
    echo 'it starts with a mistake in the policy'
    status=1
  fi
  systemctl stop recorder
  journalctl --no-pager --quiet --unit recorder --output cat | grep 'recorder\.conf:.*CAP_NET_ROW' || status=1
  ! pgrep -x tcpdump || status=1
  install_recipe systemd-forking && systemctl reset-failed recorder
  return "$status"
}

web_answers() {
  timeout 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/80 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && grep -q "200 OK" <&3' 2>/dev/null
}

check_unit_supervisor() {
  install_recipe supervisord || return
  mkdir -p /var/www/html
  systemctl restart supervisor && wait_until 90 web_answers || return
  has_just "$(pgrep -f '^/usr/bin/python3 -m http.server')" 0000000000000400 || return
  is supervisor active && systemctl stop supervisor && is supervisor inactive && ! pgrep -f http.server
}

check_unit_xinetd() {
  local taken pid
  install_recipe xinetd || return
  # Its unit is up before it listens.
  listens() { [[ $(ss -Hltn 'sport = :2002') ]]; }
  systemctl restart xinetd && wait_until 60 listens && is xinetd active || return
  exec 3<>/dev/tcp/127.0.0.1/2002 || return
  wait_until 60 pgrep -x tcpdump || return
  pid=$(pgrep -x tcpdump)
  # The head of what it takes.
  taken=$(timeout 60 head -c 4 <&3 | od -An -tx4 | tr -d ' ')
  [[ $taken == a1b2c3d4 ]] || { echo "no capture: $taken"; return 1; }
  has_just "$pid" 0000000000002000 || return
  exec 3>&-
  systemctl stop xinetd && is xinetd inactive
}

check_unit_cron() {
  id blocklist >/dev/null 2>&1 ||
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin blocklist || return
  install_recipe cron || return
  systemctl restart cron && is cron active || return
  blocklist_is_there() { [[ $(ip route show type blackhole) ]]; }
  wait_until 150 blocklist_is_there || { journalctl --no-pager -t capkeep -t CRON | tail -n 20; return 1; }
}

# What was kept is in the journal, under our name, with its priority and facility (4 and 10: authpriv), and the unit's.
check_journal() {
  install_recipe systemd-forking || return
  systemctl restart recorder && systemctl stop recorder || return
  journalctl --sync
  journalctl --quiet --output json -t capkeep | python3 -c '
import json, sys

entries = [json.loads(line) for line in sys.stdin]
kept = [entry for entry in entries if "event=kept" in entry["MESSAGE"] and "rule=recorder" in entry["MESSAGE"]]
print(*(entry["MESSAGE"] for entry in entries[-10:]), sep="\n")
last = kept[-1]
print({key: last.get(key) for key in ("SYSLOG_FACILITY", "SYSLOG_PID", "_PID", "_SYSTEMD_UNIT", "PRIORITY")})
sys.exit(last["SYSLOG_FACILITY"] != "10" or last.get("_SYSTEMD_UNIT") != "recorder.service")'
}
