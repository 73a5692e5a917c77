#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# In a process that the kernel has marked as secure (AT_SECURE) every CAPKEEP_ variable is ignored: it comes from the
# user who started a set-user-ID program. Nor does it reach what that program starts as root. The installed policy counts.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/policies

setup() {
  probes_setup
  cp "$probes/call" "$work/set-user-id"
  chmod 4755 "$work/set-user-id"
  if findmnt -no OPTIONS -T "$work" | grep -qw nosuid; then
    skip_because "AT_SECURE" "$work is mounted nosuid"
  fi
  if ! can_unshare --mount; then
    skip_because "AT_SECURE" "no mount namespace to be had"
  fi
  a_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  steps=(setuid=0 groups=65534 "setresuid=65534,65534,65534" status path="$work/dump" execve)
  write_preloading
}

# The library gets into a set-user-ID program by /etc/ld.so.preload alone; this /etc is a copy that nobody else sees, with
# the lines of `rules` as its capkeep.conf.
write_preloading() {
  preloading=$BATS_TEST_TMPDIR/preloading
  cat >"$preloading" <<'SH'
#!/bin/sh -eu
library=$1 copy=$2
shift 2
mount -t tmpfs -o mode=755 tmpfs "$copy"
cp -a /etc/. "$copy" 2>/dev/null || true # a user namespace may not read all of it
chown root:root "$copy" # nor is root's there what is the real root's
rm -rf "$copy/capkeep"
if [ "${rules-}" ]; then
  mkdir "$copy/capkeep"
  echo "$rules" >"$copy/capkeep/capkeep.conf"
  unset rules
fi
echo "$library" >"$copy/ld.so.preload"
mount --bind "$copy" /etc
exec "$@"
SH
  chmod 755 "$preloading"
  mkdir "$BATS_TEST_TMPDIR/etc"
  preloading=(unshare --mount --propagation private "$preloading" "$lib" "$BATS_TEST_TMPDIR/etc")
}

@test "C1 AT_SECURE: the variables of the user who started a set-user-ID program keep nothing: setuid setresuid execve" {
  capture secure "${preloading[@]}" "${a_user[@]}" env CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG=none \
    "$work/set-user-id" printenv "${steps[@]}"
  assert_sets secure "set-user-id $nothing" "dump $nothing"
  # The same library, the same steps and the same variables, but root's own program, and root's LD_PRELOAD: they count.
  capture plain "${preloading[@]}" env LD_PRELOAD="$lib" CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG=none "$probes/call" "${steps[@]}"
  assert_sets plain "call $given" "dump $given"
}

@test "C3 C6 AT_SECURE: nor do they refuse, bound, forbid or log" {
  capture refusing "${preloading[@]}" "${a_user[@]}" env CAPKEEP_AMBIENT=63 CAPKEEP_ON_FAILURE=refuse CAPKEEP_BOUNDING=63 \
    CAPKEEP_NO_NEW_PRIVS=yes CAPKEEP_LOG="$work/log" "$work/set-user-id" "${steps[@]}"
  assert_sets refusing "set-user-id $nothing" "dump $nothing"
  [[ $(grep -c $'^NoNewPrivs:\t0$' "$runs/refusing") == 2 ]]
  [[ ! -e $work/log ]]
}

@test "C5 AT_SECURE: LD_PRELOAD with a path is ld.so's to ignore, and the program runs as ever" {
  capture bare "${a_user[@]}" "$work/set-user-id" status setuid=65534 status
  capture secure "${a_user[@]}" env "${matching[@]}" "$work/set-user-id" status setuid=65534 status
  same bare secure
}

# as_user_id NAME [VAR=VALUE…] -- STEP…: a user with these variables starts the set-user-ID program, with the installed
# policy in `rules`.
as_user_id() {
  local name=$1 vars=()
  shift
  while [[ $1 != -- ]]; do
    vars+=("$1")
    shift
  done
  capture "$name" rules="$rules" "${preloading[@]}" "${a_user[@]}" env -i "${base[@]}" "${vars[@]}" \
    "$work/set-user-id" "${@:2}"
}

