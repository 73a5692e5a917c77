#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# "The first service" of the README, and docs/step-by-step.md: a newcomer, an administrator with an init script, somebody with
# a cron job, a developer with a service under supervisord and a security reviewer have nothing but their lines, which are run
# one after the other as they stand, on a machine of lib/recipes.bash. What is theirs already (a script, a job, a program) is
# made here, but for the newcomer's.
# shellcheck disable=SC2154 # the variables that recipes_find sets

load ../lib/common
load ../lib/recipes

bats_require_minimum_version 1.5.0

inner_variables+=(readme steps docs recorded pause)

setup_file() {
  recipes_setup_file
}

setup() {
  recipes_setup
  docs=$BATS_TEST_DIRNAME/../../../docs
  readme=$docs/../README.md
  steps=$docs/step-by-step.md
  recorded=$BATS_TEST_TMPDIR/first-service
  pause=0
  # RECORD=1 makes the recording anew; docs/make-recording then makes the picture of it.
  [[ ! ${RECORD-} ]] || recorded=$docs/first-service pause=0.12
}

# lines_of TITLE: the indented lines of that section, which only one of the documents has.
lines_of() {
  awk -v title="## $1" '/^## / { inside = $0 == title } inside && /^    / { print substr($0, 5) }' "$readme" "$steps"
}

# follow TITLE [COMMAND]: runs them, or those up to the one that begins so, or, with "+COMMAND", those behind it.
follow() {
  local title=$1 stop=${2-} lines
  lines=$(lines_of "$title")
  [[ $lines ]]
  case $stop in
    +*) lines=$(awk -v stop="${stop#+}" 'found; index($0, stop) == 1 { found = 1 }' <<<"$lines") ;;
    ?*) lines=$(awk -v stop="$stop" '{ print } index($0, stop) == 1 { exit }' <<<"$lines") ;;
  esac
  [[ $lines ]]
  printf '%s\n' "$lines" >/run/lines
  # As a shell that is typed into: a prompt does not stop at the first mistake, but here each line is to be right.
  bash -eux /run/lines >/run/printed 2>/run/said </dev/null || { cat /run/printed /run/said; return 1; }
}

