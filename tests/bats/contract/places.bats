#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Other places than a plain machine: user namespaces, containers with fewer capabilities, no_new_privs or a seccomp filter
# from outside, a read-only /, no /proc, a chroot, hardly any descriptor. Each works, or degrades with one clear line.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  cp "$probes/judge" "$work/judge"
  cp "$build/tests/launchers/drop-dynamic" "$work/drop"
  # Mapped in the user namespaces below, and not the id that stands for those that are not.
  user=4242
  dropped=("groups=$user" "setresuid=$user,$user,$user")
  judged=(path="$work/judge" arg=judge arg="$keep_mask" arg="$user" execve)
  place=()
}

# in_place SCRIPT OPTION…: in front of a command, `place` runs the script in new namespaces, and then the command. The
# script has $work, $tmp and $build.
in_place() {
  local script=$BATS_TEST_TMPDIR/place text=$1
  shift
  can_unshare "$@" || skip_because "$BATS_TEST_DESCRIPTION" "no such namespaces to be had: $*"
  {
    printf '#!/bin/bash\nset -eu\nwork=%q tmp=%q build=%q\n' "$work" "$BATS_TEST_TMPDIR" "$build"
    declare -f copy_etc
    printf '%s\nexec "$@"\n' "$text"
  } >"$script"
  chmod 755 "$script"
  place=(unshare --propagation private "$@" "$script")
}

# An /etc of its own; what lies in $tmp/etc-more is in it as well, and no other policy.
private_etc='
mkdir -p "$tmp/etc" "$tmp/etc-more"
copy_etc "$tmp/etc"
rm -rf "$tmp/etc/capkeep"
cp -a "$tmp/etc-more/." "$tmp/etc"
mount --bind "$tmp/etc" /etc'

# install_policy LINE…: for the private /etc.
install_policy() {
  mkdir -p "$BATS_TEST_TMPDIR/etc-more/capkeep"
  printf '%s\n' '[Policy]' 'Log=none' '[Keep it]' "$@" >"$BATS_TEST_TMPDIR/etc-more/capkeep/capkeep.conf"
}

# as_there COMMAND…: in that place the same is printed bare, with a rule for another user and with one that matches, but
# for the capabilities.
as_there() {
  capture bare "${place[@]}" "$@"
  capture foreign "${place[@]}" env "${foreign[@]}" "$@"
  capture matching "${place[@]}" env "${matching[@]}" "$@"
  same bare foreign
  same bare matching "${kept_sets[@]}"
}

# told RUN PATTERN: its log, one line of which has this; and the log has no other.
told() {
  [[ $(grep -c '^capkeep\[' "$runs/$1") == 1 ]]
  grep -qE "^capkeep\[[0-9]+\]: .*$2" "$runs/$1"
}

ended_with() {
  grep -qx "status: $2" "$runs/$1"
}

# --- user namespaces

# in_user_namespace FIRST SCRIPT: `place` is root in a user namespace, after the script has run. Its ids 0 and $user are
# FIRST and FIRST + $user outside, so that with 0 the machine's files belong to its root, and else to nobody that it
# knows.
in_user_namespace() {
  local first=$1 script=$BATS_TEST_TMPDIR/user-namespace
  can_unshare --user || skip_because "$BATS_TEST_DESCRIPTION" "no user namespaces to be had"
  in_place "$2" --mount
  {
    printf '#!/bin/bash\nset -eu\nfirst=%q user=%q tmp=%q\n' "$first" "$user" "$BATS_TEST_TMPDIR"
    cat <<'SH'
mkfifo -m 666 "$tmp/ready" "$tmp/go"
setpriv --reuid "$first" --regid "$first" --clear-groups unshare --user \
  bash -c 'echo >"$1"; read -r _ <"$2"; shift 2; exec "$@"' bash "$tmp/ready" "$tmp/go" "$@" &
pid=$!
trap 'rm "$tmp/ready" "$tmp/go"; kill "$pid" 2>/dev/null || true' EXIT
exec {ready}<>"$tmp/ready"
read -r -t 600 -u "$ready" _
exec {ready}>&-
# A map is written at once or not at all, which the shell's own printf does not do.
for map in uid_map gid_map; do
  printf '%s\n' "0 $first 1" "$user $((first + user)) 1" | dd of="/proc/$pid/$map" iflag=fullblock status=none
done
echo >"$tmp/go"
wait "$pid"
SH
  } >"$script"
  chmod 755 "$script"
  place+=("$script")
}

