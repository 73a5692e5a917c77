#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# arm64, on a machine of another kind: all of it is compiled without a warning, the unit tests and audits pass, and the
# library itself works in arm64 launchers, which qemu runs with system calls of the machine's kernel. Of what they execute
# only programs of the machine's own kind can start. What qemu's user mode does not have: execveat(2), filters of seccomp(2),
# and ptrace(2), so no supervised launcher. It has a thread of its own, which the library takes for one of the launcher's:
# system(3) and popen(3) leave the environment as it is where there is more than one.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

machine=/var/cache/capkeep-tests/arm64-root
cross=$BATS_TEST_DIRNAME/../../machines/cross-build

setup_file() {
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (build_for_arm64)
}

build_for_arm64() {
  find_what_is_tested
  hide_suite_environment
  make_shared_dir "$BATS_FILE_TMPDIR"
  "$cross" --missing >"$BATS_FILE_TMPDIR/missing"
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || return 0
  local -a units=("$BATS_TEST_DIRNAME"/../../unit/test_*.c)
  units=("${units[@]##*/}")
  units=("${units[@]%.c}")
  # With what the unit tests look at.
  quietly "$cross" "$BATS_FILE_TMPDIR/arm64" shim/libcapkeep.so cli/capkeep "${units[@]/#/tests/unit/}" \
    tests/launchers/drop-{dynamic,static} tests/probes/{call,threads}
  build_with_musl
}

build_with_musl() {
  local -a compile
  mapfile -t compile < <("$cross" --compiler)
  sed "s,/usr/\(include\|lib\)/aarch64-linux-musl,$machine&,g" "$machine/usr/lib/aarch64-linux-musl/musl-gcc.specs" \
    >"$BATS_FILE_TMPDIR/musl.specs"
  "${compile[@]}" -specs "$BATS_FILE_TMPDIR/musl.specs" -D_GNU_SOURCE -O1 -o "$BATS_FILE_TMPDIR/musl_su_exec" \
    "$BATS_TEST_DIRNAME/../../probes/su_exec.c"
}

quietly() {
  "$@" >"$BATS_FILE_TMPDIR/output" 2>&1 || { cat "$BATS_FILE_TMPDIR/output"; return 1; }
}

setup() {
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/missing")"
  probes_setup
  arm64=$BATS_FILE_TMPDIR/arm64
  lib=$arm64/shim/libcapkeep.so
  preload=(LD_PRELOAD="$lib" CAPKEEP_LOG=none)
  matching=("${preload[@]}" CAPKEEP_AMBIENT="$keep")
  foreign=("${matching[@]}" CAPKEEP_USER=4242424)
  # qemu is static, so that what the environment preloads is for the launcher alone.
  call=(qemu-aarch64-static -L "$machine" "$arm64/tests/probes/call")
  name=qemu-aarch64-st
}

# launched_as_bare COMMAND…: bare, with a rule for another user and with one that matches the same is printed.
launched_as_bare() {
  capture bare "$@"
  capture foreign "${foreign[@]}" "$@"
  capture matching "${matching[@]}" "$@"
  same bare foreign
  same bare matching "${kept_sets[@]}"
}

@test "arm64: the unit tests" {
  meson test -C "$arm64" --no-rebuild --print-errorlogs --suite unit
}

@test "arm64: the audits of what is exported, imported and hardened" {
  meson test -C "$arm64" --no-rebuild --suite audit
}

@test "arm64: the command reads a policy and predicts" {
  # With -L, qemu looks for the folders of a path in that root first.
  local libraries=$machine/lib/aarch64-linux-gnu
  local command=(qemu-aarch64-static "$libraries/ld-linux-aarch64.so.1" --library-path "$libraries:$machine/usr/lib/aarch64-linux-gnu"
    "$arm64/cli/capkeep")
  printf '[Keep it]\nUser=65534\nAmbientCapabilities=%s\n' "$keep" >"$work/policy"
  "${command[@]}" check --policy "$work/policy"
  printf '[Keep it]\nAmbientCapabilities=cap_net_bin_service\n' >"$work/policy"
  run ! "${command[@]}" check --policy "$work/policy"
  "${command[@]}" explain -u 65534 -a "$keep" --format json "$work/dump" >"$work/arm64"
  "$bin" explain -u 65534 -a "$keep" --format json "$work/dump" >"$work/own"
  # The same for the file, but that it would be a launcher of another architecture.
  grep -q '"reach": "foreign"' "$work/arm64"
  diff -u <(sed 's/"reach": "[a-z]*"//' "$work/own") <(sed 's/"reach": "[a-z]*"//' "$work/arm64")
}

