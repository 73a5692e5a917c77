#!/usr/bin/env bats
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
  [[ $(<"$work/said") == "${warning}/etc/init.d/state hands \"start\" over to it: "*"SYSTEMCTL_SKIP_REDIRECT=1 capkeep run ... /etc/init.d/state start;"*"Environment=LD_PRELOAD=libcapkeep.so"* ]]
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
@test "run: service and systemctl, which ask systemd, and what does not" {
  [[ -e /bin/systemctl ]] || skip_because "$BATS_TEST_DESCRIPTION" "there is no systemctl that something could stand in for"
  private_mounts in_place "$bin" run --log none -- systemctl restart state
  [[ $(<"$work/said") == "$warning"*'/systemctl hands "restart" over to it: '*"\`systemctl edit state\`"* ]]
  private_mounts in_place "$bin" run --log none -- systemctl cat state
  [[ ! -s $work/said ]]
  private_mounts in_place "$bin" run --log none -- /etc/init.d/state status
  [[ ! -s $work/said ]]
  private_mounts in_place "$bin" run --log none -- true start
  [[ ! -s $work/said ]]
}
