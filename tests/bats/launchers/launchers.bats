#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Launchers that are commands: real ones, as Debian has them. lib/launchers.bash says what a row is.

load ../lib/common
load ../lib/launchers

setup() {
  setup_launchers
}

# --- of dpkg, util-linux, coreutils and libcap

row_start_stop_daemon() {
  need start-stop-daemon
  "${with[@]}" start-stop-daemon --start --pidfile "$dir/none" --chuid nobody --startas "$probe" -- "$out"
}
@test "bare start-stop-daemon --chuid" { bare start_stop_daemon; }
@test "C1 start-stop-daemon --chuid" { kept start_stop_daemon; }

row_start_stop_daemon_background() {
  need start-stop-daemon
  "${with[@]}" start-stop-daemon --start --background --make-pidfile --pidfile "$dir/pid" --chuid nobody:nogroup \
    --startas "$probe" -- "$out"
}
@test "bare start-stop-daemon --background" { bare start_stop_daemon_background; }
@test "C1 start-stop-daemon --background" { kept start_stop_daemon_background; }

row_runuser_u() {
  need runuser
  "${with[@]}" runuser -u nobody -- "$probe" "$out"
}
@test "bare runuser -u" { bare runuser_u; }
@test "C1 runuser -u" { kept runuser_u; }

row_runuser_login() {
  need runuser
  "${with[@]}" runuser -s /bin/sh - nobody -c "$probe_command"
}
@test "bare runuser - (cleans the environment)" { bare runuser_login; }
@test "C4 runuser - (cleans the environment)" { kept runuser_login; }

row_su() {
  need su
  "${with[@]}" su -s /bin/sh nobody -c "$probe_command"
}
@test "bare su -s" { bare su; }
@test "C1 su -s" { kept su; }

row_su_login() {
  need su
  "${with[@]}" su -s /bin/sh - nobody -c "$probe_command"
}
@test "bare su - (cleans the environment)" { bare su_login; }
@test "C4 su - (cleans the environment)" { kept su_login; }

row_setpriv() {
  need setpriv
  "${with[@]}" setpriv --reuid nobody --regid nogroup --clear-groups "$probe" "$out"
}
@test "bare setpriv --reuid" { bare setpriv; }
@test "C1 setpriv --reuid" { kept setpriv; }

row_capsh() {
  need capsh
  "${with[@]}" capsh --user=nobody -- -c "$probe_command"
}
@test "bare capsh --user" { bare capsh; }
@test "C6 capsh --user" { kept capsh; }

row_chroot() {
  need chroot
  "${with[@]}" chroot --userspec=nobody:nogroup / "$probe" "$out"
}
@test "bare chroot --userspec" { bare chroot; }
@test "C1 chroot --userspec" { kept chroot; }

row_unshare() {
  need unshare
  "${with[@]}" unshare --setgid 65534 --setuid 65534 "$probe" "$out"
}
@test "bare unshare --setuid" { bare unshare; }
@test "C1 unshare --setuid" { kept unshare; }

row_nsenter() {
  need nsenter
  "${with[@]}" nsenter --target $$ --mount --setgid 65534 --setuid 65534 "$probe" "$out"
}
@test "bare nsenter --setuid" { bare nsenter; }
@test "C1 nsenter --setuid" { kept nsenter; }

row_login() {
  need login script
  sandbox login_session
}
@test "bare login -f" { bare login; }
@test "C4 login -f" { kept login; }

# --- sudo, doas

row_sudo() {
  need sudo
  need_own /etc/sudoers
  known_name
  "${named[@]}" "${with[@]}" sudo -n -u nobody "$probe" "$out"
}
@test "bare sudo -u" { bare sudo; }
@test "C4 sudo -u" { kept sudo; }

row_doas() {
  need doas
  private_mounts doas_session
}
doas_session() {
  private_etc
  echo 'permit nopass root' >/etc/doas.conf
  chmod 600 /etc/doas.conf
  "${with[@]}" doas -u nobody "$probe" "$out"
}
@test "bare doas -u" { bare doas; }
@test "C4 doas -u" { kept doas; }

# --- the families of daemontools

row_setuidgid() {
  need setuidgid
  "${with[@]}" setuidgid nobody "$probe" "$out"
}
@test "bare setuidgid (daemontools)" { bare setuidgid; }
@test "C1 setuidgid (daemontools)" { kept setuidgid; }

row_supervise() {
  need supervise setuidgid
  sandbox supervised_by supervise "$dir/service"
}
# supervised_by SUPERVISOR… DIRECTORY: `run` is what the supervisor starts, again and again: the first time is enough.
supervised_by() {
  local service=${!#} clean
  clean=$(command -v chpst || command -v setuidgid)
  case $1 in
    supervise) clean='setuidgid nobody' ;;
    runsv) clean='chpst -u nobody:nogroup' ;;
    s6-supervise) clean='s6-setuidgid nobody' ;;
  esac
  mkdir -- "$service"
  printf '#!/bin/sh\nexec %s %s\n' "$clean" "$probe_command" >"$service/run"
  chmod 755 "$service/run"
  "${with[@]}" "$@" &
  wait_until 10 test -s "$out"
}
@test "bare supervise (daemontools)" { bare supervise; }
@test "C4 supervise (daemontools)" { kept supervise; }