strange=20000

@test "C1 C2 C4 root in a user namespace, where the machine's files are nobody's: policy by environment" {
  in_user_namespace $strange ''
  as_there "$probes/call" "${dropped[@]}" path="$work/dump" execve
  assert_sets matching "dump $given"
  as_there sh -c 'env -i "$@"; exit 3' sh "$work/drop" "$user" "$work/dump"
  assert_sets matching "dump $given"
  capture there "${place[@]}" "$bin" run -a "$keep" --log none -- "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $given"
}

@test "C1 root in a user namespace, where the machine's files are root's: policy by file, and the installed one" {
  in_user_namespace 0 "$private_etc"
  install_policy "AmbientCapabilities=$keep"
  capture there "${place[@]}" env LD_PRELOAD="$lib" "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $given"
  capture there "${place[@]}" env LD_PRELOAD="$lib" CAPKEEP_POLICY=/etc/capkeep/capkeep.conf "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $given"
}

@test "C8 root in a user namespace, where the machine's files are nobody's: no policy from a file is trusted, in one line" {
  local untrusted='/: not trusted: it belongs to uid 65534$'
  in_user_namespace $strange "$private_etc"
  install_policy "AmbientCapabilities=$keep"
  capture there "${place[@]}" env LD_PRELOAD="$lib" "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $nothing"
  told there "event=policy-error keeping=nothing $untrusted"
  capture there "${place[@]}" env LD_PRELOAD="$lib" CAPKEEP_POLICY=/etc/capkeep/capkeep.conf "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $nothing"
  told there "event=policy-error keeping=nothing $untrusted"
  capture there "${place[@]}" "$bin" run --policy /etc/capkeep/capkeep.conf -- "$work/drop" "$user" "$work/dump"
  run ! grep -q ^Uid: "$runs/there"
  ended_with there 125
  grep -qE "^capkeep: .*$untrusted" "$runs/there"
}

@test "C5 root in a user namespace, where the machine's files are nobody's: without an installed policy nothing is said" {
  in_user_namespace $strange "$private_etc"
  capture bare "${place[@]}" "$work/drop" "$user" "$work/dump"
  capture there "${place[@]}" env LD_PRELOAD="$lib" "$work/drop" "$user" "$work/dump"
  same bare there
}

# make_root DIRECTORY: the least in which dynamic programs run: a launcher, a program, what they are linked with.
make_root() {
  local file
  mkdir -p "$1/etc" "$1/proc"
  cp "$work/drop" "$work/dump" "$work/judge" "$probes/call" "$1"
  for file in $(ldd "$work/drop" "$probes/call" | sed -nE 's/.*[[:space:]](\/[^ ]+) \(.*/\1/p' | sort -u); do
    mkdir -p "$1$(dirname "$file")"
    cp -L "$file" "$1$file"
  done
}

@test "C1 a root file system that belongs to the root of its user namespace: policies from files are trusted" {
  in_user_namespace $strange 'mount --rbind /proc "$work/root/proc"'
  place+=(chroot "$work/root")
  make_root "$work/root"
  cp "$lib" "$work/root"
  install_policy "AmbientCapabilities=$keep"
  cp -a "$BATS_TEST_TMPDIR/etc-more/." "$work/root/etc"
  chown -R -h $strange:$strange "$work/root"
  local launcher=(/call path=/drop arg=drop arg="$user" arg=/dump env=LD_PRELOAD=/libcapkeep.so)
  capture there "${place[@]}" "${launcher[@]}" execve
  assert_sets there "dump $given"
  capture there "${place[@]}" "${launcher[@]}" env=CAPKEEP_POLICY=/etc/capkeep/capkeep.conf execve
  assert_sets there "dump $given"
}