# What systemd does for a service, as far as the lines need it: ExecStart= with the environment of the unit and its
# drop-ins, and with nothing else.
make_systemctl() {
  cat >/usr/local/sbin/systemctl <<'SH'
#!/bin/bash
set -eu
[[ $1 == restart ]] || exit 0
unit=/lib/systemd/system/$2.service
mapfile -t variables < <(sed -n 's/^Environment="\?\([^"]*\)"\?$/\1/p' "$unit" "/etc/systemd/system/$2.service.d"/*.conf)
read -ra words < <(sed -n 's/^ExecStart=//p' "$unit" | sed 's/ \$[A-Z_]*//g')
setsid env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin "${variables[@]}" "${words[@]}" >"/run/$2.output" 2>&1 </dev/null &
SH
  chmod 755 /usr/local/sbin/systemctl
}

# What the README's "Install" ends with.
made_machine() {
  ldconfig
  rm -rf /etc/systemd/system/*.service.d
  make_systemctl
}

# A script and a program of the administrator's: nothing of capkeep is in them.
make_webapp() {
  cat >/usr/local/bin/webapp <<'PY'
#!/usr/bin/python3
import http.server
http.server.HTTPServer(("", 80), http.server.SimpleHTTPRequestHandler).serve_forever()
PY
  cat >/etc/init.d/webapp <<'SH'
#!/bin/sh
### BEGIN INIT INFO
# Provides: webapp
### END INIT INFO
. /lib/lsb/init-functions
[ ! -r /etc/default/webapp ] || . /etc/default/webapp
start() {
  start-stop-daemon --start --quiet --background --make-pidfile --pidfile /run/webapp.pid --chuid www-data --chdir /var/www \
    --startas /usr/local/bin/webapp
}
stop() {
  start-stop-daemon --stop --quiet --oknodo --retry 10 --pidfile /run/webapp.pid
}
case $1 in
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
esac
SH
  chmod 755 /usr/local/bin/webapp /etc/init.d/webapp
}

python() {
  realpath /usr/bin/python3
}

administrator() {
  made_machine
  make_webapp
  follow 'An init script' 'SYSTEMCTL_SKIP_REDIRECT=1 capkeep trace'
  # What was told there is the rule that is written then, and the lines that make it tighter.
  local line
  for line in User=www-data Program=/usr/local/bin/webapp AmbientCapabilities=cap_net_bind_service \
    '# Launcher=/usr/sbin/start-stop-daemon' '# CapabilityBoundingSet=cap_net_bind_service' '# NoNewPrivileges=yes'; do
    grep -qxF "$line" /run/said || { cat /run/said; return 1; }
  done
  (! port_answers 80)
  follow 'An init script' '+SYSTEMCTL_SKIP_REDIRECT=1 capkeep trace'
  wait_until 30 port_answers 80
  assert_program "$(python)" www-data cap_net_bind_service
  capkeep status | grep -qE ' www-data +webapp .* cap_net_bind_service '
  # Another start, by whomever.
  as_init /etc/init.d/webapp restart
  wait_until 30 port_answers 80
  assert_program "$(python)" www-data cap_net_bind_service

  # The reviewer comes.
  follow 'A security review' 'capkeep convert'
  grep -qE ' www-data +webapp .* cap_net_bind_service ' /run/printed
  grep -qx /etc/default/webapp /run/printed
  grep -qE '^setpriv --reuid www-data .*--ambient-caps \+net_bind_service --bounding-set -all,\+net_bind_service --no-new-privs /usr/local/bin/webapp$' /run/printed
  # What was predicted is what the kernel says of the program.
  grep -qE 'ambient +cap_net_bind_service$' /run/printed
  follow 'A security review' '+capkeep convert'
  # Restarted without a rule it has nothing, and so ends.
  assert_nothing_runs
  (! port_answers 80)
}
@test "C1 readme: an administrator with an init script, and a security reviewer" {
  need start-stop-daemon /usr/bin/python3 /lib/lsb/init-functions
  machine administrator
}

cron_user() {
  made_machine
  rm -rf /etc/cron.d /etc/crontab
  mkdir /etc/cron.d
  : >/etc/crontab
  mkdir -p /var/spool/cron/crontabs
  cat >/usr/local/bin/set-route <<'SH'
#!/bin/sh
cat /proc/self/status >"/run/job/$1.new"
ip route replace blackhole "$2" 2>"/run/job/$1.said"
echo "$?" >"/run/job/$1.status"
mv "/run/job/$1.new" "/run/job/$1"
SH
  chmod 755 /usr/local/bin/set-route
  printf 'PATH=/usr/sbin:/usr/bin:/sbin:/bin\n* * * * * proxy /usr/local/bin/set-route proxy 192.0.2.0/25\n* * * * * games /usr/local/bin/set-route games 192.0.2.128/25\n' >/etc/cron.d/route
  install -d -m 1777 /run/job
  follow 'A cron job'
  wait_until 120 test -s /run/job/proxy
  wait_until 120 test -s /run/job/games
  assert_program_state /run/job/proxy proxy cap_net_admin
  [[ $(ip route show type blackhole) == 'blackhole 192.0.2.0/25'* ]]
  # Others' jobs have what they had.
  assert_program_state /run/job/games games ''
  [[ $(</run/job/proxy.status) == 0 && $(</run/job/games.status) != 0 && $(ip route show type blackhole) != *128/25* ]]

  # Without systemd: the line that the README has for that.
  local line
  # shellcheck disable=SC2016 # the README's own quotes
  line=$(sed -n 's/^Without systemd `\(.*\)` goes into `\/etc\/default\/cron`\.$/\1/p' "$steps")
  [[ $line ]]
  # Not by its name, which a job has as well until its shell is executed.
  kill "$(</run/crond.pid)"
  wait_until 30 nothing_runs
  rm -f /run/crond.pid
  echo "$line" >>/etc/default/cron
  as_init /etc/init.d/cron start
  wait_until 30 cron_has_library
}
cron_has_library() {
  [[ -s /run/crond.pid ]] && grep -q libcapkeep.so "/proc/$(</run/crond.pid)/maps"
}
@test "C1 readme: somebody with a cron job" {
  need cron ip /lib/systemd/system/cron.service
  machine cron_user
}

developer() {
  made_machine
  rm -f /etc/supervisor/conf.d/*
  printf '[program:web]\ncommand=/usr/bin/python3 -m http.server 80\ndirectory=/var/www/html\nuser=www-data\n' \
    >/etc/supervisor/conf.d/web.conf
  follow 'A service under supervisord'
  grep -qE 'ambient +cap_net_bind_service$' /run/printed
  wait_until 30 port_answers 80
  [[ $(http_get 80 /index.html) == *"it works" ]]
  assert_program "$(python)" www-data cap_net_bind_service
  supervisorctl shutdown
  assert_nothing_runs
}
@test "C1 readme: a developer with a service under supervisord" {
  need supervisord supervisorctl /usr/bin/python3 /lib/systemd/system/supervisor.service
  machine developer
}

# shown LOG: what a terminal has shown, without its colours and without what differs from run to run and from machine to
# machine: process IDs, times, how much root has, and what kernels before 6.14 do not tell, or only by a guess.
shown() {
  tr -d '\r' <"$1" | sed -E 's/\x1b\[[0-9]*m//g; s/^ +[0-9]+\.[0-9]{3} ( *)[0-9]+ /TIME \1PID /; s/^ +lost all/lost all/
    s/\(pid [0-9]+\)/(pid PID)/; s/all [0-9]+( but [a-z_,]+)?/all/; s/is likely to need/needs/; s/ \(guessed from .*//
    s/^[0-9]+ +(www-data +webapp)/PID \1/; s/^PID +USER/PID USER/
    /^capkeep: trace: the command has ended, and/d; /^# used, as /d'
}

# trace_of DOCUMENT: the answer that it shows.
trace_of() {
  sed -n '/^\$ sudo capkeep trace/,/^```$/p' "$1" | sed '1d; $d'
}

newcomer() {
  made_machine
  "$docs/record" "$pause" "$recorded"
}
@test "C1 readme: the first service, and its recording is what the commands print" {
  need start-stop-daemon script /usr/bin/perl
  machine newcomer
  diff -u <(shown "$docs/first-service.log") <(shown "$recorded.log")
  # What the README shows of the trace is how that begins.
  [[ $(trace_of "$readme" | wc -l) -gt 10 ]]
  diff -u <(shown <(trace_of "$readme")) \
    <(shown "$recorded.log" | sed '1,/^root# capkeep trace/d' | head -n "$(shown <(trace_of "$readme") | wc -l)")
}

@test "readme: each line of docs/step-by-step.md is run here" {
  local title
  while read -r title; do
    [[ $(lines_of "$title") ]]
    grep -q "follow '$title'" "$BATS_TEST_FILENAME"
  done < <(sed -n 's/^## //p' "$steps")
  [[ $(grep -c '^## ' "$steps") == 4 ]]
}
