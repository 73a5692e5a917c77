#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs linked with musl below a preloaded glibc launcher, and a musl launcher of the su-exec kind: the library is
# mapped into both (musl's loader takes libc.so.6 for itself), does no harm there (C5) and keeps K (C1, C2).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  if [[ ! -x $probes/musl_dump ]]; then
    skip_because "musl" "there was no musl-gcc when the probes were built"
  fi
  cp "$probes/musl_dump" "$work/dump"
  all="$keep_mask $keep_mask $keep_mask $keep_mask"
  su_exec=("$probes/musl_su_exec" 65534)
}

@test "C5 a musl program below a launcher that stays root is started with the library, and is as ever" {
  same_as_bare_for_root path="$work/dump" arg=zero env=B=2 execve
  same_as_bare_for_root path="$work/dump" posix_spawn system="$work/dump; true" popen="$work/dump; true"
}

@test "C1 C2 C4 a musl program below a glibc launcher that leaves root" {
  same_as_bare "${dropped[@]}" path="$work/dump" arg=zero env=B=2 execve
  assert_sets matching "dump $all"
  assert_sets foreign "dump $nothing"
}

# launched_as_bare PROGRAM ARG…
launched_as_bare() {
  capture bare "${su_exec[@]}" "$@"
  capture foreign "${foreign[@]}" "${su_exec[@]}" "$@"
  capture matching "${matching[@]}" "${su_exec[@]}" "$@"
  same bare foreign
  same bare matching "${kept_sets[@]}"
}

@test "C1 C2 C4 a musl launcher keeps K for a musl program and for a glibc one: setuid and execvp" {
  for program in "$work/dump" "$probes/dump"; do
    launched_as_bare "$program" one 'two words'
    sets matching | grep -qE " $all\$"
    sets foreign | grep -qE " $nothing\$"
  done
  launched_as_bare grep -c Cap /proc/self/status
}

@test "C2 a musl launcher and a rule for a program" {
  capture rule "${matching[@]}" CAPKEEP_PROGRAM="$work/dump" "${su_exec[@]}" "$work/dump"
  assert_sets rule "dump $all"
  capture rule "${matching[@]}" CAPKEEP_PROGRAM="$work/dump" "${su_exec[@]}" "$probes/dump"
  assert_sets rule "dump $nothing"
}

@test "C5 a musl launcher: the same failures" {
  : >"$work/not-executable"
  launched_as_bare "$work/nothing"
  launched_as_bare nothing-in-path
  launched_as_bare "$work/not-executable"
  launched_as_bare "$work"
  launched_as_bare ''
}

@test "C3 C6 a musl launcher: bounding set, no_new_privs and refuse" {
  capture bound "${matching[@]}" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes "${su_exec[@]}" "$work/dump"
  assert_sets bound "dump $all"
  grep -qx "CapBnd:"$'\t'"$keep_mask" "$runs/bound"
  grep -qx $'NoNewPrivs:\t1' "$runs/bound"
  capture refused "${preload[@]}" CAPKEEP_AMBIENT=63 CAPKEEP_ON_FAILURE=refuse "${su_exec[@]}" "$work/dump"
  grep -qx 'status: 126' "$runs/refused"
  run ! grep -q ^Argv "$runs/refused"
}

@test "C4 a musl launcher below a cleaned environment of root's" {
  capture cleaned "${matching[@]}" env -i PATH=/bin:/usr/bin "${su_exec[@]}" "$work/dump"
  assert_sets cleaned "dump $all"
  run ! grep -aE 'LD_PRELOAD|CAPKEEP_' "$runs/cleaned"
}