@test "C1 C8 AT_SECURE: the installed policy counts, the variables of the user do not" {
  need_trusted_root
  # For this launcher alone: setpriv, which makes the user, is preloaded as well.
  rules=$'[Keep a]\nUser=65534\nAmbientCapabilities=cap_net_bind_service cap_sys_time\n'"Launcher=$work/set-user-id"
  as_user_id installed -- "${steps[@]}"
  assert_sets installed "set-user-id $given" "dump $given"
  printf '[Keep a]\nAmbientCapabilities=cap_chown\n' >"$work/good.conf"
  printf '[Keep a]\nFrob=1\n' >"$work/bad.conf"
  # They add nothing, narrow nothing, hide nothing, break nothing and switch nothing off.
  for variable in CAPKEEP_AMBIENT=cap_chown CAPKEEP_AMBIENT=cap_chwon CAPKEEP_IAB=^cap_chown CAPKEEP_USER=1 \
    CAPKEEP_LAUNCHER=/bin/su CAPKEEP_POLICY="$work/good.conf" CAPKEEP_POLICY="$work/bad.conf" CAPKEEP_POLICY=/nonexistent \
    CAPKEEP_LOG=wrong CAPKEEP_AMBIANT=x CAPKEEP_DISABLE=1; do
    as_user_id variable "$variable" -- "${steps[@]}"
    same installed variable
  done
}

@test "C5 C8 AT_SECURE: without an installed policy, with one for others and with a broken one nothing is kept" {
  need_trusted_root
  rules='' as_user_id none CAPKEEP_POLICY=/nonexistent -- "${steps[@]}"
  rules=$'[Keep a]\nUser=1\nAmbientCapabilities=cap_kill' as_user_id other -- "${steps[@]}"
  rules=$'[Keep a]\nUser=65534\nAmbientCapabilities=cap_kil' as_user_id broken CAPKEEP_LOG=none -- "${steps[@]}"
  capture bare "${a_user[@]}" env -i "${base[@]}" "$work/set-user-id" "${steps[@]}"
  assert_sets bare "set-user-id $nothing" "dump $nothing"
  same bare none
  same bare other
  same bare broken 'capkeep\['
  grep -qE "^capkeep\[.*keeping=nothing /etc/capkeep/capkeep.conf:3: " "$runs/broken"
}

@test "C4 C8 AT_SECURE: what the program starts as root sees none of the user's variables, and keeps nothing by them" {
  rules=''
  variables=(CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG=none CAPKEEP_OF_LATER_VERSIONS=1)
  # A root program that would keep by them, if they came to it.
  inner=(path="$probes/call" arg=call printenv "${steps[@]/#/arg=}")
  capture plain "${preloading[@]}" env LD_PRELOAD="$lib" "${variables[@]}" "$probes/call" "${inner[@]}" execve
  assert_sets plain "call $given" "dump $given"
  for name in execve execv execvp posix_spawn; do
    as_user_id secure "${variables[@]}" -- setuid=0 "${inner[@]}" printenv "$name"
    assert_sets secure "call $nothing" "dump $nothing"
    run ! grep -a CAPKEEP_ "$runs/secure"
    grep -qx $'Own:\tA=1' "$runs/secure"
  done
  # A shell, as programs of this kind start one.
  as_user_id secure "${variables[@]}" -- setuid=0 system="env; $probes/call ${steps[*]}"
  assert_sets secure "call $nothing" "dump $nothing"
  run ! grep -a CAPKEEP_ "$runs/secure"
  grep -qx 'A=1' "$runs/secure"
}

@test "C4 C8 AT_SECURE: nor with an installed policy, which counts for what the program starts as root" {
  need_trusted_root
  rules=$'[Keep a]\nUser=65534\nAmbientCapabilities=cap_net_bind_service cap_sys_time\n'"Launcher=$probes/call"
  as_user_id secure CAPKEEP_AMBIENT=cap_chown CAPKEEP_NO_NEW_PRIVS=yes -- setuid=0 path="$probes/call" arg=call \
    "${steps[@]/#/arg=}" execve
  assert_sets secure "call $given" "dump $given"
  run ! grep -a CAPKEEP_ "$runs/secure"
  [[ $(grep -c $'^NoNewPrivs:\t0$' "$runs/secure") == 2 ]]
}
