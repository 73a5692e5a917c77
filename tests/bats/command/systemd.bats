#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep run` in front of an init script where systemd is pid 1: Debian's own hook hands the script's work to systemctl.
# Here the hook is the real one, systemctl a stand-in that notes what it is asked for, and systemd a directory in /run.

load ../lib/common
load ../lib/probes
load ../lib/policies

hook=/lib/lsb/init-functions.d/40-systemd
inner_variables+=(work probes)

setup() {
  policies_setup
  # A file of its own: start-stop-daemon starts none that runs already.
  cp /bin/grep "$work/look"
  [[ -e $hook && $(command -v start-stop-daemon) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs $hook and start-stop-daemon"
  can_unshare --mount --pid --fork || skip_because "$BATS_TEST_DESCRIPTION" "no namespaces to be had"
}

# An init script that starts a program as nobody, by LSB's functions as nearly all of them; its rule; and systemd.
make_place() {
  umask 022
  mkdir -p "$work/etc"
  copy_etc "$work/etc"
  mount --bind "$work/etc" /etc
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/systemd/system /etc/capkeep
  printf '[Keep state]\nUser=nobody\nAmbientCapabilities=cap_kill\n' >/etc/capkeep/capkeep.conf
  cat >/etc/init.d/state <<'SH'
#!/bin/sh
. /lib/lsb/init-functions
[ ! -r /etc/default/state ] || . /etc/default/state
case $1 in
  restart) "$0" start ;;
  start) start-stop-daemon --start --chuid nobody --exec LOOK -- CapAmb /proc/self/status ;;
esac
SH
  sed -i "s|LOOK|$work/look|" /etc/init.d/state
  printf '#!/bin/sh\nset -- "$@"\ncase "$*" in *LoadState*) echo loaded ;; *) echo "systemctl: $*" ;; esac\n' >/run/systemctl
  chmod 755 /etc/init.d/state /run/systemctl
  mount --bind /run/systemctl "$(realpath "$(command -v systemctl || echo /bin/systemctl)")"
}

# in_place COMMAND…
in_place() {
  make_place
  "$@" 2>"$work/said"
}

warning='capkeep: run: warning: systemd runs here, and '

@test "run in front of an init script that hands its work to systemd says so, and what helps" {
  [[ -e /bin/systemctl ]] || skip_because "$BATS_TEST_DESCRIPTION" "there is no systemctl that something could stand in for"
  [[ $(private_mounts in_place "$bin" run --log none -- /etc/init.d/state start) == *"systemctl: "*"start state.service"* ]]
  [[ $(<"$work/said") == "${warning}/etc/init.d/state hands \"start\" over to it: "*"Or, for this start alone: SYSTEMCTL_SKIP_REDIRECT=1 capkeep run ... /etc/init.d/state start" ]]
  # What it says helps.
  [[ $(private_mounts in_place env SYSTEMCTL_SKIP_REDIRECT=1 "$bin" run --log none -- /etc/init.d/state start) == *$'CapAmb:\t0000000000000020' ]]
  [[ ! $(<"$work/said") ]]
}

# Where systemd starts the script itself, as the unit of its generator does, its parent is pid 1 and the hook lets it alone.
as_pid_1() {
  make_place
  env -i PATH="$PATH" LD_PRELOAD="$lib" CAPKEEP_LOG=none /etc/init.d/state start
  "$bin" run --log none -- /etc/init.d/state start 2>"$work/said"
  :
}

@test "C1 an init script that pid 1 starts with the library in its environment, as the drop-in says, is served" {
  local inner=$BATS_TEST_TMPDIR/inner
  [[ -e /bin/systemctl ]] || skip_because "$BATS_TEST_DESCRIPTION" "there is no systemctl that something could stand in for"
  write_inner_shell "$inner"
  run -0 unshare --mount --pid --fork --mount-proc --propagation private bash "$inner" as_pid_1
  [[ $(grep -c $'^CapAmb:\t0000000000000020$' <<<"$output") == 2 && $output != *systemctl:* && ! -s $work/said ]]
}

# Whatever starts the script reads that file: a boot, an administrator, logrotate and a package's scripts by invoke-rc.d.
by_default_file() {
  local words=(env -i PATH="$PATH" CAPKEEP_LOG=none SYSTEMCTL_SKIP_REDIRECT=1)
  make_place
  echo "export LD_PRELOAD=$lib" >/etc/default/state
  "${words[@]}" /etc/init.d/state start
  "${words[@]}" /etc/init.d/state restart
  "${words[@]}" sh -c '/etc/init.d/state start && :'
  # Without a rule, and without the library, it starts as it did.
  rm /etc/capkeep/capkeep.conf
  "${words[@]}" /etc/init.d/state start
  echo "export LD_PRELOAD=/nonexistent/libcapkeep.so" >/etc/default/state
  "${words[@]}" /etc/init.d/state start 2>"$work/said"
}