# musl tells its threads of a change by a handler that it installs for that moment, with every signal blocked; nothing that
# is preloaded gets around it.
@test "C1 C6 a musl launcher with threads: the one that makes the change keeps K, the others nothing, and that is told" {
  local threads=("$probes/musl_threads" 4)
  capture bare "${threads[@]}"
  capture foreign "${foreign[@]}" "${threads[@]}"
  capture matching "${matching[@]}" CAPKEEP_LOG=stderr "${threads[@]}"
  same bare foreign
  sets matching | sort | diff -u <(printf '%s\n' "musl_threads $nothing" "musl_threads $all") -
  grep -A1 -x '1 threads:' "$runs/matching" | grep -q musl_threads
  grep -qx '4 threads:' "$runs/matching"
  grep -q "event=not-kept .* threads=${keep/ /,}\$" "$runs/matching"
  capture alone "${matching[@]}" CAPKEEP_LOG=stderr "$probes/musl_threads" 0
  assert_sets alone "musl_threads $all"
  grep -q event=kept "$runs/alone"
  # A new thread has what the one that creates it has.
  capture matching "${matching[@]}" "${threads[@]}" exec="$work/dump"
  sets matching | grep -qx "dump $all"
}

@test "C1 a musl launcher with threads that is supervised: every thread keeps K" {
  local option
  for option in '' from-thread churn; do
    capture supervised "$bin" run --method=ptrace --log none -a "$keep" -- "$probes/musl_threads" 4 $option
    assert_sets supervised "musl_threads $all"
    grep -qx '5 threads:' "$runs/supervised"
  done
}

# write_there: `there`, in front of a command, gives it a /usr/local/bin of its own, with a "cat" that shows itself.
write_there() {
  cat >"$work/there" <<SH
#!/bin/sh -eu
mount -t tmpfs -o mode=755 tmpfs /usr/local/bin
cp "$work/dump" /usr/local/bin/cat
exec "\$@"
SH
  printf 'echo run by a shell\n' >"$work/no-magic"
  chmod 755 "$work/there" "$work/no-magic"
  there=(unshare --mount --propagation private "$work/there")
}

# by_its_rules CALL: this program searches as bare, with and without a rule, and where the library has nothing to do.
by_its_rules() {
  local call=$1 name
  local -a search=(setenv=PATH path=cat) a_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  for name in execvp execlp posix_spawnp; do
    for steps in "path=$work/no-magic $name status" "setenv=PATH=$work path=no-magic $name status" "${search[*]} $name status"; do
      # shellcheck disable=SC2206 # steps without spaces of their own
      local -a steps=($steps)
      capture bare "${there[@]}" "$call" "${dropped[@]}" "${steps[@]}"
      capture foreign "${there[@]}" env "${foreign[@]}" "$call" "${dropped[@]}" "${steps[@]}"
      capture matching "${there[@]}" env "${matching[@]}" "$call" "${dropped[@]}" "${steps[@]}"
      same bare foreign
      same bare matching "${kept_sets[@]}"
      capture user "${there[@]}" "${a_user[@]}" "$call" "${steps[@]}"
      capture dormant "${there[@]}" "${a_user[@]}" env "${matching[@]}" "$call" "${steps[@]}"
      same user dormant "${carried[@]}"
      cat "$runs/bare"
    done
  done >"$runs/all"
}

@test "C5 the rules of execvp are those of the program's own C library, armed and dormant: execvp execlp posix_spawnp" {
  can_unshare --mount || skip_because "$BATS_TEST_DESCRIPTION" "no mount namespace to be had"
  write_there
  # musl leaves it at ENOEXEC, and without PATH looks into /usr/local/bin first; glibc does neither.
  by_its_rules "$probes/musl_call"
  run ! grep -q 'run by a shell' "$runs/all"
  [[ $(grep -c $'^Name:\tcat$' "$runs/all") == 3 && $(grep -cE '(execvp|execlp) = -1 errno Exec format error' "$runs/all") == 4 ]]
  by_its_rules "$probes/call"
  [[ $(grep -c 'run by a shell' "$runs/all") == 4 ]]
  run ! grep -q $'^Name:\tcat$' "$runs/all"
}
