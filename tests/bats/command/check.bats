#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep check`: its exit statuses, its lines, and each of its doubts: told where it is due, and not where it is not.

load ../lib/common
load ../lib/probes
load ../lib/policies

setup_file() {
  etc_setup_file
}

setup() {
  policies_setup
  # Root's alone; the scratch space is anybody's.
  trusted=$policies/bin
  mkdir -m 755 "$trusted"
  program=$trusted/dump
  cp "$work/dump" "$program"
}

# check NAME [OPTION…]: of $policy, after `around`.
check() {
  local name=$1
  shift
  capture "$name" "${around[@]}" "$bin" check --policy "$policy" "$@"
}

# assert_said NAME STATUS [LINE…]: on standard output, then on standard error behind "stderr:".
assert_said() {
  local name=$1 status=$2
  shift 2
  [[ " $* " == *" stderr: "* ]] || set -- "$@" stderr:
  diff -u <(printf '%s\n' "$@" "status: $status") "$runs/$name"
}

# warns TEXT LINE…: one rule of these lines is valid and has this doubt, and no other.
warns() {
  local text=$1
  shift
  write_policy "$policy" '[Keep a]' "$@"
  check warns
  assert_said warns 0 "$policy:1: warning: $text"
  check strict --strict
  grep -qxF -- "$policy:1: warning: $text" "$runs/strict"
  grep -qx 'status: 1' "$runs/strict"
}

# quiet LINE…: nothing is to be said about it.
quiet() {
  write_policy "$policy" '[Keep a]' "$@"
  check quiet
  assert_said quiet 0
}

# --- statuses and lines

