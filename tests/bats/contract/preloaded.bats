#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# /etc/ld.so.preload: the library in every dynamic program of the machine, also in set-user-ID ones, where the loader and
# the library ignore the environment. The installed policy counts; whom it does not concern is as ever (C5).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  need_set_user_id
  preload_everywhere "$lib"
  alone="$keep_mask $keep_mask $no_caps $no_caps"
  # The rules are for this user alone: others come by launchers, too, and are to be as ever.
  kept_user=4242
  cp /etc/passwd "$etc_more/passwd"
  echo "kept:x:$kept_user:$kept_user::/:/bin/sh" >>"$etc_more/passwd"
  install_policy "User=$kept_user" "AmbientCapabilities=$keep"
  dropped=("groups=$kept_user" "setresuid=$kept_user,$kept_user,$kept_user")
  a_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  install -m 4755 "$build/tests/launchers/drop-dynamic" "$work/drop"
  install -m 4755 "$probes/call" "$work/set-user-id"
}

# install_policy LINE…: what /etc/capkeep/capkeep.conf says, but for where to log.
install_policy() {
  mkdir -p "$etc_more/capkeep"
  printf '%s\n' '[Policy]' 'Log=none' '[Keep it]' "$@" >"$etc_more/capkeep/capkeep.conf"
}

# as_bare COMMAND…: with the library everywhere the same is printed as without, but for the capabilities.
as_bare() {
  capture bare "${unloading[@]}" "$@"
  capture everywhere "${preloading[@]}" "$@"
  same bare everywhere "${kept_sets[@]}"
}

@test "C1 C2 plain launchers keep by the installed policy, with an empty environment" {
  local name
  for name in execve execvp execl posix_spawn posix_spawnp system="$work/dump" popen="$work/dump"; do
    as_bare env -i "$probes/call" "${dropped[@]}" path="$work/dump" "$name"
    assert_sets everywhere "dump $given"
  done
  as_bare env -i "$work/drop" "$kept_user" "$work/dump"
  assert_sets everywhere "dump $given"
  as_bare env -i /sbin/start-stop-daemon --start --chuid kept --exec "$work/dump"
  assert_sets everywhere "dump $given"
}

@test "C1 C4 through root's processes that know nothing of it" {
  as_bare env -i sh -c 'env -i "$@"; exit 3' sh "$work/drop" "$kept_user" "$work/dump"
  assert_sets everywhere "dump $given"
  grep -qx 'status: 3' "$runs/everywhere"
}

@test "C5 another user than the rule's has nothing, and sees nothing" {
  as_bare "$work/drop" 65534 "$work/dump"
  assert_sets everywhere "dump $nothing"
  same bare everywhere
}

@test "C1 C2 a set-user-ID launcher that a user starts keeps by the installed policy" {
  as_bare "${a_user[@]}" "$work/drop" "$kept_user" "$work/dump"
  assert_sets everywhere "dump $given"
  as_bare "${a_user[@]}" "$work/set-user-id" "${dropped[@]}" status path="$work/dump" execve
  assert_sets everywhere "set-user-id $given" "dump $given"
  # For a user of no rule it is as ever.
  as_bare "${a_user[@]}" "$work/drop" 4243 "$work/dump"
  same bare everywhere
}

@test "C3 a set-user-ID launcher: bounding set and no_new_privs of the installed policy" {
  install_policy "User=$kept_user" "AmbientCapabilities=$keep" "CapabilityBoundingSet=$keep" NoNewPrivileges=yes
  capture bound "${preloading[@]}" "${a_user[@]}" "$work/drop" "$kept_user" "$work/dump"
  assert_sets bound "dump $given"
  grep -qx "CapBnd:"$'\t'"$keep_mask" "$runs/bound"
  grep -qx $'NoNewPrivs:\t1' "$runs/bound"
}

@test "C6 a set-user-ID launcher: OnFailure=refuse of the installed policy" {
  install_policy "User=$kept_user" AmbientCapabilities=63 OnFailure=refuse
  capture refused "${preloading[@]}" "${a_user[@]}" "$work/set-user-id" "${dropped[@]}" path="$work/dump" execve
  grep -qx 'execve = -1 errno EPERM' "$runs/refused"
}

