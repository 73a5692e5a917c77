#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The recipes of docs/recipes, the very files, with the real launchers and programs, on a machine of lib/recipes.bash.
# Each keeps exactly what its policy says, has the effect that it is for, and stops; with the rule for somebody else its
# program has nothing; without the policy nothing starts at all.

load ../lib/common
load ../lib/recipes

bats_require_minimum_version 1.5.0

# cron counts in whole minutes, so it starts first, with and without a rule for its user, and is asked last.
setup_file() {
  recipes_setup_file
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (start_crons)
}

start_crons() {
  local whose
  BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
  recipes_find
  ((EUID == 0)) && [[ -d $installed ]] && command -v cron ip >/dev/null && can_have_machine || return 0
  for whose in own other; do
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/cron-$whose
    make_shared_dir "$BATS_TEST_TMPDIR"
    (become_sandbox machine_session cron_session "$whose") >"$dir/output" 2>&1 </dev/null 3>&- &
    echo $! >"$dir/pid"
  done
}

teardown_file() {
  kill_crons
}

setup() {
  recipes_setup
}

# --- all of them

# Also those that no test copies, were there any.
@test "recipes: each has a README, stands in the table, and is run by a test of this file" {
  local folder name heading
  for folder in "$examples"/*/; do
    name=$(basename -- "$folder")
    for heading in Install Start 'What it shows' 'When something else is better'; do
      grep -qx "## $heading" "$folder/README.md"
    done
    grep -qF "| [$name]($name/) |" "$examples/README.md"
    grep -qF "**$name**" "$examples/README.md"
    grep -qE "^  +asks_three $name$" "$BATS_TEST_FILENAME"
    grep -qE "^  install_(recipe|image) $name$" "$BATS_TEST_FILENAME"
  done
}

check_session() {
  local file count=0
  # Their accounts, as the READMEs make them.
  sed -n 's/^    useradd /useradd /p' "$recipes"/*/README.md | sh -eu
  # And what they start.
  for file in "$recipes"/*/usr; do
    cp -R "$file" /
  done
  while read -r file; do
    capkeep check --strict --policy "$file"
    count=$((count + 1))
  done < <(find "$recipes" -path '*/capkeep.conf.d/*.conf')
  ((count >= 15))
}
@test "recipes: capkeep check --strict has nothing to say about any policy" {
  need busybox start-stop-daemon dnsmasq chpst memcached s6-applyuidgid haproxy setuidgid tcpserver /usr/bin/python3 cron \
    xinetd tcpdump daemonize chronyd daemon nginx runuser sudo "$unpacked/fping/usr/bin/fping" setpriv
  machine check_session
}

# --- init scripts

sysv_init_session() {
  install_recipe sysv-init
  as_init /etc/init.d/httpd start
  wait_until 30 port_answers 80
  [[ $(http_get 80 /index.html) == *"it works" ]]
  assert_program /usr/bin/busybox www-data cap_net_bind_service
  assert_shown sysv-init
  asks_three sysv-init
  /etc/init.d/httpd status
  before=$(pids_of /usr/bin/busybox)
  /etc/init.d/httpd restart
  wait_until 30 port_answers 80
  assert_program /usr/bin/busybox www-data cap_net_bind_service
  [[ $(pids_of /usr/bin/busybox) != "$before" ]]
  /etc/init.d/httpd stop
  assert_nothing_runs
  ends_with 3 /etc/init.d/httpd status

  rule_for_another_user
  /etc/init.d/httpd start
  assert_nothing_runs
  rm /run/httpd.pid
  free_all_ports
  /etc/init.d/httpd start
  wait_until 30 port_answers 80
  assert_program /usr/bin/busybox www-data ''
  /etc/init.d/httpd stop

  break_policy
  ends_with 125 /etc/init.d/httpd start
  assert_nothing_runs
}
@test "C1 recipe sysv-init: busybox httpd on port 80" {
  need busybox start-stop-daemon
  machine sysv_init_session
}

openrc_session() {
  rm -rf /etc/init.d/* /etc/runlevels
  cp "$installed/etc/rc.conf" /etc
  # OpenRC has booted this machine, as far as it looks.
  mkdir -p /run/openrc/{daemons,exclusive,failed,hotplugged,inactive,options,scheduled,started,starting,stopping,tmp,wasinactive}
  touch /run/openrc/softlevel
  install_recipe openrc
  echo 192.0.2.7 recipe.test >>/etc/hosts
  as_init rc-service dns start
  wait_until 30 answers_dns
  assert_program /usr/sbin/dnsmasq dnsmasq cap_net_bind_service
  assert_shown openrc
  asks_three openrc
  rc-service dns status
  rc-service dns restart
  assert_program /usr/sbin/dnsmasq dnsmasq cap_net_bind_service
  rc-service dns stop
  assert_nothing_runs
  ends_with 3 rc-service dns status

  rule_for_another_user
  rc-service dns start
  assert_nothing_runs
  rc-service dns zap
  free_all_ports
  rc-service dns start
  assert_program /usr/sbin/dnsmasq dnsmasq ''
  rc-service dns stop

  break_policy
  ends_with 1 rc-service dns start
  assert_nothing_runs
}
answers_dns() {
  busybox nslookup recipe.test 127.0.0.1 2>/dev/null | grep -qx 'Address: 192.0.2.7'
}
@test "C1 recipe openrc: dnsmasq on port 53" {
  need "$unpacked"/{openrc,librc1,libeinfo1}/lib start-stop-daemon dnsmasq busybox
  machine openrc_session
}

# --- supervisors of services

locks_memory() {
  ! grep -qx $'VmLck:[ \t]*0 kB' "/proc/$1/status"
}

runit_session() {
  export SVWAIT=600
  rm -rf /etc/service
  mkdir /etc/service
  install_recipe runit
  runsvdir -P /etc/service >/run/output 2>&1 &
  ln -s /etc/sv/memcached /etc/service/
  assert_program /usr/bin/memcached memcache cap_ipc_lock
  wait_until 30 port_answers 11211
  locks_memory "$(pids_of /usr/bin/memcached)"
  assert_shown runit
  asks_three runit
  sv status memcached
  sv stop memcached
  (! runs /usr/bin/memcached)

  rule_for_another_user
  sv start memcached
  wait_until 30 port_answers 11211
  assert_program /usr/bin/memcached memcache ''
  (! locks_memory "$(pids_of /usr/bin/memcached)")
  sv stop memcached

  break_policy
  sv up memcached
  wait_until 30 grep -q "unknown key" /run/output
  (! runs /usr/bin/memcached)
  sv force-shutdown memcached
  kill -HUP %1
  assert_nothing_runs
}
@test "C1 recipe runit: memcached, locked in memory" {
  need runsvdir sv chpst memcached
  need_first_namespace "CAP_IPC_LOCK lifts no limit"
  machine runit_session
}

s6_session() {
  mkdir /run/service
  install_recipe s6
  s6-svscan /run/service >/run/output 2>&1 &
  ln -s /etc/s6/sv/haproxy /run/service/
  wait_until 30 s6-svscanctl -a /run/service
  wait_until 30 port_answers 80
  assert_program /usr/sbin/haproxy haproxy cap_net_bind_service
  [[ $(http_get 80 /) == *haproxy* ]]
  assert_shown s6
  asks_three s6
  s6-svstat /run/service/haproxy
  s6_down
  (! runs /usr/sbin/haproxy)

  rule_for_another_user
  s6-svc -u /run/service/haproxy
  wait_until 30 grep -q "cannot bind socket" /run/output
  s6_down
  free_all_ports
  s6-svc -u /run/service/haproxy
  wait_until 30 port_answers 80
  assert_program /usr/sbin/haproxy haproxy ''
  s6_down

  break_policy
  s6-svc -u /run/service/haproxy
  wait_until 30 grep -q "unknown key" /run/output
  (! runs /usr/sbin/haproxy)
  s6-svscanctl -t /run/service
  assert_nothing_runs
}
s6_down() {
  s6-svc -d /run/service/haproxy
  wait_until 30 s6_is_down
}
s6_is_down() {
  [[ $(s6-svstat -o up /run/service/haproxy) == false ]]
}
@test "C1 recipe s6: haproxy on port 80" {
  need s6-svscan s6-setuidgid haproxy
  machine s6_session
}

ask_daytime() {
  exec 4<>/dev/tcp/127.0.0.1/13
  timeout 600 cat <&4
  exec 4>&-
}

daemontools_session() {
  rm -rf /etc/service
  mkdir /etc/service
  install_recipe daemontools
  ln -s /etc/sv/daytime /etc/service/
  svscan /etc/service >/run/output 2>&1 &
  wait_until 30 port_answers 13
  [[ $(ask_daytime) == *:*:* ]]
  # What tcpserver starts does not inherit what it has, so it is neither inheritable nor ambient in it.
  wait_until 30 runs_once /usr/bin/tcpserver
  wait_until 30 take_status "$(pids_of /usr/bin/tcpserver)" /run/status
  assert_caps /run/status prm=cap_net_bind_service eff=cap_net_bind_service inh= amb= bnd=cap_net_bind_service \
    "uid=$(id -u daemon)" "gid=$(id -g daemon)"
  assert_shown daemontools
  asks_three daemontools
  stand_in /usr/bin/date
  [[ $(ask_daytime) == '' ]]
  wait_until 30 test -s /run/stand-in/status
  assert_caps /run/stand-in/status prm= eff= inh= amb= "uid=$(id -u daemon)"
  umount /usr/bin/date
  svstat /etc/service/daytime
  svc -d /etc/service/daytime
  wait_until 30 stopped_daytime

  rule_for_another_user
  svc -u /etc/service/daytime
  wait_until 30 grep -q "unable to bind" /run/output
  free_all_ports
  wait_until 30 port_answers 13
  assert_program /usr/bin/tcpserver daemon ''
  svc -d /etc/service/daytime
  wait_until 30 stopped_daytime

  break_policy
  svc -u /etc/service/daytime
  wait_until 30 grep -q "unknown key" /run/output
  (! runs /usr/bin/tcpserver)
  kill %1
  svc -dx /etc/service/daytime
  assert_nothing_runs
}
runs_once() {
  [[ $(pids_of "$1" | wc -l) == 1 ]]
}
stopped_daytime() {
  (! runs /usr/bin/tcpserver)
}
@test "C1 recipe daemontools: tcpserver on port 13, and its own programs without" {
  need svscan setuidgid tcpserver
  machine daemontools_session
}

supervisord_session() {
  install_recipe supervisord
  exec_line ExecStart /etc/systemd/system/supervisor.service.d/capkeep.conf
  "${exec_words[@]}" >/run/output 2>&1 &
  wait_until 30 port_answers 80
  assert_program "$(realpath /usr/bin/python3)" www-data cap_net_bind_service
  [[ $(http_get 80 /index.html) == *"it works" ]]
  assert_shown supervisord
  asks_three supervisord
  supervisorctl status web
  supervisorctl stop web
  (! port_answers 80)
  supervisorctl shutdown
  assert_nothing_runs

  rule_for_another_user
  "${exec_words[@]}" >/run/output 2>&1 &
  wait_until 30 web_is_refused
  # It is started again until it runs.
  free_all_ports
  wait_until 30 port_answers 80
  assert_program "$(realpath /usr/bin/python3)" www-data ''
  supervisorctl shutdown
  assert_nothing_runs

  break_policy
  ends_with 125 "${exec_words[@]}"
}
web_is_refused() {
  grep -qs PermissionError /var/log/supervisor/web-stdout*
}
@test "C1 recipe supervisord: Python's web server on port 80" {
  need supervisord supervisorctl /usr/bin/python3
  machine supervisord_session
}

# --- xinetd

# What the client gets first is the head of a capture file, written where the socket could be opened. Each connection is
# one of two instances and starts a tcpdump, so that none is made to ask only whether the port answers, and the one before
# has ended, and xinetd knows it, when the next is made.
# The drop-in says what each unit of xinetd's says otherwise: the package's and, where it has none, the one that systemd
# makes up from its init script.
assert_stays_in_foreground() {
  local unit=/usr/lib/systemd/system/xinetd.service dropin=/etc/systemd/system/xinetd.service.d/capkeep.conf key
  command -v systemd-analyze >/dev/null || return 0
  if [[ ! -e $unit ]]; then
    unit=/etc/systemd/system/xinetd.service
    mkdir /run/generated{,.early,.late}
    /usr/lib/systemd/system-generators/systemd-sysv-generator /run/generated{,.early,.late}
    cp /run/generated.late/xinetd.service "$unit"
  fi
  verify xinetd.service
  exec_line Type "$dropin"
  [[ ${exec_words[*]} == simple ]]
  while read -r key; do
    grep -q "^$key=" "$dropin"
  done < <(sed -n -E 's/^(Exec[A-Za-z]*|RemainAfterExit|PIDFile|KillMode)=.*/\1/p' "$unit")
}

