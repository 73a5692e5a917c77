#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep run`: the front door. Exit statuses, and what the program then has.

load ../lib/common

setup() {
  bats_require_minimum_version 1.5.0
  find_what_is_tested
  [[ -x $bin ]]
  hide_suite_environment
}

@test "C1 run keeps what -a names, and the program sees neither preload nor policy" {
  diff -u <(printf 'CapPrm:\t0000000002000000\nCapAmb:\t0000000002000000\n') \
    <("$bin" run -a cap_sys_time --log none -- setpriv --reuid nobody --clear-groups \
      sh -c 'grep -E "^Cap(Prm|Amb)" /proc/self/status; env | grep -E "^(LD_PRELOAD|CAPKEEP_)"; true')
}

@test "C5 run with --for-user of somebody else keeps nothing" {
  diff -u <(printf 'CapAmb:\t0000000000000000\n') \
    <("$bin" run -a cap_sys_time --for-user daemon -- setpriv --reuid nobody --clear-groups grep CapAmb /proc/self/status)
}

# seen_list LIST…: what LD_PRELOAD holds in a launcher that is started with it.
seen_list() {
  LD_PRELOAD=$1 "$bin" run -a cap_sys_time --log none -- sh -c 'echo "$LD_PRELOAD"'
}

@test "C4 run uses an entry of its own in LD_PRELOAD where it stands; else it goes in front" {
  local other=$build/tests/probes/second_preload.so copy=$BATS_TEST_TMPDIR/libcapkeep.so
  cp "$lib" "$copy"
  [[ $(seen_list '') == "$lib" ]]
  [[ $(seen_list "$other") == "$lib:$other" ]]
  [[ $(seen_list "$other:$lib") == "$other:$lib" ]]
  [[ $(seen_list "$other $copy $other") == "$other $copy $other" ]]
  # A relative one would be another in another folder.
  cd "${copy%/*}"
  [[ $(seen_list "$other:./libcapkeep.so") == "$other:$lib" ]]
  # And what it starts, with an environment that is cleaned or not.
  [[ $(LD_PRELOAD="$other:$copy" "$bin" run -a cap_sys_time --log none -- \
    sh -c 'sh -c "echo \$LD_PRELOAD"; env -i LD_PRELOAD="$1" sh -c "echo \$LD_PRELOAD"' sh "$other") == \
    "$other:$copy"$'\n'"$copy:$other" ]]
}

@test "C8 run refuses an entry of its own in LD_PRELOAD that cannot be loaded" {
  run -125 --separate-stderr env LD_PRELOAD=/nonexistent/libcapkeep.so "$bin" run -a cap_sys_time -- touch "$BATS_TEST_TMPDIR/started"
  [[ $stderr == *"the library cannot be loaded: "*/nonexistent/libcapkeep.so* && ! -e $BATS_TEST_TMPDIR/started ]]
}

in_a_place_without_exec() {
  mount -t tmpfs -o noexec,mode=755 tmpfs "$BATS_TEST_TMPDIR/place"
  cp "$lib" "$BATS_TEST_TMPDIR/place/libcapkeep.so"
  LD_PRELOAD=$BATS_TEST_TMPDIR/place/libcapkeep.so "$bin" run "$@"
}

@test "C8 run refuses a library that may not be mapped, as its file system is noexec; -u needs none" {
  mkdir "$BATS_TEST_TMPDIR/place"
  run -125 --separate-stderr private_mounts in_a_place_without_exec -a cap_sys_time -- touch "$BATS_TEST_TMPDIR/started"
  [[ $stderr == *"the library cannot be loaded: "*/place/libcapkeep.so:* && ! -e $BATS_TEST_TMPDIR/started ]]
  run -0 --separate-stderr private_mounts in_a_place_without_exec -u nobody -a cap_sys_time -- grep CapAmb /proc/self/status
  [[ $output == $'CapAmb:\t0000000002000000' ]]
}

@test "run replaces itself: same pid, the command's exit status" {
  run sh -c 'echo $$; exec "$0" run -a cap_sys_time -- sh -c "echo \$\$; exit 7"' "$bin"
  [[ $status -eq 7 && ${lines[0]} == "${lines[1]}" ]]
}

@test "run opens the library where it is, and looks for it nowhere" {
  command -v strace >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "strace is not installed"
  strace -f -o "$BATS_TEST_TMPDIR/calls" -e trace=openat "$bin" run -a cap_sys_time --log none -- true
  diff -u <(printf '%s\n' "$lib" "$lib") <(sed -n 's/.*"\(.*libcapkeep\.so\)".*/\1/p' "$BATS_TEST_TMPDIR/calls")
}

# calls_before FILE LAUNCHER…: the system calls of `run` up to the launcher's start, without readlink, of which there are as
# many as the way is long. By --method=preload, as nothing that is traced can be supervised.
calls_before() {
  strace -o "$1.all" -e 'trace=!?readlink' "$bin" run -a cap_sys_time --log none --method=preload -- "${@:2}"
  sed '1d; /^execve(/,$d' "$1.all" >"$1"
}