# Every variable that says something else than the installed policy.
users_variables() {
  printf '[Keep more]\nAmbientCapabilities=cap_sys_admin\n' >"$work/policy"
  printf '%s\n' CAPKEEP_AMBIENT=cap_sys_admin CAPKEEP_USER=65534 CAPKEEP_PROGRAM=/bin/true CAPKEEP_LAUNCHER=/bin/true \
    CAPKEEP_BOUNDING=cap_kill CAPKEEP_NO_NEW_PRIVS=yes CAPKEEP_ON_FAILURE=refuse CAPKEEP_GUARD=yes \
    CAPKEEP_DESCENDANTS=no CAPKEEP_POLICY="$work/policy" CAPKEEP_LOG="$work/log" CAPKEEP_DISABLE=1 \
    CAPKEEP_LOWER="$keep_mask" CAPKEEP_IAB=^cap_kill LD_PRELOAD="$lib"
}

@test "C4 C7 a set-user-ID launcher: the user's variables count for nothing, and reach nothing that it starts" {
  local variable
  local -a variables
  mapfile -t variables < <(users_variables)
  for variable in "${variables[@]}"; do
    capture everywhere "${preloading[@]}" "${a_user[@]}" env "$variable" "$work/set-user-id" printenv "${dropped[@]}" \
      path="$work/dump" execve
    assert_sets everywhere "dump $given"
    run ! grep -E '(Env|Own):.*(CAPKEEP|LD_PRELOAD)' "$runs/everywhere"
    # Nor what it starts as root, which would take them for root's.
    capture everywhere "${preloading[@]}" "${a_user[@]}" env "$variable" "$work/set-user-id" setuid=0 \
      path="$probes/call" arg=call arg=printenv "${dropped[@]/#/arg=}" arg=path="$work/dump" arg=execve execve
    assert_sets everywhere "dump $given"
    run ! grep -E '(Env|Own):.*(CAPKEEP|LD_PRELOAD)' "$runs/everywhere"
  done
  [[ ! -e $work/log ]]
}

# let_through SET-USER-ID VARIABLE…: a program in which the library is not hands each of these on to one of root's, in which
# it is by ld.so.preload. The installed policy counts there, and it alone.
let_through() {
  local variable
  for variable in "${@:2}"; do
    capture everywhere "${preloading[@]}" "${a_user[@]}" env "$variable" "$1" 0 "$probes/call" "${dropped[@]}" \
      path="$work/dump" execve
    assert_sets everywhere "dump $given"
    run ! grep -E 'Env:.*(CAPKEEP|LD_PRELOAD)' "$runs/everywhere"
  done
  [[ ! -e $work/log ]]
  # As root's own it would be kept, and LD_PRELOAD shows that it is.
  capture own "${preloading[@]}" env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_kill "$probes/call" groups=65534 setuid=65534 status
  grep -qx $'CapAmb:\t0000000000000020' "$runs/own"
}

@test "C8 a user's variables that a static set-user-ID program lets through to root's count for nothing" {
  local -a variables
  mapfile -t variables < <(users_variables)
  install -m 4755 "$build/tests/launchers/drop-static" "$work/static"
  let_through "$work/static" "${variables[@]}"
}

@test "C8 a user's variables that a set-user-ID program of musl's lets through to root's count for nothing" {
  [[ -x $probes/musl_su_exec ]] || skip_because "musl" "there was no musl-gcc when the probes were built"
  local -a variables
  # musl leaves LD_PRELOAD itself in the environment: who sets that needs no variable of ours.
  mapfile -t variables < <(users_variables | grep -v ^LD_PRELOAD)
  install -m 4755 "$probes/musl_su_exec" "$work/musl"
  let_through "$work/musl" "${variables[@]}"
}

@test "C8 a user's CAPKEEP_METHOD that is let through to root's is no program to execute" {
  local launcher=$build/tests/launchers/drop-static
  install -m 4755 "$launcher" "$work/static"
  printf '#!/bin/sh\nid -u >"%s"\nshift 4\nexec "$@"\n' "$work/was-executed" >"$work/method"
  chmod 755 "$work/method"
  local started=("$probes/call" path="$launcher" arg=drop arg="$kept_user" arg="$work/dump" execve)
  capture let_through "${preloading[@]}" "${a_user[@]}" env CAPKEEP_METHOD="$work/method" "$work/static" 0 "${started[@]}"
  assert_sets let_through "dump $nothing"
  [[ ! -e $work/was-executed ]]
  # Root's own is executed.
  capture own "${preloading[@]}" env LD_PRELOAD="$lib" CAPKEEP_METHOD="$work/method" "${started[@]}"
  [[ $(<"$work/was-executed") == 0 ]]
}

