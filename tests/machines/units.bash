# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # shared with tests/machines/checks, which calls each by its name
# The checks of a machine that systemd has started: the recipes of docs/recipes that have a unit, the very files, by what
# their READMEs say.

recipes=$here/../../docs/recipes
unit_names=(unit-recorder unit-supervisor{,-dropin} unit-xinetd{,-dropin} unit-cron{,-dropin}
  unit-{recorder,supervisor,xinetd,cron}-wrong journal)

# wait_until COMMAND…: it takes some seconds, up to a minute more where cron is to start something; as long as here only
# where it never comes.
wait_until() {
  local deadline=$((SECONDS + 300))
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
  (cd -- "$recipes/$1" && cp -R etc /) || return
  [[ ! -d $recipes/$1/usr ]] || cp -R "$recipes/$1/usr" /
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
  touch "$work/start"
  is recorder active || return
  pid=$(systemctl show --property MainPID --value recorder)
  # The unit is up before that has been executed (PIDFile=).
  records() { [[ $(cat "/proc/$pid/comm") == tcpdump ]] && has_just "$pid" 0000000000002000; }
  wait_until records >"$work/other" || { echo "the main process is $(cat "/proc/$pid/comm")"; tail -n 8 "$work/other"; return 1; }
  # It takes packets: more than the file's head.
  recorder_takes() {
    echo >/dev/udp/127.0.0.1/9
    [[ -n $(find /var/lib/recorder -name 'pcap*' -size +24c -newer "$work/start") ]]
  }
  wait_until recorder_takes
}

check_unit_recorder() {
  install_recipe systemd-forking && is_in_order recorder recorder_works 'pgrep -x tcpdump'
}

# says_of UNIT PATTERN: systemctl, whose exit status tells of the unit.
says_of() {
  # shellcheck disable=SC2053 # a pattern
  [[ $(systemctl status --no-pager --full --lines 30 "$1") == $2 ]]
}

# With a mistake in its policy nothing of a recipe starts, and the unit's journal says where the mistake is.
# told_by_the_unit RECIPE UNIT PROCESS
told_by_the_unit() {
  local policy status=0
  install_recipe "$1" || return
  policy=$(cd -- "$recipes/$1" && ls etc/capkeep/capkeep.conf.d/*)
  sed -i 's/^AmbientCapabilities=CAP_/&NO_/' "/$policy"
  systemctl stop "$2"
  # What is not of Type=forking is started before it can fail.
  systemctl start "$2"
  # By Restart= it is active again for a moment, so that what counts is what it ended with. The status has no more than the last
  # of its starts, which is refused for coming too soon.
  tells_it() {
    [[ $(journalctl --no-pager --unit "$2") == *"${policy##*/}:"*CAP_NO_* ]] && says_of "$2" '*status=125*'
  }
  wait_until tells_it "$@" || { systemctl status --no-pager "$2"; status=1; }
  ! pgrep -x "$3" || status=1
  systemctl stop "$2"
  install_recipe "$1" && systemctl reset-failed "$2"
  return "$status"
}

check_unit_recorder_wrong() { told_by_the_unit systemd-forking recorder tcpdump; }
check_unit_supervisor_wrong() { told_by_the_unit supervisord supervisor supervisord; }
check_unit_xinetd_wrong() { told_by_the_unit xinetd xinetd xinetd; }
check_unit_cron_wrong() { make_blocklist_user && told_by_the_unit cron cron cron; }

# is_in_order UNIT USE STOPPED: it starts, does what USE looks for, does so after a restart as well, and stops: STOPPED then fails.
is_in_order() {
  local verb
  for verb in start restart; do
    systemctl "$verb" "$1" && "$2" && is "$1" active || return
    says_of "$1" '*Active: active (running)*' || { systemctl status --no-pager "$1"; return 1; }
  done
  systemctl stop "$1" && is "$1" inactive || return
  ! $3
}

# With the drop-in that capkeep writes, in place of the recipe's own.
take_written_drop_in() {
  local drop_in=/etc/systemd/system/$1.service.d/capkeep.conf
  capkeep convert --to systemd-dropin >"$work/drop-in" && cat "$work/drop-in" >"$drop_in" && systemctl daemon-reload
}

web_answers() {
  timeout 60 bash -c 'exec 3<>/dev/tcp/127.0.0.1/80 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && grep -q "200 OK" <&3' 2>/dev/null
}

web_works() {
  mkdir -p /var/www/html
  wait_until web_answers && has_just "$(pgrep -f '^/usr/bin/python3 -m http.server')" 0000000000000400
}

check_unit_supervisor() {
  systemctl stop supervisor
  install_recipe supervisord && is_in_order supervisor web_works 'pgrep -f http.server'
}

check_unit_supervisor_dropin() {
  systemctl stop supervisor
  install_recipe supervisord && take_written_drop_in supervisor && is_in_order supervisor web_works 'pgrep -f http.server'
}

capture_works() {
  local taken pid
  # Its unit is up before it listens.
  listens() { [[ $(ss -Hltn 'sport = :2002') ]]; }
  wait_until listens || return
  exec 3<>/dev/tcp/127.0.0.1/2002 || return
  wait_until pgrep -x tcpdump || return
  pid=$(pgrep -x tcpdump)
  # The head of what it takes.
  taken=$(timeout 300 head -c 4 <&3 | od -An -tx4 | tr -d ' ')
  [[ $taken == a1b2c3d4 ]] || { echo "no capture: $taken"; return 1; }
  has_just "$pid" 0000000000002000 || return
  exec 3>&-
}

check_unit_xinetd() {
  systemctl stop xinetd
  install_recipe xinetd && is_in_order xinetd capture_works 'pgrep -x tcpdump'
}

check_unit_xinetd_dropin() {
  systemctl stop xinetd
  install_recipe xinetd && take_written_drop_in xinetd && is_in_order xinetd capture_works 'pgrep -x tcpdump'
}

make_blocklist_user() {
  id blocklist >/dev/null 2>&1 ||
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin blocklist
}

blocklist_works() {
  blocklist_is_there() { [[ $(ip route show type blackhole) ]]; }
  ip route flush type blackhole
  wait_until blocklist_is_there || { journalctl --no-pager -t capkeep -t CRON | tail -n 20; return 1; }
}

check_unit_cron() {
  make_blocklist_user
  systemctl stop cron
  install_recipe cron && is_in_order cron blocklist_works 'pgrep -x cron'
}

check_unit_cron_dropin() {
  make_blocklist_user
  systemctl stop cron
  install_recipe cron && take_written_drop_in cron && is_in_order cron blocklist_works 'pgrep -x cron'
}

# What was kept is in the journal: under our name, of the unit, with the process, the priority (6: info) and the facility (10:
# authpriv).
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
told = {key: last.get(key) for key in ("SYSLOG_FACILITY", "PRIORITY", "SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT")}
print(told, last.get("SYSLOG_PID"), last["_PID"])
sys.exit([*told.values()] != ["10", "6", "capkeep", "recorder.service"] or last.get("SYSLOG_PID") != last["_PID"])'
}
