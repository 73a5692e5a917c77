# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # of tests/machines/checks, which calls each by its name
# The checks of a machine that systemd has started with the library in its /etc/ld.so.preload (preload-everywhere): all is up,
# and of two users one has, by each way to log in, what the rule for that way says, and the other nothing.

# shellcheck source=SCRIPTDIR/login-ways.bash
. "$here/login-ways.bash"
preloaded_names=(booted "${login_ways[@]/#/login-}")

# Everything is up and has the library, which has done nothing.
check_booted() {
  local pid status=0 command
  [[ $(systemctl is-system-running --wait) == running ]] || { systemctl --failed --no-pager; return 1; }
  for command in systemd systemd-journal systemd-logind dbus-daemon cron atd sshd; do
    pid=$(pgrep -o -x "$command") || { echo "$command does not run"; status=1; continue; }
    grep -q libcapkeep "/proc/$pid/maps" || { echo "the library is not in $command"; status=1; }
  done
  journalctl --sync
  ! journalctl --quiet --no-pager -t capkeep | grep . || status=1
  return "$status"
}

# log_in_by WAY USER: a shell of that user leaves its /proc/self/status in /tmp/WAY-USER.
log_in_by() {
  local way=$1 user=$2 from=other command
  [[ $user == keeper ]] || from=keeper
  command="umask 022; cat /proc/self/status >/tmp/$way-$user.new; mv /tmp/$way-$user.new /tmp/$way-$user"
  case $way in
    su) su - "$user" -c "$command" ;;
    # As another user starts it: the loader believes nothing but that file.
    sudo) setpriv --reuid="$from" --regid="$from" --init-groups sudo -n -u "$user" sh -c "$command" ;;
    ssh) ssh -i /root/key -o BatchMode=yes -o StrictHostKeyChecking=no "$user@127.0.0.1" "$command" ;;
    login) "$here/log-in" "$user" "$login_password" "$command" ;;
    # A percent sign would end it, of which there is none.
    cron) echo "* * * * * $user $command" >"/etc/cron.d/log-in-$user" ;;
    at) (cd / && setpriv --reuid="$user" --regid="$user" --init-groups at now <<<"$command") ;;
  esac
}

# has_sets FILE MASK: permitted, effective and ambient are that, of a shell with this user's ids.
has_sets() {
  [[ $(grep -cE "^Cap(Prm|Eff|Amb):.$2\$" "$1") == 3 ]] || { grep -E '^(Name|Uid|Cap)' "$1"; return 1; }
}

check_login() {
  local way=$1 user status=0
  local -A expected=([keeper]=${mask_of[$way]} [other]=0000000000000000)
  for user in keeper other; do
    log_in_by "$way" "$user" || { echo "$user cannot log in by $way"; return 1; }
  done
  for user in keeper other; do
    wait_until test -e "/tmp/$way-$user" || return
    grep -qP "^Uid:\t$(id -u "$user")(\t|$)" "/tmp/$way-$user" || { echo "not $user"; status=1; }
    has_sets "/tmp/$way-$user" "${expected[$user]}" || { echo "of $user, by $way"; status=1; }
  done
  return "$status"
}

check_login_su() { check_login su; }
check_login_sudo() { check_login sudo; }
check_login_ssh() { check_login ssh; }
check_login_login() { check_login login; }
check_login_cron() { check_login cron; }
check_login_at() { check_login at; }