# need_set_user_id_root COMMAND: whose bit counts: not where its owner is nobody that this user namespace knows.
need_set_user_id_root() {
  command -v "$1" >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "$1 is not installed"
  [[ $(stat -c %u -- "$(command -v "$1")") == 0 ]] ||
    skip_because "$BATS_TEST_DESCRIPTION" "$1 does not belong to the root of this user namespace"
}

@test "C1 su, started by a user" {
  need_set_user_id_root su
  su_without_password
  as_bare "${a_user[@]}" su -s /bin/sh kept -c "$work/dump"
  assert_sets everywhere "dump $given"
  as_bare "${a_user[@]}" env CAPKEEP_DISABLE=1 CAPKEEP_AMBIENT=cap_sys_admin su -s /bin/sh - kept -c "$work/dump"
  assert_sets everywhere "dump $given"
}

@test "C1 sudo, started by a user" {
  need_set_user_id_root sudo
  mkdir "$etc_more/sudoers.d"
  echo 'nobody ALL=(ALL) NOPASSWD: ALL' >"$etc_more/sudoers.d/tests"
  chmod 440 "$etc_more/sudoers.d/tests"
  capture everywhere "${preloading[@]}" "${a_user[@]}" sudo -n -u kept "$work/dump"
  assert_sets everywhere "dump $given"
  run ! grep -E 'Env.*(CAPKEEP|LD_PRELOAD)' "$runs/everywhere"
}

su_without_password() {
  mkdir "$etc_more/pam.d"
  printf '%s sufficient pam_permit.so\n' auth account session >"$etc_more/pam.d/su"
  cp "$etc_more/pam.d/su" "$etc_more/pam.d/su-l"
}

@test "C2 Descendants=no: the program keeps it, and its children do not inherit it" {
  local program=(path="$probes/call" arg=program arg=status arg=printenv arg=path="$work/dump" arg=execve)
  install_policy "User=$kept_user" "AmbientCapabilities=$keep" Descendants=no
  for launcher in "$probes/call" "$work/set-user-id"; do
    for name in execve posix_spawn; do
      as_bare "${a_user[@]}" "$work/set-user-id" setuid=0 "${dropped[@]}" "${program[@]}" "$name"
      assert_sets everywhere "call $alone" "dump $nothing"
    done
  done
}

@test "C5 a user's own programs are as ever, and look at no policy" {
  local steps=(status path="$work/dump" arg=zero env=B=2 posix_spawn system="$work/dump; exit 3" popen="$work/dump"
    path="$work/nothing" execve path="$work/dump" execve)
  as_bare "${a_user[@]}" "$probes/call" "${steps[@]}"
  same bare everywhere
  as_bare "${a_user[@]}" "$probes/threads" 8
  same bare everywhere
  as_bare "${a_user[@]}" env LD_PRELOAD="$probes/second_preload.so" "$probes/call" printenv path="$work/dump" execve
  same bare everywhere
  command -v strace >/dev/null || skip_because "dormant" "strace is not installed"
  "${preloading[@]}" "${a_user[@]}" strace -f -o "$dir/trace" -e trace=openat,capget,capset,prctl "$probes/call" \
    "${steps[@]}"
  grep -q ld.so.preload "$dir/trace"
  run ! grep -E 'capkeep\.conf|capset|PR_SET' "$dir/trace"
}

@test "C8 a mistake in the installed policy: nothing is kept, a launcher says so, and a user's programs do not hear of it" {
  local complaint='policy-error keeping=nothing /etc/capkeep/capkeep.conf:6: .*NoSuchKey'
  install_policy "User=$kept_user" "AmbientCapabilities=$keep" 'NoSuchKey=1'
  capture wrong "${preloading[@]}" "$work/drop" "$kept_user" "$work/dump"
  assert_sets wrong "dump $nothing"
  [[ $(grep -c "$complaint" "$runs/wrong") == 1 ]]
  # Two launchers, of which the first is root's own, to become the user.
  capture wrong "${preloading[@]}" "${a_user[@]}" "$work/drop" "$kept_user" "$work/dump"
  assert_sets wrong "dump $nothing"
  [[ $(grep -c "$complaint" "$runs/wrong") == 2 ]]
}
