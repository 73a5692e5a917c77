#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep run -u USER`: capkeep is the launcher itself. It ends in the very state that setpriv or capsh give when they
# are told to: all sets, securebits, no_new_privs, uids, gids, groups, environment, descriptors and signals (C1 to C4).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/policies

setup_file() {
  etc_setup_file
}

setup() {
  probes_setup
  bind=cap_net_bind_service time=cap_sys_time
  ids=(--reuid 65534 --regid 65534 --init-groups)
  program=("$work/dump" a 'b c')
}

# with_plus "cap_kill cap_chown": as setpriv wants them, "+kill,+chown".
with_plus() {
  local caps=${1//cap_/+}
  echo "${caps// /,}"
}

# model CAPS [OPTION…]: the state to compare with, from setpriv without capkeep.
model() {
  local caps
  caps=$(with_plus "$1")
  shift
  capture model "${around[@]}" setpriv "${ids[@]}" --inh-caps "$caps" --ambient-caps "$caps" "$@" "${program[@]}"
  # No test of equality with a state that has nothing.
  run ! grep -q $'^CapAmb:\t0000000000000000' "$runs/model"
  grep -q '^CapAmb' "$runs/model"
}

# become [OPTION…]: the same by capkeep.
become() {
  capture become "${around[@]}" "$bin" run -u nobody --log none "$@" -- "${program[@]}"
}

# refuses TEXT [OPTION…]: it says why, in one line, and nothing is started.
refuses() {
  local text=$1
  shift
  capture refuses "${around[@]}" "$bin" run --log none "$@" -- "${program[@]}"
  if [[ $(said_by refuses) != *"$text"* || $(cat "$runs/refuses") != stderr:$'\n'"$(said_by refuses)"$'\n'"status: 125" ||
    $(said_by refuses) == *$'\n'* ]]; then
    echo "instead of: $text"
    cat "$runs/refuses"
    return 1
  fi
}

each_set() {
  printf '%s\n' cap_kill "$bind $time" 'cap_chown cap_setuid cap_setpcap cap_checkpoint_restore' \
    'cap_setgid cap_net_admin cap_net_raw cap_mknod cap_perfmon cap_bpf'
}

# --- the state

@test "C1 C2 C4 exact: run -u NAME and run -u UID end where setpriv does" {
  while read -r caps; do
    model "$caps"
    become -a "$caps"
    same model become
    capture uid "$bin" run -u 65534 --log none -a "$caps" -- "${program[@]}"
    same model uid
    capture long "$bin" run --user=nobody --log none --ambient="$caps" "${program[@]}"
    same model long
  done < <(each_set)
}

@test "C3 exact: -b and --no-new-privs end where setpriv's --bounding-set and --no-new-privs do" {
  while read -r caps; do
    model "$caps" --bounding-set "-all,$(with_plus "$caps")" --no-new-privs
    become -a "$caps" -b "$caps" --no-new-privs
    same model become
    model "$caps" --bounding-set "-all,$(with_plus "$caps"),+fowner,+lease"
    become -a "$caps" -b "$caps" -b "cap_fowner lease"
    same model become
    model "$caps" --no-new-privs
    become -a "$caps" --no-new-privs
    same model become
  done < <(each_set)
}

@test "C1 C3 exact: --iab ends where capsh's --iab does" {
  command -v capsh >/dev/null || skip_because "--iab" "capsh is not installed"
  capsh_sets='Env:.HOME='
  for iab in '^cap_kill,!cap_chown,%cap_sys_time' '^cap_net_raw' 'cap_kill,^cap_chown' '%^cap_kill,!cap_net_raw,!cap_mknod' \
    '^!cap_kill,!%cap_chown' '^cap_setpcap,!cap_setpcap' '^7,!0'; do
    capture model capsh --keep=1 --user=nobody --iab="$iab" --shell="${program[0]}" -- "${program[@]:1}"
    run ! grep -q $'^CapAmb:\t0000000000000000' "$runs/model"
    become --iab "$iab"
    same model become "$capsh_sets"
    # The same through a launcher. (Not through setpriv: its own capset lowers what can then no longer be inheritable.)
    capture launched "$bin" run --log none --iab "$iab" -- "$probes/call" "${dropped[@]}" path="${program[0]}" \
      "${program[@]/#/arg=}" execve
    same model launched "$capsh_sets" 'setresuid =' 'capkeep: run: warning:'
  done
  # With -a and -b, together as one rule.
  capture model capsh --keep=1 --user=nobody --iab='^cap_kill,^cap_chown,%cap_lease,!cap_mknod' --shell="${program[0]}" -- \
    "${program[@]:1}"
  become -a cap_chown --iab '^cap_kill,%cap_lease,!cap_mknod'
  same model become "$capsh_sets"
}

@test "C1 exact: the user's groups, in a private /etc" {
  etc_setup
  sed '$a capkeep-user:x:4711:4712::/nonexistent:/bin/sh' /etc/passwd >"$etc/passwd"
  { cat /etc/group && printf '%s\n' capkeep-own:x:4712: capkeep-a:x:4713:capkeep-user capkeep-b:x:4714:root,capkeep-user \
    capkeep-c:x:4715:root capkeep-d:x:4716:capkeep-user; } >"$etc/group"
  around=("${in_etc[@]}")
  ids=(--reuid 4711 --regid 4712 --init-groups)
  model "$bind $time"
  for user in capkeep-user 4711; do
    capture become "${around[@]}" "$bin" run -u "$user" --log none -a "$bind $time" -- "${program[@]}"
    same model become
  done
  grep -qE $'^Groups:\t4712 4713 4714 4716 ?$' "$runs/become"
  grep -qx $'Gid:\t4712\t4712\t4712\t4712' "$runs/become"
}

@test "C1 exact: the groups of a user who has more than most, in a private /etc" {
  local number
  etc_setup
  sed '$a capkeep-user:x:4711:4712::/nonexistent:/bin/sh' /etc/passwd >"$etc/passwd"
  { cat /etc/group && for number in {5001..5100}; do echo "capkeep-$number:x:$number:capkeep-user"; done; } >"$etc/group"
  around=("${in_etc[@]}")
  ids=(--reuid 4711 --regid 4712 --init-groups)
  model "$bind"
  capture become "${around[@]}" "$bin" run -u capkeep-user --log none -a "$bind" -- "${program[@]}"
  same model become
  grep -qE $'^Groups:\t4712 5001 .* 5100 ?$' "$runs/become"
}

@test "run -u looks the groups of most users up once" {
  command -v strace >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "strace is not installed"
  strace -o "$work/calls" -e trace=openat "$bin" run -u nobody -a "$bind" --log none -- true
  (($(grep -c '"/etc/group"' "$work/calls") <= 1))
}

@test "C1 exact: run -u in a user namespace" {
  can_unshare --user || skip_because "run -u in a user namespace" "no user namespace to be had"
  write_in_user_namespace
  around=("$work/in-user-namespace")
  model "$bind $time" --no-new-privs
  become -a "$bind $time" --no-new-privs
  same model become
  assert_sets become "dump $keep_mask $keep_mask $keep_mask $keep_mask"
}

@test "C4 exact: of LD_PRELOAD and the environment only what is capkeep's goes" {
  base+=(LD_PRELOAD="$probes/second_preload.so" B='two words' EMPTY=)
  model "$bind"
  become -a "$bind"
  same model become
  # Also where the library has come along.
  for list in "$lib:$probes/second_preload.so" "$probes/second_preload.so $lib" "$lib $probes/second_preload.so:$lib"; do
    capture become LD_PRELOAD="$list" CAPKEEP_USER=nobody CAPKEEP_AMBIENT="$bind" CAPKEEP_LOG=none CAPKEEP_OF_LATER_VERSIONS=1 \
      "$bin" run -u nobody -- "${program[@]}"
    same model become
  done
  base=("${base[@]:0:4}")
  model "$bind"
  capture become LD_PRELOAD="$lib" "$bin" run -u nobody --log none -a "$bind" -- "${program[@]}"
  same model become
}

@test "C1 exact: what was inheritable, signals and descriptors are handed on as setpriv does" {
  around=(setpriv --inh-caps "+chown,+fowner" perl -e '$SIG{USR1} = $SIG{HUP} = "IGNORE"; $^F = 9; open my $f, "<", "/etc/passwd"; exec @ARGV')
  model "$bind"
  # setpriv --inh-caps sets what it names.
  become -a "$bind" --iab '%cap_chown,%cap_fowner'
  same model become CapInh
  grep -qx $'CapInh:\t0000000000000409' "$runs/become"
  become -a "$bind"
  grep -qx $'CapInh:\t0000000000000409' "$runs/become"
}

# --- users

@test "C8 run -u: no such user, and root" {
  refuses 'unknown user "nobdy"; did you mean nobody?' -u nobdy -a "$bind"
  refuses 'unknown user "roott"' -u roott -a "$bind"
  [[ $(said_by refuses) == *'"roott"' ]] # root is never proposed
  refuses 'unknown user "4294967295"' -u 4294967295 -a "$bind"
  refuses 'unknown user "4294967296"' -u 4294967296 -a "$bind"
  refuses 'unknown user "-1"' -u -1 -a "$bind"
  refuses 'unknown user ""' -u '' -a "$bind"
  refuses 'root has its capabilities anyway' -u root -a "$bind"
  refuses 'root has its capabilities anyway' -u 0 -a "$bind"
  refuses 'root has its capabilities anyway' -u 0:0 -a "$bind"
  refuses 'root has its capabilities anyway' -u root:nogroup -a "$bind"
  refuses 'unknown group "nogruop"' -u nobody:nogruop -a "$bind"
  refuses 'unknown group ""' -u nobody: -a "$bind"
  refuses 'unknown group "4294967295"' -u 2400:4294967295 -a "$bind"
  refuses 'unknown user ""' -u :nogroup -a "$bind"
  refuses 'unknown group "x"' -u nobody --groups 4,x -a "$bind"
  refuses 'unknown group ""' -u nobody --groups 4, -a "$bind"
  refuses '--groups and --keep-groups belong to -u' --groups 4 -a "$bind"
  refuses '--groups and --keep-groups contradict each other' -u nobody --groups 4 --keep-groups -a "$bind"
}

# ends_as "SETPRIV-OPTIONS" RUN-OPTION…: in the state that setpriv ends in.
ends_as() {
  local options=$1
  shift
  read -ra ids <<<"$options"
  model cap_sys_nice
  capture become "$bin" run --log none -a cap_sys_nice "$@" -- "${program[@]}"
  same model become
}

@test "C1 run -u: numbers without an account, and with groups as named" {
  [[ ! $(getent passwd 2400; getent group 2400 2401) ]] || skip_because "$BATS_TEST_DESCRIPTION" 'there is a 2400 here'
  ends_as '--reuid 2400 --regid 2400 --groups 2400' -u 2400
  ends_as '--reuid 2400 --regid 2401 --groups 2401' -u 2400:2401
  ends_as '--reuid 2400 --regid daemon --groups daemon' -u 2400:daemon
  ends_as '--reuid 65534 --regid daemon --groups daemon' -u nobody:daemon
  ends_as '--reuid 65534 --regid 1 --groups 1' -u 65534:1
  ends_as '--reuid 65534 --regid nogroup --init-groups' -u nobody
  ends_as '--reuid 65534 --regid nogroup --groups 4,1,2401' -u nobody --groups adm,daemon,2401
  ends_as '--reuid 2400 --regid 2401 --groups 4' -u 2400:2401 --groups 4
  ends_as '--reuid 65534 --regid nogroup --keep-groups' -u nobody --keep-groups
}

@test "C8 run -u: nothing to keep is refused" {
  etc_setup
  rm -r "$conf"
  around=("${in_etc[@]}")
  refuses "nothing to keep: give -a CAPS or --policy FILE, or write /etc/capkeep/capkeep.conf" -u nobody
}

@test "C6 run -u by somebody who is not root is refused" {
  around=(setpriv --reuid 1 --clear-groups)
  refuses "there are no capabilities here that could be kept; run this as root" -u nobody -a "$bind"
  # Nor is it enough to be able to become somebody else.
  around=(setpriv --reuid 1 --clear-groups --inh-caps "+setuid,+setgid,+net_bind_service" \
    --ambient-caps "+setuid,+setgid,+net_bind_service")
  refuses "-u works as root" -u nobody -a "$bind"
}

# --- rules

@test "C1 C5 run -u: the policy's rule is for this user, or it is refused" {
  policies_setup
  write_policy "$policy" '[Keep a]' 'User=nobody' "AmbientCapabilities=$bind" '[Keep b]' 'User=bin' \
    "AmbientCapabilities=$time" 'NoNewPrivileges=yes'
  model "$bind"
  become --policy "$policy"
  same model become
  capture become CAPKEEP_POLICY="$policy" "$bin" run -u nobody --log none -- "${program[@]}"
  same model become
  refuses "no rule of the policy is for user daemon" --policy "$policy" -u daemon
  refuses "no rule of the policy is for user nobody" -u nobody -a "$bind" --for-user daemon
  ids=(--reuid bin --regid bin --init-groups)
  model "$time" --no-new-privs
  capture become "$bin" run -u bin --log none --policy "$policy" -- "${program[@]}"
  same model become
}

@test "C1 run -u: the installed policy" {
  policies_setup
  etc_setup
  around=("${in_etc[@]}")
  write_policy "$conf/capkeep.conf.d/a.conf" '[Keep a]' 'User=nobody' "AmbientCapabilities=$bind"
  model "$bind"
  become
  same model become
  refuses "no rule of the policy is for user daemon" -u daemon
}

@test "C2 run -u: a rule with Program= is for that program, by text and by link, or it is refused" {
  ln -s dump "$work/link"
  model "$bind"
  for path in "$work/dump" "$work/link" "$work/*"; do
    become -a "$bind" --for-program "$path"
    same model become
  done
  refuses "$work/dump: the policy keeps nothing for this program" -u nobody -a "$bind" --for-program /bin/true
}

@test "C2 run -u: what is kept for another program only is not handed on" {
  policies_setup
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind" '[Keep b]' 'Program=/bin/true' "AmbientCapabilities=$time" \
    '[Keep c]' "Program=$work/dump" 'AmbientCapabilities=cap_kill'
  model "$bind cap_kill"
  become --policy "$policy"
  same model become
}

@test "C1 run -u: a rule with Launcher= is for capkeep, or it is refused" {
  model "$bind"
  for launcher in "$bin" "${bin%/*}/*"; do
    become -a "$bind" --for-launcher "$launcher"
    same model become
  done
  refuses "no rule of the policy is for user nobody" -u nobody -a "$bind" --for-launcher /bin/su
}

# --- failure

@test "C6 run -u: what is not permitted is refused, and with --on-failure continue it starts with the rest" {
  around=(setpriv --bounding-set -net_bind_service)
  model "$time"
  refuses "$bind cannot be kept: it was not in the permitted set just before" -u nobody -a "$bind $time"
  refuses "$bind cannot be kept: it was not in the permitted set just before" -u nobody -a "$bind $time" --on-failure refuse
  become -a "$bind $time" --on-failure continue
  same model become capkeep:
  [[ $(said_by become) == "capkeep: run: $bind cannot be kept: it was not in the permitted set just before" ]]
  refuses "none of the capabilities to keep is permitted here" -u nobody -a "$bind" --on-failure continue
}

@test "C6 run -u: a rule of a file says itself what to do on failure" {
  policies_setup
  around=(setpriv --bounding-set -net_bind_service)
  model "$time"
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind $time"
  become --policy "$policy"
  same model become capkeep:
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind $time" 'OnFailure=refuse'
  refuses "$bind cannot be kept: it was not in the permitted set just before" -u nobody --policy "$policy"
}

@test "C6 run -u: SECBIT_NO_CAP_AMBIENT_RAISE is a reason" {
  command -v capsh >/dev/null || skip_because "SECBIT_NO_CAP_AMBIENT_RAISE" "capsh is not installed"
  capture refuses capsh --secbits=0x40 --shell="$bin" -- run -u nobody --log none -a "$bind" -- "${program[@]}"
  grep -q "$bind cannot be kept: SECBIT_NO_CAP_AMBIENT_RAISE forbids ambient capabilities" "$runs/refuses"
  grep -qx 'status: 125' "$runs/refuses"
}

@test "C6 run -u: a program with file capabilities or set-user-ID is refused with the reason" {
  cp "$work/dump" "$work/with-caps"
  setcap cap_chown+ep "$work/with-caps" 2>/dev/null || skip_because "file capabilities" "setcap is not permitted here"
  cp "$work/dump" "$work/set-id"
  chmod 4755 "$work/set-id"
  printf '#!%s\n' "$work/with-caps" >"$work/script"
  chmod 755 "$work/script"
  while read -r name reason; do
    program=("$work/$name" a)
    refuses "$bind cannot be kept: $reason: the kernel clears ambient" -u nobody -a "$bind"
  done <<'NAMES'
with-caps the program has file capabilities
script the program has file capabilities
set-id the program is set-user-ID or set-group-ID
NAMES
  program=("$work/with-caps")
  become -a "$bind" --on-failure continue
  assert_sets become "with-caps 0000000000000001 0000000000000001 0000000000000400 $no_caps"
  [[ $(said_by become) == *"$bind cannot be kept: the program has file capabilities"* ]]
}

# --- the program

@test "run -u: the exit status is the program's, and the pid stays" {
  run -7 "$bin" run -u nobody -a "$bind" --log none -- sh -c 'exit 7'
  run -0 "$bin" run -u nobody -a "$bind" --log none -- true
  run sh -c 'echo $$; exec "$0" run -u nobody -a cap_kill --log none -- sh -c "echo \$\$; kill -9 \$\$"' "$bin"
  [[ $status -eq 137 && ${lines[0]} == "${lines[1]}" ]]
}

@test "run -u: 126 found but not executable, 127 not found, by what the user may" {
  cp "$work/dump" "$work/private"
  chmod 700 "$work/private"
  mkdir -m 700 "$work/closed"
  cp "$work/dump" "$work/closed/dump"
  printf 'echo no\n' >"$work/text"
  while read -r want name; do
    capture status "$bin" run -u nobody -a "$bind" --log none -- "$name"
    grep -qx "status: $want" "$runs/status"
    [[ $(said_by status) == "capkeep: $name: "* ]]
  done <<NAMES
126 /etc
126 $work/private
126 $work/closed/dump
126 $work/text
126 ./text
127 $work/nothing
127 no-such-command
127 ./no-such-command
NAMES
  capture status PATH="$work:/usr/bin" "$bin" run -u nobody -a "$bind" --log none -- text
  grep -qx 'status: 126' "$runs/status"
  # A capability that lets the user in counts.
  program=("$work/closed/dump")
  model 'cap_dac_read_search'
  become -a cap_dac_read_search
  same model become
}

# The way that execvp(3) goes is also setpriv's: what it starts, and with which arguments.
@test "C2 run -u: PATH, argv[0] and scripts as execvp has them" {
  mkdir "$work/first" "$work/second" "$work/third"
  cp "$work/dump" "$work/first/not-executable"
  chmod 644 "$work/first/not-executable"
  cp "$work/dump" "$work/second/not-executable"
  cp "$work/dump" "$work/third/only-there"
  printf 'exec %s "$0" "$@"\n' "$work/dump" >"$work/third/no-interpreter"
  printf '#!/bin/sh\nexec %s "$0" "$@"\n' "$work/dump" >"$work/third/script"
  chmod 755 "$work/third"/*
  for path in "$work/first:$work/second:$work/third:/usr/sbin:/usr/bin:/sbin:/bin" "/nonexistent::$work/third/" "$work/third:"; do
    base=(PATH="$path" HOME=/ A=1)
    around=()
    for name in not-executable only-there no-interpreter script ./dump ./third/script third/no-interpreter dump; do
      program=("$name" a 'b c' '')
      [[ $path == *first* || $name != not-executable ]] || continue
      [[ $path != *first* || $name != dump ]] || continue
      capture model /usr/bin/setpriv "${ids[@]}" --inh-caps +kill --ambient-caps +kill "${program[@]}"
      grep -q $'^CapAmb:\t0000000000000020' "$runs/model"
      become -a cap_kill
      same model become
    done
  done
}

@test "C2 run -u: without PATH, where the C library looks" {
  for name in env no-such-command; do
    capture model env -u PATH /usr/bin/setpriv "${ids[@]}" --inh-caps +kill --ambient-caps +kill "$name"
    capture become env -u PATH "$bin" run -u nobody --log none -a cap_kill -- "$name"
    same model become setpriv: capkeep:
  done
}