@test "C1 arm64: setuid setreuid setresuid seteuid, and by number" {
  local change
  for change in setuid=65534 setreuid=65534,65534 setresuid=65534,65534,65534 setresuid=65534,65533,65532 \
    syscall=setuid,65534 syscall=setresuid,65534,65534,65534; do
    launched_as_bare "${call[@]}" groups=65534 "$change" status
    assert_sets matching "$name $given"
    assert_sets foreign "$name $nothing"
  done
  launched_as_bare "${call[@]}" groups=65534 setresuid=65534,0,65534 seteuid=65534 status
  assert_sets matching "$name $given"
}

@test "C1 C5 arm64: a temporary change, and one that fails, are as ever" {
  launched_as_bare "${call[@]}" seteuid=65534 status seteuid=0 status setresuid=-1,65534,-1 status
  launched_as_bare "${call[@]}" groups=65534 setresuid=65534,65534,65534 setuid=0 setresuid=0,0,0 status
}

@test "C1 arm64: in every thread" {
  local threads
  # And qemu's own, which no change of the launcher's reaches.
  for threads in 1 8 '8 from-thread' '8 blocked' '8 churn'; do
    read -ra threads <<<"$threads"
    launched_as_bare qemu-aarch64-static -L "$machine" "$arm64/tests/probes/threads" "${threads[@]}"
    [[ $(sets bare | wc -l) == 2 && $(sets matching | wc -l) == 2 ]]
    grep -qx "$((threads[0] + 1)) threads:" "$runs/matching"
    sets matching | grep -qx "$name $given"
    sets foreign | grep -qx "$name $nothing"
  done
}

@test "C2 C4 arm64: execve execv execvp execvpe execl execlp execle fexecve posix_spawn posix_spawnp" {
  local way
  for way in execve execv execvp execvpe execl execlp execle syscall=execve posix_spawn posix_spawnp fexecve; do
    local -a target=(path="$work/dump")
    [[ $way != fexecve ]] || target=(fd="$work/dump")
    launched_as_bare "${call[@]}" "${dropped[@]}" "${target[@]}" arg=zero arg='two words' "$way"
    sets matching | grep -qE " $given\$"
    sets foreign | grep -qE " $nothing\$"
    [[ $(sets matching | wc -l) == 1 ]]
  done
}

@test "C2 C5 arm64: a rule for a program, and an exec that fails" {
  capture rule "${matching[@]}" CAPKEEP_PROGRAM="$work/dump" "${call[@]}" "${dropped[@]}" status path="$work/nothing" execve \
    status path="$work/dump" execve
  assert_sets rule "$name $keep_mask $no_caps $no_caps $no_caps" "$name $keep_mask $no_caps $no_caps $no_caps" "dump $given"
  grep -q '^execve = -1 errno ENOENT$' "$runs/rule"
  capture rule "${matching[@]}" CAPKEEP_PROGRAM="$work/other" "${call[@]}" "${dropped[@]}" path="$work/dump" execve
  assert_sets rule "dump $nothing"
}

@test "C3 C6 arm64: bounding set, no_new_privs and refuse" {
  capture bound "${matching[@]}" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes "${call[@]}" "${dropped[@]}" \
    path="$work/dump" execve
  assert_sets bound "dump $given"
  grep -qx "CapBnd:"$'\t'"$keep_mask" "$runs/bound"
  grep -qx $'NoNewPrivs:\t1' "$runs/bound"
  capture refused "${preload[@]}" CAPKEEP_AMBIENT=63 CAPKEEP_ON_FAILURE=refuse "${call[@]}" "${dropped[@]}" \
    path="$work/dump" execve
  grep -q '^execve = -1 errno EPERM$' "$runs/refused"
  run ! grep -q ^Argv "$runs/refused"
}

@test "C1 C2 C4 C5 arm64: a musl launcher, by the library that is built for glibc" {
  launched_as_bare qemu-aarch64-static -L "$machine" "$BATS_FILE_TMPDIR/musl_su_exec" 65534 "$work/dump" one 'two words'
  assert_sets matching "dump $given"
  assert_sets foreign "dump $nothing"
}