xinetd_session() {
  install_recipe xinetd
  assert_stays_in_foreground
  exec_line ExecStart /etc/systemd/system/xinetd.service.d/capkeep.conf
  "${exec_words[@]}" >/run/output 2>&1 &
  wait_until 30 port_listens 2002
  exec 5<>/dev/tcp/127.0.0.1/2002
  assert_program /usr/bin/tcpdump tcpdump cap_net_raw
  [[ $(timeout 600 head -c 4 <&5 | od -An -tx4) == *a1b2c3d4 ]]
  assert_shown xinetd
  asks_three xinetd
  wait_until 30 captures_marker 5
  exec 5>&-
  # It notices with the next packet.
  wait_until 30 stopped_capture
  kill "$!"
  assert_nothing_runs

  # As its README has it without systemd.
  as_init /usr/local/bin/capkeep run -- /etc/init.d/xinetd start
  wait_until 30 port_listens 2002
  exec 5<>/dev/tcp/127.0.0.1/2002
  [[ $(timeout 600 head -c 4 <&5 | wc -c) == 4 ]]
  assert_program /usr/bin/tcpdump tcpdump cap_net_raw
  # With the rest unread, so that the connection is reset.
  exec 5>&-
  wait_until 30 stopped_capture
  /etc/init.d/xinetd stop
  assert_nothing_runs

  rule_for_another_user
  "${exec_words[@]}" >/run/output 2>&1 &
  wait_until 30 port_listens 2002
  exec 5<>/dev/tcp/127.0.0.1/2002
  [[ $(timeout 600 head -c 4 <&5) == '' ]]
  exec 5>&-
  wait_until 30 serves_nobody
  stand_in /usr/bin/tcpdump
  exec 5<>/dev/tcp/127.0.0.1/2002
  assert_stand_in tcpdump ''
  exec 5>&-
  kill "$!"
  assert_nothing_runs

  break_policy
  ends_with 125 "${exec_words[@]}"
  assert_nothing_runs
}
captures_marker() {
  echo marker-of-this-test >/dev/udp/127.0.0.1/9
  timeout 1 grep -qam1 marker-of-this-test <&"$1"
}
stopped_capture() {
  echo again >/dev/udp/127.0.0.1/9
  serves_nobody
}
# Nor has xinetd a child that it has not waited for.
serves_nobody() {
  (! pgrep --parent "$(pids_of /usr/sbin/xinetd)" >/dev/null)
}
@test "C1 recipe xinetd: tcpdump for who connects" {
  need xinetd tcpdump
  machine xinetd_session
}