@test "run loads nothing to look into a small launcher that makes no system call by itself, and makes few of its own" {
  local launchers=$build/tests/launchers files=$BATS_TEST_TMPDIR start calls
  command -v strace >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "strace is not installed"
  strace -o "$files/start" -e 'trace=!?readlink' "$bin" --version
  start=$(wc -l <"$files/start")
  calls_before "$files/small" "$launchers/drop-dynamic" 65534 /bin/true
  calls=$(wc -l <"$files/small")
  echo "$((calls - start)) system calls beyond those of --version, at most 33"
  ((calls - start <= 33))
  run ! grep -q libelf "$files/small"
  # What may be out of reach is looked into, whether it is so or too large to be seen at once.
  calls_before "$files/raw" "$launchers/drop-asm" 65534 /bin/true
  grep -q libelf "$files/raw"
  calls_before "$files/large" bash -c :
  grep -q libelf "$files/large"
}

@test "C8 run refuses with 125 and the nearest name before anything starts" {
  run "$bin" run -a cap_sys_tine -- touch "$BATS_TEST_TMPDIR/started"
  [[ $status -eq 125 && $output == *cap_sys_time* && ! -e $BATS_TEST_TMPDIR/started ]]
}

@test "run: 126 found but not executable, 127 not found" {
  run -126 "$bin" run -a cap_sys_time -- /etc
  run -127 "$bin" run -a cap_sys_time -- /nonexistent
}

@test "C8 run refuses with 125 what the library would only complain of, before anything starts" {
  local started=$BATS_TEST_TMPDIR/started
  for wrong in "--for-user no_such_user" "--on-failure maybe" "--log relative/file" "-b cap_chown" "-b cap_chwon" \
    "--for-program relative" "--for-launcher relative"; do
    # shellcheck disable=SC2086 # an option and its value
    run -125 "$bin" run -a cap_sys_time $wrong -- touch "$started"
    [[ -n $output && ${#lines[@]} -eq 1 && ! -e $started ]]
  done
}

@test "C6 run refuses with 125 where nothing of it is permitted" {
  run -125 setpriv --bounding-set -sys_time "$bin" run -a cap_sys_time -- touch "$BATS_TEST_TMPDIR/started"
  [[ $output == *"permitted"* && ! -e $BATS_TEST_TMPDIR/started ]]
}

# --on-failure=refuse starts nothing there, which without a reason nobody understands.
@test "C6 a bounding set without CAP_SETPCAP: run says so first, the log and explain as well, and with it nobody does" {
  local -a bare=(setpriv --bounding-set -setpcap) rule=(-a cap_chown -b cap_chown --on-failure refuse)
  local -a launcher=(setpriv --reuid nobody --clear-groups true) method
  for method in preload ptrace; do
    run ! "${bare[@]}" "$bin" run "${rule[@]}" --method=$method --log stderr -- "${launcher[@]}"
    [[ ${lines[0]} == "capkeep: run: warning: cap_setpcap is not permitted, "*"starts nothing"*"--cap-add=SETPCAP"* ]]
    [[ ${lines[1]} == *" event=not-kept "*" hardening=failed needs=cap_setpcap" ]]
    run ! "${bare[@]}" "$bin" run "${rule[@]}" --log stderr -u nobody -- true
    [[ $output == *"the bounding set takes cap_setpcap, which is not permitted"* ]]
    [[ $output == *" needs=cap_setpcap"* ]]
    run -0 "$bin" run "${rule[@]}" --method=$method --log stderr -- "${launcher[@]}"
    [[ $output != *setpcap* ]]
  done
  run -1 "${bare[@]}" env CAPKEEP_AMBIENT=cap_chown CAPKEEP_BOUNDING=cap_chown "$bin" explain -u nobody true
  grep -q '^not to be had: .*start the launcher with cap_setpcap permitted$' <<<"$output"
  # Where there is nothing to cut any more it takes none.
  run -0 setpriv --bounding-set -all,+chown,+setuid,+setgid "$bin" run -a cap_chown -b cap_chown,cap_setuid,cap_setgid \
    --on-failure refuse --log stderr -- "${launcher[@]}"
  [[ $output != *setpcap* ]]
}

@test "capkeep --version and --help; a verb and an option that there are not" {
  version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$BATS_TEST_DIRNAME/../../../meson.build")
  [[ $version && $("$bin" --version) == "capkeep $version" ]]
  for verb in run check explain status trace convert; do
    grep -q "^  $verb " <("$bin" --help)
  done
  grep -qF -- 'capkeep --version' <("$bin" --help)
  run --separate-stderr "$bin" rnu
  [[ $status -eq 125 && ! $output && $stderr == 'capkeep: unknown verb "rnu"; did you mean run?' ]]
  run --separate-stderr "$bin" -V
  [[ $status -eq 125 && ! $output && $stderr == 'capkeep: unknown option -V; did you mean '* ]]
}