@test "check: 0 for a valid policy, 1 for one with mistakes, 125 for a wrong use" {
  quiet "AmbientCapabilities=$bind"
  write_policy "$policy" '[Keep a]' 'Frob=1'
  check mistake
  assert_said mistake 1 stderr: "$policy:2: error: unknown key \"Frob\""
  while read -r arguments; do
    # shellcheck disable=SC2086 # several
    run -125 "$bin" check $arguments
    [[ ${#lines[@]} == 1 && $output == *"${arguments##* }"* ]]
  done <<'USES'
--frob
--policy /dev/null now
/dev/null now
--policy
USES
  run -0 --separate-stderr "$bin" check --help
  [[ $output == Usage:* && ! $stderr ]]
}

@test "check FILE is check --policy FILE" {
  write_policy "$policy" '[Keep a]' 'Frob=1'
  capture named CAPKEEP_POLICY=/nonexistent "$bin" check --policy "$policy"
  for arguments in "$policy" "--strict $policy" "-- $policy"; do
    # shellcheck disable=SC2086 # several
    capture alone CAPKEEP_POLICY=/nonexistent "$bin" check $arguments
    same named alone
  done
  assert_said alone 1 stderr: "$policy:2: error: unknown key \"Frob\""
}

@test "check: warnings stand on standard output and do not count, but for --strict" {
  warns "User= has root, for whom nothing has to be kept: the rule never matches there" "AmbientCapabilities=$bind" 'User=0'
}

@test "check: every mistake is told, on standard error, and doubts are left for later" {
  write_policy "$policy" '[Keep a]' 'User=root' 'Frob=1' "AmbientCapabilities=$bind" '' '[Kepe b]' 'x=1' '[Keep c]' 'Guard=2'
  check mistakes
  assert_said mistakes 1 stderr: \
    "$policy:3: error: unknown key \"Frob\"" \
    "$policy:6: error: unknown section \"Kepe b\"; did you mean [Keep NAME]?" \
    "$policy:9: error: Guard=: neither yes nor no: \"2\""
}

@test "C8 check: a file that is missing or not trusted is a mistake" {
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind"
  chmod 666 "$policy"
  check untrusted
  assert_said untrusted 1 stderr: "capkeep: error: $policy: not trusted: group or others can write it; chmod go-w $policy"
  rm "$policy"
  check missing
  assert_said missing 1 stderr: "capkeep: error: no such policy file: \"$policy\""
}

@test "check: --policy takes a relative path, and forgets the environment" {
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind" 'NoNewPrivileges=maybe'
  ln -s ../policies "$work/link"
  for path in ../policies/test.conf ./../policies/test.conf link/test.conf; do
    capture relative CAPKEEP_AMBIENT=wrong CAPKEEP_USER=wrong CAPKEEP_POLICY=/nonexistent "$bin" check --policy "$path"
    assert_said relative 1 stderr: "$work/$path:3: error: NoNewPrivileges=: neither yes nor no: \"maybe\""
  done
}

@test "check: the policy of the environment, and the file that it names" {
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind" 'User=root'
  capture both CAPKEEP_AMBIENT=cap_sys_ptrace CAPKEEP_POLICY="$policy" "$bin" check
  assert_said both 0 "capkeep: warning: cap_sys_ptrace amounts to root: it takes over any process" \
    "$policy:1: warning: User= has root, for whom nothing has to be kept: the rule never matches there"
  capture mistake CAPKEEP_AMBIENT=cap_kil CAPKEEP_NO_NEW_PRIVS=maybe CAPKEEP_AMBIANT=x "$bin" check
  assert_said mistake 1 stderr: 'capkeep: error: unknown variable "CAPKEEP_AMBIANT"; did you mean CAPKEEP_AMBIENT?' \
    'capkeep: error: CAPKEEP_AMBIENT: unknown capability "cap_kil"; did you mean cap_kill?' \
    'capkeep: error: CAPKEEP_NO_NEW_PRIVS: neither yes nor no: "maybe"'
}

@test "check: the installed files" {
  etc_setup
  capture none "${in_etc[@]}" "$bin" check --strict
  assert_said none 0 "there is no rule, so nothing is kept"
  write_policy "$conf/capkeep.conf" '[Keep a]' "AmbientCapabilities=$bind"
  write_policy "$conf/capkeep.conf.d/b.conf" '' '[Keep b]' 'NoNewPrivileges=yes'
  write_policy "$conf/capkeep.conf.d/a.conf" '[Keep c]' "AmbientCapabilities=$time" 'User=root'
  capture installed "${in_etc[@]}" "$bin" check
  assert_said installed 0 \
    "/etc/capkeep/capkeep.conf.d/a.conf:1: warning: User= has root, for whom nothing has to be kept: the rule never matches there" \
    "/etc/capkeep/capkeep.conf.d/b.conf:2: warning: the rule keeps nothing, it only takes away"
  capture strict "${in_etc[@]}" "$bin" check --strict
  grep -qx 'status: 1' "$runs/strict"
  echo 'Frob=1' >>"$conf/capkeep.conf.d/b.conf"
  capture mistake "${in_etc[@]}" "$bin" check
  assert_said mistake 1 stderr: "/etc/capkeep/capkeep.conf.d/b.conf:4: error: unknown key \"Frob\""
  # Not what is installed where a file is named.
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind"
  capture named "${in_etc[@]}" "$bin" check --policy "$policy"
  assert_said named 0
}

@test "check: a user may ask, and needs no capability for it" {
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind" 'User=root'
  around=(setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all)
  check user
  assert_said user 0 \
    "$policy:1: warning: $bind is not in the bounding set here, so nothing that is started here can hold it" \
    "$policy:1: warning: User= has root, for whom nothing has to be kept: the rule never matches there"
}

# --- doubts about capabilities

@test "check: a capability that the kernel does not know" {
  last=$(</proc/sys/kernel/cap_last_cap)
  warns "the running kernel has no capability 63" 'AmbientCapabilities=63'
  warns "the running kernel has no capability $((last + 1))" "IAB=%$((last + 1))"
  quiet "AmbientCapabilities=10"
}

@test "check: a capability that is not in the bounding set" {
  around=(setpriv --bounding-set -net_bind_service)
  for line in "AmbientCapabilities=$bind" "IAB=^$bind" "IAB=$bind"; do
    warns "$bind is not in the bounding set here, so nothing that is started here can hold it" "$line"
  done
  quiet "AmbientCapabilities=$time"
  quiet "AmbientCapabilities=$time" "CapabilityBoundingSet=$bind $time"
}

@test "check: capabilities that amount to root, and no others" {
  # By the names, so that neither a row that is lost nor one too many passes.
  rootlike=' cap_chown cap_dac_override cap_dac_read_search cap_fowner cap_setgid cap_setuid cap_sys_module cap_sys_rawio
    cap_sys_chroot cap_sys_ptrace cap_sys_admin cap_sys_boot cap_mknod cap_setfcap cap_bpf cap_perfmon '
  for ((number = 0; number <= $(</proc/sys/kernel/cap_last_cap); number++)); do
    write_policy "$policy" '[Keep a]' "AmbientCapabilities=$number"
    check cap
    name=${capability_names[number]:-$number}
    if [[ $rootlike == *[[:space:]]"$name"[[:space:]]* ]]; then
      grep -qx "$policy:1: warning: $name amounts to root: .*" "$runs/cap"
    else
      run ! grep -q "amounts to root" "$runs/cap"
    fi
  done
}

@test "check: a rule that keeps nothing" {
  warns "the rule keeps nothing, it only takes away" 'NoNewPrivileges=yes'
  warns "the rule keeps nothing, it only takes away" 'IAB=!cap_kill'
  quiet 'IAB=cap_kill'
  quiet 'AmbientCapabilities=cap_kill'
}

# --- doubts about users and files

@test "check: a rule for root" {
  warns "User= has root, for whom nothing has to be kept: the rule never matches there" 'User=nobody root' 'AmbientCapabilities=cap_kill'
  quiet 'User=nobody 1' 'AmbientCapabilities=cap_kill'
}

@test "check: paths that do not exist, or are no folders" {
  rule=('AmbientCapabilities=cap_kill')
  for key in Program Launcher; do
    warns "$key=$trusted/nothing does not exist here" "${rule[@]}" "$key=$trusted/nothing"
    warns "$key=$trusted/nothing/* does not exist here" "${rule[@]}" "$key=$trusted/nothing/*"
    warns "$key=$program/*: $program is not a directory" "${rule[@]}" "$key=$program/*"
    quiet "${rule[@]}" "$key=$program" "$key=$trusted/*"
  done
  ln -s "$trusted" "$policies/link"
  quiet "${rule[@]}" "Program=$policies/link/*" "Program=$policies/link/dump"
}

@test "check: a program that the kernel clears ambient for" {
  rule=('AmbientCapabilities=cap_kill')
  for mode in 4755 2755 6711 2650; do
    chmod $mode "$program"
    warns "Program=$program is set-user-ID or set-group-ID: the kernel clears ambient when it starts" "${rule[@]}" "Program=$program"
    quiet "${rule[@]}" "Launcher=$program"
  done
  # Set-group-ID without the group's x is no such program (mandatory locking was told by it).
  for mode in 2745 755 1755; do
    chmod $mode "$program"
    quiet "${rule[@]}" "Program=$program"
  done
  setcap cap_chown+p "$program" 2>/dev/null || skip_because "file capabilities" "setcap is not permitted here"
  warns "Program=$program has file capabilities: the kernel clears ambient when it starts" "${rule[@]}" "Program=$program"
  ln -s "$program" "$trusted/link"
  warns "Program=$trusted/link has file capabilities: the kernel clears ambient when it starts" "${rule[@]}" "Program=$trusted/link"
  # Those for the root of another user namespace do not count here.
  setcap -n 100000 cap_chown+p "$program" 2>/dev/null || skip_because "of another namespace" "setcap -n is not permitted here"
  quiet "${rule[@]}" "Program=$program"
}

@test "check: programs and launchers without a loader, and in Go" {
  rule=('AmbientCapabilities=cap_kill')
  static=$trusted/drop-static dynamic=$trusted/drop-dynamic
  cp "$build"/tests/launchers/drop-{static,dynamic} "$trusted"
  warns "Program=$static is static: it gets its capabilities, but no library is in it (Descendants= does nothing)" \
    "${rule[@]}" "Program=$static"
  warns "Launcher=$static is static: a preloaded library does not reach it; see \`capkeep run --method\`" \
    "${rule[@]}" "Launcher=$static"
  quiet "${rule[@]}" "Program=$dynamic" "Launcher=$dynamic"
  # Go's mark in the place of the compiler's own.
  perl -pe 's/GNU\0/Go\0\0/g' "$dynamic" >"$trusted/go"
  chmod 755 "$trusted/go"
  warns "Launcher=$trusted/go is a Go program: a preloaded library does not reach it; see \`capkeep run --method\`" \
    "${rule[@]}" "Launcher=$trusted/go"
  quiet "${rule[@]}" "Program=$trusted/go"
  # A script is its interpreter's business, and nothing waits for a FIFO.
  printf '#!/bin/sh\n' >"$trusted/script"
  chmod 755 "$trusted/script"
  mkfifo "$trusted/fifo"
  patience=(timeout 600)
  around=("${patience[@]}")
  quiet "${rule[@]}" "Program=$trusted/script" "Program=$trusted/fifo" "Launcher=$trusted/fifo"
}

@test "check: a program or launcher that others than root can write, or exchange" {
  rule=('AmbientCapabilities=cap_kill')
  ours="it belongs to uid 1"
  move='move it to a directory that nobody else can write'
  for key in Program Launcher; do
    chmod 775 "$program"
    warns "$key=$program is not root's alone: $program: not trusted: group or others can write it; chmod go-w $program" "${rule[@]}" "$key=$program"
    chmod 755 "$program"
    quiet "${rule[@]}" "$key=$program"
    chmod 1777 "$trusted"
    for path in "$program" "$trusted/*"; do
      warns "$key=$path is not root's alone: ${path%/\*}: not trusted: group or others can write $(
        )$([[ $path == *\* ]] && echo it || echo its directory); $move" "${rule[@]}" "$key=$path"
    done
    chmod 755 "$trusted"
    chown 1 "$program"
    warns "$key=$program is not root's alone: $program: not trusted: $ours" "${rule[@]}" "$key=$program"
    chown 0 "$program"
    chown 1 "$trusted"
    warns "$key=$program is not root's alone: $trusted: not trusted: $ours" "${rule[@]}" "$key=$program"
    warns "$key=$trusted/* is not root's alone: $trusted: not trusted: $ours" "${rule[@]}" "$key=$trusted/*"
    chown 0 "$trusted"
    # It is what the link leads to that is executed, and the link's folder that says where.
    ln -sf "$program" "$BATS_TEST_TMPDIR/link"
    warns "$key=$BATS_TEST_TMPDIR/link is not root's alone: $BATS_TEST_TMPDIR/link: not trusted: group or others can write its directory; $move" \
      "${rule[@]}" "$key=$BATS_TEST_TMPDIR/link"
  done
}

@test "check --strict: a rule for any user, or for any program" {
  any_user="$policy:1: warning: the rule is for any user but root: it has no User="
  any_program="$policy:1: warning: the rule is for any program: it has no Program="
  strictly 1 "$any_user" "$any_program" -- AmbientCapabilities=cap_kill
  strictly 1 "$any_user" -- AmbientCapabilities=cap_kill "Program=$program"
  strictly 1 "$any_program" -- AmbientCapabilities=cap_kill User=nobody "Launcher=$program"
  strictly 0 -- AmbientCapabilities=cap_kill User=nobody "Program=$program"
}

# strictly STATUS [LINE…] -- RULE…
strictly() {
  local status=$1 lines=()
  shift
  while [[ $1 != -- ]]; do
    lines+=("$1")
    shift
  done
  shift
  write_policy "$policy" '[Keep a]' "$@"
  check quiet
  assert_said quiet 0
  check strictly --strict
  assert_said strictly "$status" "${lines[@]}"
}

# --- rules among each other

# second RULE…: a second rule with these lines behind the first of `first`.
second() {
  write_policy "$policy" '[Keep a]' "${first[@]}" '[Keep b]' "$@"
  check second
}

superfluous() {
  second "$@"
  assert_said second 0 \
    "$policy:$((${#first[@]} + 2)): warning: the rule adds nothing to rule \"a\" of $policy:1, which matches wherever it does"
}

needed() {
  second "$@"
  assert_said second 0
}

@test "check: a rule that adds nothing to an earlier one" {
  first=("AmbientCapabilities=$bind $time")
  superfluous "${first[@]}"
  superfluous "AmbientCapabilities=$time" 'User=nobody' "Program=$program" "Launcher=$program"
  superfluous "IAB=^$time"
  needed 'AmbientCapabilities=cap_kill'
  needed "IAB=%$time,%cap_kill"
  for line in 'NoNewPrivileges=yes' 'OnFailure=refuse' 'Guard=yes' 'Descendants=no' "CapabilityBoundingSet=$time" \
    'IAB=!cap_kill'; do
    needed "AmbientCapabilities=$time" "$line"
  done
  cp "$program" "$trusted/launcher"
  ln -s bin "$policies/link"
  mkdir -m 755 "$policies/other"
  cp "$program" "$policies/other"
  first=("AmbientCapabilities=$time" 'User=nobody daemon' "Program=$program" "Program=$trusted/*" "Launcher=$trusted/launcher")
  superfluous "AmbientCapabilities=$time" 'User=daemon' "Program=$program" "Launcher=$trusted/launcher"
  superfluous "AmbientCapabilities=$time" 'User=daemon' "Program=$trusted/*" "Launcher=$policies/link/launcher"
  needed "AmbientCapabilities=$time" 'User=daemon bin' "Program=$program" "Launcher=$trusted/launcher"
  needed "AmbientCapabilities=$time" "Program=$program" "Launcher=$trusted/launcher"
  needed "AmbientCapabilities=$time" 'User=daemon' "Launcher=$trusted/launcher"
  needed "AmbientCapabilities=$time" 'User=daemon' "Program=$program"
  needed "AmbientCapabilities=$time" 'User=daemon' "Program=$program" "Program=$policies/other/dump" "Launcher=$trusted/launcher"
  first=("AmbientCapabilities=$time" "Program=$trusted/*")
  needed "AmbientCapabilities=$time" "Program=$trusted"
  first=('AmbientCapabilities=cap_kill' 'CapabilityBoundingSet=cap_kill cap_lease' 'NoNewPrivileges=yes' 'OnFailure=refuse')
  superfluous 'AmbientCapabilities=cap_kill' 'CapabilityBoundingSet=cap_kill' 'NoNewPrivileges=yes'
  needed 'AmbientCapabilities=cap_kill' 'CapabilityBoundingSet=cap_kill cap_syslog'
  needed 'AmbientCapabilities=cap_kill'
}

@test "check: a rule that adds nothing to one of another file, or of the environment" {
  etc_setup
  write_policy "$conf/capkeep.conf" '# x' '[Keep a]' "AmbientCapabilities=$bind"
  write_policy "$conf/capkeep.conf.d/b.conf" '[Keep a]' "AmbientCapabilities=$bind" 'User=nobody'
  capture other "${in_etc[@]}" "$bin" check
  assert_said other 0 "/etc/capkeep/capkeep.conf.d/b.conf:1: warning: the rule adds nothing to rule \"a\" of $(
    )/etc/capkeep/capkeep.conf:2, which matches wherever it does"
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind"
  capture environment CAPKEEP_AMBIENT="$bind" CAPKEEP_POLICY="$policy" "$bin" check
  assert_said environment 0 \
    "$policy:1: warning: the rule adds nothing to that of the environment, which matches wherever it does"
}

# --- launchers that go by a shell

@test "check: a Program= that is no shell, in a launcher that executes one for whatever it starts" {
  local name
  cp /bin/sh "$trusted/sh"
  # A shell by another name is one; a folder of that name is not the launcher.
  ln -s sh "$trusted/job-shell"
  mkdir "$trusted/folder" "$trusted/folder/cron"
  quiet "AmbientCapabilities=$bind" "Launcher=$trusted/folder/cron/*" "Program=$program"
  for name in cron crond atd su login sshd sshd-session; do
    cp /bin/true "$trusted/$name"
    warns "Launcher=$trusted/$name executes a shell for whatever it starts, so Program=$program keeps nothing there unless it is that shell: write the shell, as in Program=/bin/sh, which is then for all that it starts" \
      "AmbientCapabilities=$bind" "Launcher=$trusted/$name" "Program=$program"
    quiet "AmbientCapabilities=$bind" "Launcher=$trusted/$name" "Program=$trusted/sh" "Program=$program"
    quiet "AmbientCapabilities=$bind" "Launcher=$trusted/$name" "Program=$trusted/job-shell"
    quiet "AmbientCapabilities=$bind" "Launcher=$trusted/$name" "Program=$trusted/*"
    quiet "AmbientCapabilities=$bind" "Launcher=$trusted/$name"
  done
  cp /bin/true "$trusted/cronic"
  quiet "AmbientCapabilities=$bind" "Launcher=$trusted/cronic" "Program=$program"
}

@test "check: what it says of a shell in between is so" {
  need_su
  # su executes the shell: the program that it starts gets nothing by its own Program=, and all by the shell's.
  [[ $("$bin" run --log none -a cap_kill --for-program "$(realpath "$(command -v grep)")" -- su -s /bin/sh nobody \
    -c 'grep CapAmb /proc/self/status; true') == *0000000000000000 ]]
  [[ $("$bin" run --log none -a cap_kill --for-program /bin/sh -- su -s /bin/sh nobody \
    -c 'grep CapAmb /proc/self/status; true') == *0000000000000020 ]]
}

@test "check: a Launcher= that is a script" {
  printf '#!/bin/sh -e\n' >"$trusted/script"
  chmod 755 "$trusted/script"
  warns "Launcher=$trusted/script is a script, so the rule never matches there: its interpreter is the launcher, write Launcher=/bin/sh" \
    "AmbientCapabilities=$bind" "Launcher=$trusted/script"
}