# --- containers

# The stand-in for a container: a root directory and an init process of its own, and Docker's capabilities, with those
# that are added to them.
container() {
  local added=$1 root=$dir/container name
  local -a docker=(chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod
    audit_write setfcap)
  shift
  if [[ ! -d $root ]]; then
    mkdir -p "$root"/{usr,etc,proc,run,tmp,dev,var}
    for name in bin sbin lib lib64; do
      [[ ! -L /$name ]] || ln -s "$(readlink "/$name")" "$root/$name"
    done
    for name in usr etc dev var run; do
      mount --rbind "/$name" "$root/$name"
    done
  fi
  timeout --kill-after=5 600 unshare --pid --fork --kill-child --mount-proc="$root/proc" \
    setpriv --bounding-set="-all,$(IFS=,; echo "${docker[*]/#/+}")${added:+,$added}" \
    env -i PATH="$PATH" chroot "$root" "$@"
}

# install_image NAME: by what its Dockerfile copies from its folder; here is the image.
install_image() {
  local from to
  while read -r from to; do
    cp -R "$recipes/$1/$from." "$to"
  done < <(sed -n 's/^COPY \([^- ][^ ]*\) \([^ ]*\)$/\1 \2/p' "$recipes/$1/Dockerfile")
  capkeep check --strict
}

# words KEYWORD FILE: of a line of a Dockerfile, in `docker_words`.
words() {
  mapfile -t docker_words < <(sed -n "s/^ *$1 //p" "$2" | jq -r '.[]')
  ((${#docker_words[@]}))
}

# in_container: the processes in it, by their numbers here.
in_container() {
  grep -lsP '^NSpid:\t\d+\t\d+$' /proc/[0-9]*/status | grep -oE '[0-9]+' || :
}
first_in_container() {
  grep -lsP '^NSpid:\t\d+\t1$' /proc/[0-9]*/status | grep -oE '[0-9]+' || :
}
first_is() {
  [[ $(cat "/proc/$(first_in_container)/comm" 2>/dev/null) == "$1" ]]
}

# assert_container NAME USER CAPS: its first process is the program, and it is alone, but for what it does not wait for.
assert_container() {
  wait_until 30 first_is "$1" || { cat /run/output; ps -ef; return 1; }
  wait_until 30 alone_in_container
  wait_until 30 take_status "$(first_in_container)" /run/container-status
  assert_program_state /run/container-status "$2" "$3"
  (! grep -zE '^(LD_PRELOAD|CAPKEEP_)' "/proc/$(first_in_container)/environ")
}
alone_in_container() {
  local pid
  for pid in $(in_container); do
    [[ $pid == "$(first_in_container)" || ! -d /proc/$pid ]] || grep -qs $'^State:\tZ' "/proc/$pid/status" || return 1
  done
}

gosu_session() {
  local -a command
  install_image container-gosu
  words ENTRYPOINT "$recipes/container-gosu/Dockerfile"
  command=("${docker_words[@]}")
  words CMD "$recipes/container-gosu/Dockerfile"
  command+=("${docker_words[@]}")
  container +ipc_lock,+sys_ptrace "${command[@]}" >/run/output 2>&1 &
  assert_container memcached memcache cap_ipc_lock
  wait_until 30 port_answers 11211
  locks_memory "$(first_in_container)"
  assert_shown container-gosu
  export -f docker first_in_container
  asks_three container-gosu
  kill -TERM "$(first_in_container)"
  assert_nothing_runs

  # Without CAP_SYS_PTRACE it is refused, with the remedy, and no program is started.
  ends_with 125 container +ipc_lock "${command[@]}" >/run/output 2>&1

  # As the README has it for that, with all of Docker's own in the bounding set of the program.
  words ENTRYPOINT "$recipes/container-gosu/README.md"
  container +ipc_lock "${docker_words[@]}" "${command[@]:4}" >/run/output 2>&1 &
  wait_until 30 first_is memcached
  wait_until 30 port_answers 11211
  wait_until 30 take_status "$(first_in_container)" /run/status
  assert_caps /run/status prm=cap_ipc_lock eff=cap_ipc_lock inh=cap_ipc_lock amb=cap_ipc_lock "uid=$(id -u memcache)"
  grep -qx $'NoNewPrivs:\t1' /run/status
  kill -TERM "$(first_in_container)"
  assert_nothing_runs

  rule_for_another_user
  container +ipc_lock,+sys_ptrace "${command[@]}" >/run/output 2>&1 &
  assert_container memcached memcache ''
  wait_until 30 port_answers 11211
  kill -TERM "$(first_in_container)"
  assert_nothing_runs

  break_policy
  ends_with 125 container +ipc_lock,+sys_ptrace "${command[@]}"
  assert_nothing_runs
}
@test "C1 recipe container-gosu: memcached, locked in memory, in a stand-in for a container" {
  need gosu memcached jq setpriv
  need_first_namespace "CAP_IPC_LOCK lifts no limit"
  machine gosu_session
}

setpriv_session() {
  local signal
  local -a command
  install_image container-setpriv
  signal=$(sed -n 's/^STOPSIGNAL //p' "$recipes/container-setpriv/Dockerfile")
  words ENTRYPOINT "$recipes/container-setpriv/Dockerfile"
  command=("${docker_words[@]}")
  words CMD "$recipes/container-setpriv/Dockerfile"
  command+=("${docker_words[@]}")
  container '' "${command[@]}" >/run/output 2>&1 &
  assert_container haproxy haproxy cap_net_bind_service
  wait_until 30 port_answers 80
  [[ $(http_get 80 /) == *haproxy* ]]
  assert_shown container-setpriv
  export -f docker first_in_container
  asks_three container-setpriv
  kill -"$signal" "$(first_in_container)"
  assert_nothing_runs

  rule_for_another_user
  ends_with 1 container '' "${command[@]}" >/run/output 2>&1
  grep -q "cannot bind socket" /run/output
  free_all_ports
  container '' "${command[@]}" >/run/output 2>&1 &
  wait_until 30 port_answers 80
  assert_container haproxy haproxy ''
  kill -"$signal" "$(first_in_container)"
  assert_nothing_runs

  break_policy
  ends_with 125 container '' "${command[@]}"
  assert_nothing_runs
}
@test "C1 recipe container-setpriv: haproxy on port 80, in a stand-in for a container" {
  need setpriv haproxy jq
  machine setpriv_session
}

uid_1000_session() {
  words ENTRYPOINT "$recipes/README.md"
  container '' "${docker_words[@]}" cat /proc/self/status >/run/container-status
  assert_caps /run/container-status prm=cap_net_bind_service eff=cap_net_bind_service inh=cap_net_bind_service \
    amb=cap_net_bind_service bnd=cap_net_bind_service uid=1000 gid=1000
  grep -qx $'NoNewPrivs:\t1' /run/container-status
  # It is the first process, where cat was the program.
  grep -qx $'NSpid:\t1' /run/container-status
}
@test "C1 recipes: a container that runs as uid 1000, in a stand-in for one" {
  need setpriv jq
  machine uid_1000_session
}

# --- systemd

# No systemd runs here: the unit is verified, and its lines are executed.
systemd_session() {
  local pid
  install_recipe systemd-forking
  verify /etc/systemd/system/recorder.service
  unit_line ExecStartPre /etc/systemd/system/recorder.service
  "${exec_words[@]}"
  unit_line ExecStart /etc/systemd/system/recorder.service
  "${exec_words[@]}"
  assert_program /usr/bin/tcpdump tcpdump cap_net_raw
  assert_shown systemd-forking
  asks_three systemd-forking
  pid=$(<"$(sed -n 's/^PIDFile=//p' /etc/systemd/system/recorder.service)")
  [[ $pid == "$(pids_of /usr/bin/tcpdump)" ]]
  wait_until 30 records_marker
  kill -TERM "$pid"
  assert_nothing_runs

  rule_for_another_user
  "${exec_words[@]}"
  assert_nothing_runs
  stand_in /usr/bin/tcpdump
  "${exec_words[@]}"
  assert_stand_in tcpdump ''
  umount /usr/bin/tcpdump

  break_policy
  ends_with 125 "${exec_words[@]}"
  assert_nothing_runs

  verify "$recipes/systemd-forking/without-capkeep/etc/systemd/system/recorder.service"
  # And what the other recipes change in units.
  rm /etc/capkeep/capkeep.conf.d/*.conf
  install_recipe supervisord
  install_recipe cron
  verify supervisor.service
  verify cron.service
}
# unit_line KEY UNIT: as exec_line, of a unit without User=. Before each of its commands systemd makes its directories, and
# makes them root's.
unit_line() {
  local name
  while read -r name; do
    install -d -m 755 "/var/lib/$name"
    chown -R root: "/var/lib/$name"
  done < <(sed -n 's/^StateDirectory=//p' "$2")
  exec_line "$@"
}
# verify UNIT: it ends with 0 for what it only warns of, and also names other units, which are not ours.
verify() {
  local said
  said=$(systemd-analyze verify --man=no --recursive-errors=no "$1" 2>&1) || { echo "$said"; return 1; }
  (! grep -F "$(basename -- "$1")" <<<"$said")
}
records_marker() {
  echo marker-of-this-test >/dev/udp/127.0.0.1/9
  grep -qa marker-of-this-test /var/lib/recorder/pcap*
}
@test "C1 recipe systemd-forking: tcpdump, by a unit that is verified and whose lines are run" {
  need systemd-analyze daemonize tcpdump supervisord cron
  machine systemd_session
}

# --- an NTP client, a web server, ping

ntp_session() {
  local before
  install -d -m 755 -o _chrony -g _chrony /var/lib/chrony
  install_recipe ntp
  before=$(clock_rate)
  as_init /etc/init.d/ntp-client start
  assert_program /usr/sbin/chronyd _chrony cap_sys_time
  assert_shown ntp
  wait_until 30 test -s /run/chrony/chronyd.pid
  /etc/init.d/ntp-client status
  # It sets the clock by nothing as it starts, which it cannot go on without, and has no source here to set it by.
  asks_three ntp
  # Unless somebody outside has synchronised the clock, and goes on to.
  [[ $before != *UNSYNC* || $(clock_rate) == "$before" ]]
  # Again, once it has died.
  kill -KILL "$(pids_of /usr/sbin/chronyd)"
  wait_until 30 runs /usr/sbin/chronyd _chrony
  assert_program /usr/sbin/chronyd _chrony cap_sys_time
  /etc/init.d/ntp-client stop
  assert_nothing_runs

  rule_for_another_user
  (! runuser -u _chrony -- chronyd -U -d -f /etc/chrony/ntp-client.conf >/run/output 2>&1)
  grep -q 'adjtimex.*Operation not permitted' /run/output
  stand_in /usr/sbin/chronyd
  /etc/init.d/ntp-client start
  assert_stand_in _chrony ''
  /etc/init.d/ntp-client stop
  umount /usr/sbin/chronyd
  assert_nothing_runs

  break_policy
  ends_with 125 /etc/init.d/ntp-client start
  assert_nothing_runs
}
clock_rate() {
  busybox adjtimex | grep -E 'frequency|tick:|status:'
}
@test "C1 recipe ntp: chronyd sets the clock" {
  need chronyd chronyc daemon busybox
  need_first_namespace "nobody sets the clock"
  busybox adjtimex -o 0 >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "the clock may not be set here"
  machine ntp_session
}

nginx_session() {
  local before
  install_recipe nginx
  as_init /usr/local/sbin/nginx-unprivileged start
  wait_until 30 port_answers 80
  [[ $(http_get 80 /index.html) == *"it works" ]]
  assert_program /usr/sbin/nginx www-data cap_net_bind_service
  assert_shown nginx
  asks_three nginx
  nginx-unprivileged status
  before=$(pids_of /usr/sbin/nginx)
  nginx-unprivileged reload
  wait_until 30 has_other_workers "$before"
  assert_program /usr/sbin/nginx www-data cap_net_bind_service
  nginx-unprivileged stop
  assert_nothing_runs

  rule_for_another_user
  ends_with 1 nginx-unprivileged start
  grep -q 'bind() to 0.0.0.0:80 failed (13: Permission denied)' /var/log/nginx-unprivileged/error.log
  free_all_ports
  nginx-unprivileged start
  assert_program /usr/sbin/nginx www-data ''
  nginx-unprivileged stop
  assert_nothing_runs

  break_policy
  ends_with 125 nginx-unprivileged start
  assert_nothing_runs
}
# None of the old workers is left, and there are as many processes as before.
has_other_workers() {
  local now
  now=$(pids_of /usr/sbin/nginx)
  [[ $(wc -l <<<"$now") == "$(wc -l <<<"$1")" && $(comm -12 <(sort <<<"$now") <(sort <<<"$1") | wc -l) == 1 ]]
}
@test "C1 recipe nginx: a master and workers that are never root, on port 80" {
  need nginx runuser
  machine nginx_session
}

ping_session() {
  install_recipe ping
  [[ $(as_init /usr/local/sbin/check-hosts 127.0.0.1) == 127.0.0.1 ]]
  check-hosts -l -p 100 127.0.0.1 >/run/output &
  assert_program /usr/bin/fping monitor cap_net_raw
  assert_shown ping
  asks_three ping
  kill "$(pids_of /usr/bin/fping)"
  assert_nothing_runs

  rule_for_another_user
  (! check-hosts 127.0.0.1 >/run/output 2>&1)
  grep -qi "must run as root\|can't create" /run/output
  stand_in /usr/bin/fping
  check-hosts 127.0.0.1 >/run/output 2>&1 || :
  assert_stand_in monitor ''
  umount /usr/bin/fping

  break_policy
  ends_with 125 check-hosts 127.0.0.1
  assert_nothing_runs
}
@test "C1 recipe ping: fping, without file capabilities" {
  need "$unpacked/fping/usr/bin/fping" sudo
  need_first_namespace "sudo and its configuration belong to nobody"
  machine ping_session
}

python_raw_socket_session() {
  local python
  python=$(realpath /usr/bin/python3)
  install_recipe python-raw-socket
  (! getcap "$python" | grep .)
  as_init /usr/local/sbin/start-lan-watch 127.0.0.1 >/run/output 2>&1 &
  wait_until 30 grep -qx '127.0.0.1 answers' /run/output
  assert_program "$python" lanwatch cap_net_raw
  assert_shown python-raw-socket
  asks_three python-raw-socket
  kill "$(pids_of "$python" lanwatch)"
  assert_nothing_runs

  # Another script of the same account, by the same launcher and interpreter, is not the rule's.
  cp /usr/local/bin/lan-watch /usr/local/bin/another
  ends_with 1 capkeep run -- runuser -u lanwatch -- /usr/local/bin/another 127.0.0.1 >/run/output 2>&1
  grep -q '^PermissionError' /run/output

  rule_for_another_user
  ends_with 1 start-lan-watch 127.0.0.1 >/run/output 2>&1
  grep -q '^PermissionError' /run/output
  stand_in "$python"
  start-lan-watch 127.0.0.1 >/run/output 2>&1
  assert_stand_in lanwatch ''
  umount "$python"

  break_policy
  ends_with 125 start-lan-watch 127.0.0.1
  assert_nothing_runs
}
@test "C1 recipe python-raw-socket: a script, and no other of its interpreter's" {
  need /usr/bin/python3 runuser getcap
  machine python_raw_socket_session
}

# --- cron, whose minute is over

# Beside the recipe's job one of the same account tells its own state.
cron_session() {
  rm -rf /etc/cron.d/* /etc/cron.hourly/* /etc/crontab
  mkdir -p /var/spool/cron/crontabs
  install_recipe cron
  install -d -m 1777 /run/job
  # What a job says is mailed.
  install -m 666 /dev/null /run/mail
  echo '* * * * * blocklist cat /proc/self/status >/run/job/writing && mv /run/job/writing /run/job/status' >/etc/cron.d/state
  [[ $1 == own ]] || rule_for_another_user
  exec_line ExecStart /etc/systemd/system/cron.service.d/capkeep.conf
  "${exec_words[@]}" >/run/output 2>&1 &
  wait_until 75 test -s /run/job/status
  if [[ $1 == own ]]; then
    assert_program_state /run/job/status blocklist cap_net_admin
    wait_until 30 blocks 'blackhole 192.0.2.0/24 proto 251 blackhole 198.51.100.0/24 proto 251'
    [[ ! -s /run/mail ]]
    asks_three cron
    # The list counts, and no route of somebody else.
    ip route add blackhole 203.0.113.0/24
    echo 192.0.2.0/25 >/etc/blocklist
    setpriv --reuid=blocklist --regid=blocklist --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin \
      blocklist-refresh </etc/blocklist
    blocks 'blackhole 192.0.2.0/25 proto 251 blackhole 203.0.113.0/24'
  else
    assert_program_state /run/job/status blocklist ''
    wait_until 30 grep -qs 'Operation not permitted' /run/mail
    blocks ''
  fi
  kill %1
  assert_nothing_runs
  break_policy
  ends_with 125 "${exec_words[@]}"
  : >"$dir/passed"
}
blocks() {
  [[ $(ip route show type blackhole | sed 's/ *$//' | paste -sd ' ') == "$1" ]]
}
@test "C1 recipe cron: blackhole routes of a list" {
  local whose
  need cron ip
  for whose in own other; do
    [[ -e $BATS_FILE_TMPDIR/cron-$whose/pid ]]
    if ! wait_until 100 has_ended "$(<"$BATS_FILE_TMPDIR/cron-$whose/pid")" || [[ ! -e $BATS_FILE_TMPDIR/cron-$whose/passed ]]; then
      cat "$BATS_FILE_TMPDIR/cron-$whose/output"
      return 1
    fi
  done
}
has_ended() {
  [[ ! -d /proc/$1 ]] || grep -qs $'^State:\tZ' "/proc/$1/status"
}