@test "C1 an init script that reads the library's name from /etc/default is served, and starts without a rule or library too" {
  local inner=$BATS_TEST_TMPDIR/inner with=$'CapAmb:\t0000000000000020' without=$'CapAmb:\t0000000000000000'
  write_inner_shell "$inner"
  run -0 unshare --mount --propagation private bash "$inner" by_default_file
  diff -u <(printf '%s\n' "$with" "$with" "$with" "$without" "$without") <(echo "$output")
  grep -q 'cannot be preloaded' "$work/said"
}

# What starts a script on a machine without systemd, when nobody is there: logrotate, by a package's postrotate line; a
# package that is upgraded, by invoke-rc.d in its postinst; an administrator, by service(8), which cleans the environment.
by_itself() {
  make_place
  rm -r /run/systemd
  # By force, where there is no runlevel, or a policy-rc.d that denies all, as in a container.
  echo "export LD_PRELOAD=$lib" >/etc/default/state
  mkdir -p /run/log "$work/rotate"
  echo line >"$work/rotate/state.log"
  printf '%s {\n rotate 1\n postrotate\n  invoke-rc.d --force state restart\n endscript\n}\n' "$work/rotate/state.log" >"$work/rotate/conf"
  chmod -R go-w "$work/rotate"
  for how in "logrotate --force --state $work/rotate/status $work/rotate/conf" "invoke-rc.d --force state restart" "service state restart"; do
    # shellcheck disable=SC2086 # words of a command line
    env -i PATH="$PATH:/usr/sbin:/sbin" CAPKEEP_LOG=none $how </dev/null
  done
}

@test "C1 the library's name in /etc/default counts for logrotate, a package's upgrade and service" {
  local inner=$BATS_TEST_TMPDIR/inner with=$'CapAmb:\t0000000000000020' name
  for name in logrotate invoke-rc.d service; do
    command -v "$name" || skip_because "$BATS_TEST_DESCRIPTION" "$name is not installed"
  done
  write_inner_shell "$inner"
  run -0 --separate-stderr unshare --mount --propagation private bash "$inner" by_itself
  diff -u <(printf '%s\n' "$with" "$with" "$with") <(echo "$output") || { echo "$stderr"; return 1; }
}

# The command that the warning names, as it is copied; and then the script as pid 1 starts it, with the drop-in's environment.
drop_in_helps() {
  make_place
  mkdir -p /run/bin
  ln -s "$bin" /run/bin/capkeep
  PATH=/run/bin:$PATH
  mount -t tmpfs -o mode=755 tmpfs /etc/systemd
  "$@" 2>"$work/said"
  sed -n 's/^    //p' "$work/said" >"$work/command"
  cat "$work/command" >&2
  bash -eu "$work/command"
  drop_in=/etc/systemd/system/state.service.d/capkeep.conf
  mapfile -t variables < <(sed -n 's/^Environment="\(.*\)"$/\1/p' "$drop_in")
  # As of pid 1, which systemd is: the hook lets alone what it starts.
  env -i PATH="$PATH" CAPKEEP_LOG=none SYSTEMCTL_SKIP_REDIRECT=1 "${variables[@]}" /etc/init.d/state start
}

@test "C1 run in front of an init script: the command that the warning names makes the drop-in that helps" {
  [[ -e /bin/systemctl ]] || skip_because "$BATS_TEST_DESCRIPTION" "there is no systemctl that something could stand in for"
  run -0 --separate-stderr private_mounts drop_in_helps "$bin" run --log none -- /etc/init.d/state start
  [[ $output == *'systemctl: daemon-reload'* && $output == *$'CapAmb:\t0000000000000020' ]] || { echo "$output$stderr"; return 1; }
  # With a rule that is not installed, which goes along.
  run -0 --separate-stderr private_mounts drop_in_helps "$bin" run --log none -a cap_chown --for-user 'nobody games' -- service state restart
  [[ $stderr == *"CAPKEEP_USER=nobody games"* && $output == *$'CapAmb:\t0000000000000001' ]] || { echo "$output$stderr"; return 1; }
}

@test "run: service and systemctl, which ask systemd, and what does not" {
  [[ -e /bin/systemctl ]] || skip_because "$BATS_TEST_DESCRIPTION" "there is no systemctl that something could stand in for"
  private_mounts in_place "$bin" run --log none -- systemctl restart state
  [[ $(<"$work/said") == "$warning"*'/systemctl hands "restart" over to it: '*'/state.service.d/capkeep.conf && systemctl daemon-reload'* ]]
  # What is no name of a service is not put into a command.
  private_mounts in_place "$bin" run --log none -- service 'a; echo b' restart
  [[ $(<"$work/said") == *'/etc/systemd/system/NAME.service.d && '* && $(<"$work/said") != *'echo b'* ]]
  private_mounts in_place "$bin" run --log none -- systemctl restart state.service
  [[ $(<"$work/said") == *'/state.service.d && '* ]]
  private_mounts in_place "$bin" run --log none -- systemctl cat state
  [[ ! -s $work/said ]]
  private_mounts in_place "$bin" run --log none -- /etc/init.d/state status
  [[ ! -s $work/said ]]
  private_mounts in_place "$bin" run --log none -- true start
  [[ ! -s $work/said ]]
}