row_tcpserver() {
  need tcpserver envuidgid ip
  need_sandbox
  sandbox tcpserver_session
}
tcpserver_session() {
  "${with[@]}" envuidgid nobody tcpserver -U -H -R -l 0 127.0.0.1 2000 "$probe" "$out" &
  wait_until 10 port_answers 2000
  wait_until 10 test -s "$out"
}
@test "bare envuidgid tcpserver -U (ucspi-tcp)" { bare tcpserver; }
@test "C1 envuidgid tcpserver -U (ucspi-tcp)" { kept tcpserver; }

row_chpst() {
  need chpst
  "${with[@]}" chpst -u nobody:nogroup "$probe" "$out"
}
@test "bare chpst -u (runit)" { bare chpst; }
@test "C1 chpst -u (runit)" { kept chpst; }

row_runsv() {
  need runsv chpst
  need_sandbox
  sandbox supervised_by runsv "$dir/service"
}
@test "bare runsv (runit)" { bare runsv; }
@test "C4 runsv (runit)" { kept runsv; }

row_s6_setuidgid() {
  need s6-setuidgid
  "${with[@]}" s6-setuidgid nobody "$probe" "$out"
}
@test "bare s6-setuidgid" { bare s6_setuidgid; }
@test "C1 s6-setuidgid" { kept s6_setuidgid; }

row_s6_applyuidgid() {
  need s6-applyuidgid
  "${with[@]}" s6-applyuidgid -u 65534 -g 65534 -G 65534 "$probe" "$out"
}
@test "bare s6-applyuidgid" { bare s6_applyuidgid; }
@test "C1 s6-applyuidgid" { kept s6_applyuidgid; }

row_s6_supervise() {
  need s6-supervise s6-setuidgid
  need_sandbox
  sandbox supervised_by s6-supervise "$dir/service"
}
@test "bare s6-supervise" { bare s6_supervise; }
@test "C4 s6-supervise" { kept s6_supervise; }

# --- daemonizers

row_busybox_start_stop_daemon() {
  need busybox
  "${with[@]}" busybox start-stop-daemon -S -c nobody -p "$dir/none" -x "$probe" -- "$out"
}
@test "bare busybox start-stop-daemon -c" { bare busybox_start_stop_daemon; }
@test "C1 busybox start-stop-daemon -c" { kept busybox_start_stop_daemon; }

row_daemon() {
  need daemon
  "${with[@]}" daemon --user=nobody:nogroup -- "$probe" "$out"
}
@test "bare daemon --user" { bare daemon; }
@test "C1 daemon --user" { kept daemon; }

row_daemonize() {
  need daemonize
  "${with[@]}" daemonize -u nobody "$probe" "$out"
}
@test "bare daemonize -u" { bare daemonize; }
@test "C1 daemonize -u" { kept daemonize; }

# --- shell scripts around them

row_dash_init_script() {
  need start-stop-daemon
  "${with[@]}" dash -c '
    start() { start-stop-daemon --start --pidfile "$1.none" --chuid nobody --startas "$0" -- "$1"; }
    (start "$@") || exit 1' "$probe" "$out"
}
@test "bare init script (dash)" { bare dash_init_script; }
@test "C4 init script (dash)" { kept dash_init_script; }

row_bash_cleaned() {
  need bash setpriv
  "${with[@]}" bash -c 'exec env -i "$(command -v setpriv)" --reuid 65534 --clear-groups "$@"' bash "$probe" "$out"
}
@test "bare env -i (bash)" { bare bash_cleaned; }
@test "C4 env -i (bash)" { kept bash_cleaned; }

row_bash_unset() {
  need bash chpst
  "${with[@]}" bash -c 'unset LD_PRELOAD; "$@"; :' bash chpst -u nobody "$probe" "$out"
}
@test "bare unset LD_PRELOAD (bash)" { bare bash_unset; }
@test "C4 unset LD_PRELOAD (bash)" { kept bash_unset; }

row_service() {
  need service
  need_sandbox
  sandbox service_session
}
service_session() {
  private_etc
  printf '#!/bin/sh\nstart-stop-daemon --start --pidfile %s/none --chuid nobody --startas %s -- %s\n' \
    "$dir" "$probe" "$out" >/etc/init.d/capkeep-probe
  chmod 755 /etc/init.d/capkeep-probe
  "${with[@]}" service capkeep-probe start
}
@test "bare service (cleans the environment)" { bare service; }
@test "C4 service (cleans the environment)" { kept service; }

@test "each row of this file is tested" { every_row_is_tested "$BATS_TEST_FILENAME"; }