@test "C5 a user namespace with a single id: there is nobody to become, as without the library; run -u says so" {
  can_unshare --user || skip_because "$BATS_TEST_DESCRIPTION" "no user namespaces to be had"
  place=(setpriv --reuid "$strange" --regid "$strange" --clear-groups unshare --user --map-root-user)
  local launcher=("$probes/call" "setresuid=$user,$user,$user" status path="$work/dump" execve)
  capture bare "${place[@]}" "${launcher[@]}"
  capture matching "${place[@]}" env "${matching[@]}" "${launcher[@]}"
  # It stays root, so that the policy goes along.
  same bare matching "${carried[@]}"
  grep -qx 'setresuid = -1 errno EINVAL' "$runs/matching"
  capture there "${place[@]}" "$bin" run -a "$keep" --log none -u nobody -- "$work/dump"
  ended_with there 125
  [[ $(grep -c '^capkeep: run: taking on the groups of nobody: ' "$runs/there") == 1 ]]
}

# --- containers

read_only='
mount -o remount,bind,ro /
[[ ! -w / ]]'

docker=(chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write
  setfcap)

@test "C1 C6 the bounding set of a container: what is in it is kept, what is not is told, or refused" {
  local contained=(setpriv --bounding-set "-all,$(IFS=,; echo "${docker[*]/#/+}")")
  local net=0000000000000400 told="not-permitted=cap_sys_time"
  place=("${contained[@]}")
  as_there "$probes/call" "${dropped[@]}" path="$work/dump" execve
  assert_sets matching "dump $net $net $net $net"
  capture there "${contained[@]}" "$bin" run -a "$keep" --log stderr -- "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $net $net $net $net"
  told there "event=not-kept .*kept=cap_net_bind_service $told\$"
  capture there "${contained[@]}" env "${matching[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" "${dropped[@]}" \
    path="$work/dump" execve
  grep -qx 'execve = -1 errno EPERM' "$runs/there"
  capture there "${contained[@]}" "$bin" run -a cap_sys_time -- "$work/drop" "$user" "$work/dump"
  ended_with there 125
  grep -qx 'capkeep: run: none of the capabilities to keep is permitted here, so none could be kept' "$runs/there"
}

@test "C3 C6 a container without CAP_SETPCAP: K is kept, the bounding set cannot be cut, told or refused" {
  place=(setpriv --bounding-set -setpcap)
  capture there "${place[@]}" env "${matching[@]}" CAPKEEP_LOG=stderr CAPKEEP_BOUNDING="$keep" "$work/drop" "$user" \
    "$work/dump"
  assert_sets there "dump $given"
  told there 'event=not-kept .*hardening=failed needs=cap_setpcap$'
  capture there "${place[@]}" env "${matching[@]}" CAPKEEP_ON_FAILURE=refuse CAPKEEP_BOUNDING="$keep" "$probes/call" \
    "${dropped[@]}" path="$work/dump" execve
  grep -qx 'execve = -1 errno EPERM' "$runs/there"
}

@test "C1 no_new_privs from outside" {
  place=(setpriv --no-new-privs)
  as_there "$probes/call" "${dropped[@]}" path="$work/dump" execve
  assert_sets matching "dump $given"
  grep -qx $'NoNewPrivs:\t1' "$runs/matching"
  capture there "${place[@]}" "$bin" run -a "$keep" --log none -- "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $given"
  # A set-user-ID bit counts for nothing there (bprm_fill_uid), so it takes nothing away, and nothing is refused.
  chmod 4755 "$work/dump"
  matching+=(CAPKEEP_ON_FAILURE=refuse)
  as_there "$work/drop" "$user" "$work/dump"
  assert_sets matching "dump $given"
}

@test "C1 C4 all of a container at once: as the first process, fewer capabilities, no_new_privs, a read-only /" {
  local contained=(setpriv --no-new-privs --bounding-set "-all,$(IFS=,; echo "${docker[*]/#/+}")")
  local net=0000000000000400
  in_place "$read_only" --mount --pid --fork --kill-child --mount-proc --net --uts --ipc
  place+=("${contained[@]}")
  as_there "$work/drop" "$user" "$work/dump"
  assert_sets matching "dump $net $net $net $net"
  as_there sh -c 'env -i "$@"; exit 3' sh "$work/drop" "$user" "$work/dump"
  assert_sets matching "dump $net $net $net $net"
}

# --- file systems

@test "C1 a read-only /, also with a log file that cannot be opened" {
  in_place "$read_only" --mount
  as_there "$probes/call" "${dropped[@]}" path="$work/dump" execve
  assert_sets matching "dump $given"
  capture there "${place[@]}" env "${matching[@]}" CAPKEEP_LOG=/log "$probes/call" "${dropped[@]}" path="$work/dump" execve
  same matching there
  capture there "${place[@]}" "$bin" run -a "$keep" --log none -- "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $given"
}

@test "C6 what cannot go to its log file goes to syslog, in one line" {
  in_place '
mkdir "$tmp/dev"
mount -t tmpfs -o mode=755 tmpfs "$tmp/dev"
touch "$tmp/dev/null"
mount --bind /dev/null "$tmp/dev/null"
mount --rbind "$tmp/dev" /dev
'"$read_only"'
/usr/bin/python3 -c "
import os, socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(\"/dev/log\")
log.settimeout(600)
os.chmod(\"/dev/log\", 0o666)
if os.fork() == 0:
    try:
        print(log.recv(4096).decode(), flush=True)
        log.setblocking(False)
        print(log.recv(4096).decode(), flush=True)
    except OSError:
        pass
    open(\"/dev/told\", \"w\").close()
    os._exit(0)
"' --mount --pid --fork --mount-proc
  capture there "${place[@]}" env "${matching[@]}" CAPKEEP_LOG=/log sh -c '"$@"; until [ -e /dev/told ]; do :; done' sh "$work/drop" \
    "$user" /bin/true
  grep -qE '^<86>capkeep\[[0-9]+\]: event=kept ' "$runs/there"
  [[ $(grep -c 'capkeep\[' "$runs/there") == 1 ]]
}

# --- no /proc

no_proc='
mount -t tmpfs tmpfs /proc
[[ ! -e /proc/self ]]'

# kept_without_proc STATUS VAR=VALUE… -- STEP…: judge's answer, 0 for exactly K and 2 for other capabilities.
kept_without_proc() {
  local status=$1 variables=()
  shift
  while [[ $1 != -- ]]; do
    variables+=("$1")
    shift
  done
  shift
  capture there "${place[@]}" env "${matching[@]}" "${variables[@]}" "$@"
  ended_with there "$status"
}

@test "C1 C2 no /proc: Program= by text, by link, by directory, by a script's interpreter" {
  in_place "$no_proc" --mount
  ln -s judge "$work/link"
  printf '#!/bin/sh\nexec %s %s %s\n' "$work/judge" "$keep_mask" "$user" >"$work/script"
  chmod 755 "$work/script"
  local launcher=("$probes/call" "${dropped[@]}") by_link=("${judged[@]/"path=$work/judge"/"path=$work/link"}")
  kept_without_proc 0 -- "${launcher[@]}" "${judged[@]}"
  kept_without_proc 0 CAPKEEP_PROGRAM="$work/judge" -- "${launcher[@]}" "${judged[@]}"
  kept_without_proc 0 CAPKEEP_PROGRAM="$work/link" -- "${launcher[@]}" "${judged[@]}"
  kept_without_proc 0 CAPKEEP_PROGRAM="$work/judge" -- "${launcher[@]}" "${by_link[@]}"
  kept_without_proc 0 CAPKEEP_PROGRAM="$work/*" -- "${launcher[@]}" "${judged[@]}"
  kept_without_proc 0 CAPKEEP_PROGRAM="$work/judge" -- "${launcher[@]}" cd="$work" "${judged[@]/"$work/judge"/./judge}"
  kept_without_proc 0 CAPKEEP_PROGRAM="$work/judge" -- "${launcher[@]}" fd="$work/judge" "${judged[@]:1:3}" fexecve
  kept_without_proc 0 CAPKEEP_PROGRAM=/bin/sh -- "${launcher[@]}" path="$work/script" execve
  kept_without_proc 2 CAPKEEP_PROGRAM=/bin/true -- "${launcher[@]}" "${judged[@]}"
  kept_without_proc 2 CAPKEEP_PROGRAM="$probes/*" -- "${launcher[@]}" "${judged[@]}"
  kept_without_proc 2 CAPKEEP_PROGRAM=/bin/bash -- "${launcher[@]}" path="$work/script" execve
}

@test "C1 no /proc: Launcher= by text, by link, by a script's interpreter" {
  in_place "$no_proc" --mount
  ln -s "$probes/call" "$work/launcher"
  printf '#!/usr/bin/perl\n$( = $) = $< = $> = %s; exec @ARGV;\n' "$user" >"$work/script"
  chmod 755 "$work/script"
  kept_without_proc 0 CAPKEEP_LAUNCHER="$probes/call" -- "$probes/call" "${dropped[@]}" "${judged[@]}"
  kept_without_proc 0 CAPKEEP_LAUNCHER="$work/launcher" -- "$probes/call" "${dropped[@]}" "${judged[@]}"
  kept_without_proc 0 CAPKEEP_LAUNCHER="$probes/call" -- "$work/launcher" "${dropped[@]}" "${judged[@]}"
  kept_without_proc 0 CAPKEEP_LAUNCHER=/usr/bin/perl -- "$work/script" "$work/judge" "$keep_mask" "$user"
  kept_without_proc 2 CAPKEEP_LAUNCHER="$work/script" -- "$work/script" "$work/judge" "$keep_mask" "$user"
  kept_without_proc 2 CAPKEEP_LAUNCHER=/bin/true -- "$probes/call" "${dropped[@]}" "${judged[@]}"
}

@test "C2 C4 no /proc: through root's processes, and by system popen posix_spawn" {
  in_place "$no_proc" --mount
  kept_without_proc 0 -- sh -c 'env -i "$@"; exit' sh "$work/drop" "$user" "$work/judge" "$keep_mask" "$user"
  kept_without_proc 0 -- "$probes/call" "${dropped[@]}" system="$work/judge $keep_mask $user" system=env \
    popen="$work/judge $keep_mask $user" path="$work/judge" arg=judge arg="$keep_mask" arg="$user" posix_spawn
  [[ $(grep -cxE 'system = 0|pclose = 0|child exited 0' "$runs/there") == 4 ]]
  run ! grep -E '^(CAPKEEP_|LD_PRELOAD)' "$runs/there"
}

@test "C1 no /proc: an installed capkeep run, and run -u; one that is not installed does not find its library, and says so" {
  meson install -C "$build" --no-rebuild --destdir "$BATS_TEST_TMPDIR/machine" >/dev/null
  in_place "$no_proc"'
mount --bind "$tmp/machine/usr/local" /usr/local' --mount
  local judge=("$work/judge" "$keep_mask" "$user")
  capture there "${place[@]}" /usr/local/bin/capkeep run -a "$keep" --log none -- "$work/drop" "$user" "${judge[@]}"
  ended_with there 0
  install_policy "AmbientCapabilities=$keep"
  in_place "$no_proc
$private_etc"'
mount --bind "$tmp/machine/usr/local" /usr/local
echo "kept:x:4242:4242::/:/bin/sh" >>/etc/passwd' --mount
  capture there "${place[@]}" /usr/local/bin/capkeep run -u kept -- "${judge[@]}"
  ended_with there 0
  in_place "$no_proc"'
mount -t tmpfs tmpfs /usr/local' --mount
  capture there "${place[@]}" "$bin" run -a "$keep" -- "$work/drop" "$user" "${judge[@]}"
  ended_with there 125
  [[ $(grep -c '^capkeep: the library cannot be loaded: ' "$runs/there") == 1 ]]
}

# --- a chroot

@test "C1 C2 C4 chroot --userspec into a directory without the library: the program has K, and nobody complains" {
  make_root "$work/root"
  in_place 'mount --rbind /proc "$work/root/proc"' --mount
  local enter=(chroot --userspec="$user:$user" "$work/root")
  as_there "${enter[@]}" /dump
  assert_sets matching "dump $given"
  # Program= is a path in there, with /proc and without.
  for place in "${place[*]}" ''; do
    # shellcheck disable=SC2206 # no word has a blank in it
    place=($place)
    kept_without_proc 0 CAPKEEP_PROGRAM=/judge -- "${enter[@]}" /judge "$keep_mask" "$user"
    kept_without_proc 2 CAPKEEP_PROGRAM=/dump -- "${enter[@]}" /judge "$keep_mask" "$user"
  done
}

@test "C2 C9 chroot: a link in there leads a rule to no other path" {
  make_root "$work/root"
  ln -s judge "$work/root/of-the-rule"
  in_place 'mount --rbind /proc "$work/root/proc"' --mount
  for place in "${place[*]}" ''; do
    # shellcheck disable=SC2206 # no word has a blank in it
    place=($place)
    local enter=(chroot --userspec="$user:$user" "$work/root")
    kept_without_proc 0 CAPKEEP_PROGRAM=/of-the-rule -- "${enter[@]}" /of-the-rule "$keep_mask" "$user"
    kept_without_proc 2 CAPKEEP_PROGRAM=/of-the-rule -- "${enter[@]}" /judge "$keep_mask" "$user"
  done
}

@test "C5 C6 chroot without the library, for a launcher: it runs as ever, keeps nothing, and ld.so says so" {
  make_root "$work/root"
  in_place 'mount --rbind /proc "$work/root/proc"' --mount
  capture bare "${place[@]}" chroot "$work/root" /drop "$user" /dump
  capture there "${place[@]}" env "${matching[@]}" chroot "$work/root" /drop "$user" /dump
  assert_sets there "dump $nothing"
  same bare there $'Env:\t(LD_PRELOAD=|CAPKEEP_)' 'ERROR: ld.so: object'
  # For the launcher and, as there was no library in it that would have cleaned the environment, for the program.
  [[ $(grep -c "^ERROR: ld.so: object '$lib' from LD_PRELOAD cannot be preloaded .*: ignored" "$runs/there") == 2 ]]
}

@test "C1 C4 chroot with the library in it, for a launcher" {
  make_root "$work/root"
  mkdir -p "$work/root$(dirname "$lib")"
  cp "$lib" "$work/root$lib"
  in_place 'mount --rbind /proc "$work/root/proc"' --mount
  as_there chroot "$work/root" /drop "$user" /dump
  assert_sets matching "dump $given"
}

# --- descriptors

@test "C1 C2 no descriptor to be had at the change and at the exec" {
  local limited=("$probes/call" nofile=3 "${dropped[@]}" "${judged[@]}")
  kept_without_proc 0 -- "${limited[@]}"
  kept_without_proc 0 CAPKEEP_LOG="$work/log" -- "${limited[@]}"
  kept_without_proc 0 CAPKEEP_PROGRAM="$work/judge" -- "${limited[@]}"
  kept_without_proc 2 CAPKEEP_PROGRAM=/bin/true -- "${limited[@]}"
  [[ ! -e $work/log ]]
}

@test "C1 C8 one descriptor free when the library is loaded: policy by environment; one by file is told, and keeps nothing" {
  printf '[Keep it]\nAmbientCapabilities=%s\n' "$keep" >"$work/policy"
  chmod 755 "$work"
  place=(bash -c 'for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    [[ $fd -lt 3 ]] || exec {fd}>&-
  done
  ulimit -n 4
  exec "$@"' bash)
  as_there "$work/drop" "$user" "$work/dump"
  assert_sets matching "dump $given"
  capture there "${place[@]}" env "${preload[0]}" CAPKEEP_POLICY="$work/policy" "$work/drop" "$user" "$work/dump"
  assert_sets there "dump $nothing"
  told there 'policy-error keeping=nothing .*Too many open files$'
}

@test "C5 descriptors 0, 1 and 2 closed: the library leaves none open, and writes to none that took their place" {
  local how log data=$dir/data state=$dir/state open=$dir/open
  printf '[Keep it]\nAmbientCapabilities=%s\n' "$keep" >"$work/policy"
  for how in '<&- >&- 2>&-' '<&- >&- 2>"$data"' '<&- >"$data" 2>&-' '2>&-'; do
    # What the launcher has open after the change of user, and what the program has that it then executes.
    local launcher=(env data="$data" sh -c 'exec "$@" '"$how" sh "$probes/call" "${dropped[@]}"
      descriptors="$open" path="$build/tests/launchers/launcher-probe" arg=probe arg="$state" execve)
    (exec env -i "${base[@]}" "${launcher[@]}")
    mv "$state" "$state.bare"
    mv "$open" "$open.bare"
    for log in none stderr syslog "$dir/log" /nonexistent/log; do
      rm -f "$data" "$state" "$open"
      (exec env -i "${base[@]}" "${preload[0]}" CAPKEEP_POLICY="$work/policy" CAPKEEP_LOG="$log" "${launcher[@]}")
      assert_caps "$state" "prm=$keep" "eff=$keep" "inh=$keep" "amb=$keep" "uid=$user"
      diff -u <(grep ^Fd: "$state.bare") <(grep ^Fd: "$state")
      diff -u "$open.bare" "$open"
      [[ $log == stderr ]] || run ! grep -q 'capkeep\[' "$data"
    done
  done
}
