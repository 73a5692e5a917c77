#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The credential change itself, read from /proc/self/status in the launcher between its calls: C1, C3, C5, C7.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  all=$(awk '$1 == "CapPrm:" { print $2 }' /proc/self/status)
  root="$all $all $no_caps $no_caps"
  execute=(path="$work/dump" execve)
}

# left_for_good STEP…: these steps leave root. The launcher has K, and so has the program; bare, and where no rule
# matches, neither has anything, and nothing else differs: results, errno, securebits, keep-caps, groups (C5).
left_for_good() {
  same_as_bare groups=65534 status "$@" status "${execute[@]}"
  assert_sets bare "call $root" "call $nothing" "dump $nothing"
  assert_sets foreign "call $root" "call $nothing" "dump $nothing"
  assert_sets matching "call $root" "call $given" "dump $given"
}

# as_the_kernel STEP…: capkeep changes nothing at all, though the rule would match.
as_the_kernel() {
  same_as_bare groups=65534 status "$@" status
  same bare matching
}

@test "C1 setuid" { left_for_good setuid=65534; }
@test "C1 setreuid" { left_for_good setreuid=65534,65534; }
@test "C1 setresuid" { left_for_good setresuid=65534,65534,65534; }
@test "C1 seteuid, the last of the three uids" { left_for_good setresuid=65534,0,65534 seteuid=65534; }
@test "C1 to uids that differ among themselves" { left_for_good setresuid=65534,65533,65532; }
@test "C1 syscall: setuid setreuid setresuid by number" {
  left_for_good syscall=setuid,65534
  left_for_good syscall=setreuid,65534,65534
  left_for_good syscall=setresuid,65534,65534,65534
}
@test "C1 in steps, each of which leaves a 0 but the last" {
  left_for_good setresuid=-1,65534,-1 setresuid=65534,-1,-1 setresuid=-1,-1,65534
  left_for_good setresuid=65534,-1,-1 setresuid=-1,65534,-1 setresuid=-1,-1,65534
  left_for_good setreuid=65534,-1 setresuid=65534,65534,65534
}
@test "C1 a change away and back, then for good" {
  left_for_good seteuid=65534 seteuid=0 seteuid=65534 seteuid=0 setuid=65534
  left_for_good setresuid=65534,65534,0 setresuid=0,0,0 setresuid=65534,65534,65534
}
@test "C1 a second change, between other users, adds nothing and takes nothing" {
  left_for_good setresuid=65534,65534,65533 setresuid=65534,65533,65534
}

@test "C1 a temporary change is the kernel's alone: seteuid setreuid setresuid" {
  as_the_kernel seteuid=65534
  as_the_kernel seteuid=65534 seteuid=0
  as_the_kernel setreuid=-1,65534 setreuid=-1,0
  as_the_kernel setresuid=65534,65534,0
  as_the_kernel setresuid=0,65534,65534
  as_the_kernel setresuid=65534,65534,0 setresuid=0,0,0
  as_the_kernel syscall=setresuid,65534,65534,0
}
@test "C1 a change to what it is already, or to root, is none" {
  as_the_kernel setuid=0 setreuid=-1,-1 setresuid=0,0,0 seteuid=0 setresuid=-1,-1,-1
}
@test "C1 setfsuid moves no capability that counts" {
  as_the_kernel setfsuid=65534
  as_the_kernel setfsuid=65534 setfsuid=-1 setfsuid=0
  as_the_kernel syscall=setfsuid,65534 syscall=setfsuid,0
}
@test "C5 a call that fails: the same result, the same errno, nothing changed" {
  as_the_kernel setuid=-1 seteuid=-1
  as_the_kernel syscall=setuid,-1
  same_as_bare "${dropped[@]}" status setuid=0 seteuid=0 setreuid=0,0 setresuid=0,0,0 setreuid=-1,1 setuid=-1 \
    setresuid=-1,-1,-1 syscall=setuid,0 syscall=setreuid,0,0 syscall=setresuid,0,0,0 setfsuid=0 setfsuid=-1 status
  assert_sets matching "call $given" "call $given"
}

@test "C1 C7 a launcher that probes its drop is refused: setuid seteuid setreuid setresuid syscall" {
  capture probing "${matching[@]}" "$probes/call" "${dropped[@]}" setuid=0 seteuid=0 setreuid=0,0 setresuid=0,0,0 \
    syscall=setuid,0 syscall=setresuid,0,0,0
  [[ $(grep -c '= -1 errno EPERM$' "$runs/probing") == 6 ]]
}

@test "C2 a saved uid 0 that is left behind goes with the exec: setreuid and seteuid" {
  capture bare "$probes/call" groups=65534 setreuid=65534,-1 seteuid=65534 status "${execute[@]}"
  capture foreign "${foreign[@]}" "$probes/call" groups=65534 setreuid=65534,-1 seteuid=65534 status "${execute[@]}"
  capture matching "${matching[@]}" "$probes/call" groups=65534 setreuid=65534,-1 seteuid=65534 status "${execute[@]}"
  same bare foreign
  same bare matching "${kept_sets[@]}"
  # Until then everything is still permitted, by the kernel's rule.
  assert_sets matching "call $all $no_caps $no_caps $no_caps" "dump $given"
  assert_sets foreign "call $all $no_caps $no_caps $no_caps" "dump $nothing"
}

@test "C2 a saved uid 0 that is left behind: the launcher can still go back when the exec has failed" {
  same_as_bare groups=65534 setreuid=65534,-1 seteuid=65534 path="$work/nothing" execve status seteuid=0 status \
    setresuid=0,0,0 status
  same bare matching
}

# keeps_by_itself STEP…: the launcher has arranged to keep its own; it has them, and K in inheritable and ambient.
keeps_by_itself() {
  local expected
  same_as_bare groups=65534 "$@" setresuid=65534,65534,65534 status "${execute[@]}"
  expected=$(sets bare | awk -v k="$keep_mask" '$1 == "call" { print $1, $2, $3, k, k }')
  assert_sets matching "$expected" "dump $given"
}

@test "C1 a launcher that has set SECBIT_KEEP_CAPS keeps what it would have kept" {
  keeps_by_itself keepcaps=1
  sets bare | grep -q "^call $all $no_caps $no_caps $no_caps\$"
  keeps_by_itself securebits=0x10
  keeps_by_itself setuid=0 securebits=0x30
}
@test "C1 a launcher that has set SECBIT_NO_SETUID_FIXUP keeps what it would have kept" {
  keeps_by_itself securebits=0x4
  sets bare | grep -q "^call $all $all $no_caps $no_caps\$"
  keeps_by_itself securebits=0x0c
  keeps_by_itself securebits=0x14
}
@test "C1 a launcher that has taken SECBIT_KEEP_CAPS back loses all but K" {
  left_for_good keepcaps=1 keepcaps=0 setuid=65534
}
@test "C1 SECBIT_KEEP_CAPS reads as it would have read, before and after" {
  same_as_bare keepcaps=1 status setuid=65534 status keepcaps=0 status
  grep -q $'^KeepCaps:\t1' "$runs/matching"
  same_as_bare setuid=65534 status keepcaps=1 status
  same_as_bare seteuid=65534 status seteuid=0 status setresuid=65534,65534,0 status setuid=-1 status
}
@test "C5 a locked SECBIT_KEEP_CAPS: the change itself is as ever" {
  same_as_bare securebits=0x20 setuid=65534 status
  assert_sets matching "call $nothing"
}

@test "C2 what is kept for a Program= waits in permitted: setuid" {
  capture waiting "${matching[@]}" CAPKEEP_PROGRAM="$work/dump" "$probes/call" groups=65534 setuid=65534 status \
    "${execute[@]}"
  assert_sets waiting "call $waiting" "dump $given"
  capture other "${matching[@]}" CAPKEEP_PROGRAM="$work/dump" "$probes/call" groups=65534 setuid=65534 status \
    path="$probes/dump" execve
  assert_sets other "call $waiting" "dump $nothing"
}

@test "C3 the bounding set is applied at the change, no sooner, and binds the program" {
  capture bound "${matching[@]}" CAPKEEP_BOUNDING='cap_net_bind_service cap_sys_time cap_chown' CAPKEEP_NO_NEW_PRIVS=yes \
    "$probes/call" groups=65534 status setuid=65534 status "${execute[@]}"
  assert_sets bound "call $root" "call $given" "dump $given"
  diff -u <(printf 'CapBnd:\t%s\nNoNewPrivs:\t%s\n' "$all" 0 0000000002000401 1 0000000002000401 1) \
    <(grep -E '^(CapBnd|NoNewPrivs):' "$runs/bound")
}
@test "C3 the bounding set where nothing else is kept of CAP_SETPCAP" {
  capture bound "${matching[@]}" CAPKEEP_BOUNDING="$keep cap_setpcap" "$probes/call" groups=65534 \
    setresuid=65534,65534,65534 status "${execute[@]}"
  assert_sets bound "call $given" "dump $given"
  [[ $(grep -c "^CapBnd:"$'\t'0000000002000500 "$runs/bound") == 2 ]]
}
@test "C3 each for itself: CAPKEEP_BOUNDING without CAPKEEP_NO_NEW_PRIVS and the reverse" {
  capture bound "${matching[@]}" CAPKEEP_BOUNDING="$keep" "$probes/call" groups=65534 setuid=65534 status
  grep -qE "^CapBnd:"$'\t'"$keep_mask\$" "$runs/bound"
  grep -qE $'^NoNewPrivs:\t0$' "$runs/bound"
  capture nnp "${matching[@]}" CAPKEEP_NO_NEW_PRIVS=yes "$probes/call" groups=65534 setuid=65534 status
  grep -qE "^CapBnd:"$'\t'"$all\$" "$runs/nnp"
  grep -qE $'^NoNewPrivs:\t1$' "$runs/nnp"
}
@test "C3 C5 neither is applied where the rule does not match, or the change is temporary" {
  local -a bound=(CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes)
  capture bare "$probes/call" seteuid=65534 status seteuid=0 setuid=65534 status
  capture foreign "${foreign[@]}" "${bound[@]}" "$probes/call" seteuid=65534 status seteuid=0 setuid=65534 status
  same bare foreign
  capture bare "$probes/call" seteuid=65534 status seteuid=0 status
  capture matching "${matching[@]}" "${bound[@]}" "$probes/call" seteuid=65534 status seteuid=0 status
  same bare matching
}

@test "C7 what was not permitted before the change is not after it" {
  local some
  # One of the two is taken out of the bounding set, and so out of permitted.
  capture without setpriv --bounding-set -sys_time env "${matching[@]}" "$probes/call" groups=65534 status setuid=65534 \
    status "${execute[@]}"
  some=$(printf '%016x' $((16#$all & ~(1 << 25))))
  assert_sets without "call $some $some $no_caps $no_caps" \
    "call 0000000000000400 0000000000000400 0000000000000400 0000000000000400" \
    "dump 0000000000000400 0000000000000400 0000000000000400 0000000000000400"
}
@test "C7 after every wrapped uid call permitted is a part of what it was" {
  for mask in "$keep" 'cap_chown cap_kill' 63 "$(seq -s ' ' 0 40)"; do
    capture less setpriv --bounding-set -chown,-sys_time env "${preload[@]}" CAPKEEP_AMBIENT="$mask" "$probes/call" \
      status seteuid=65534 status seteuid=0 status setreuid=65534,-1 status setresuid=0,0,0 status setfsuid=65534 status \
      setresuid=65534,65534,65534 status setuid=0 status setreuid=-1,-1 status syscall=setuid,65534 status
    sets less | awk '{ print $2 }' | only_shrinks
  done
}

# Fails where a line has a bit that the line before it has not.
only_shrinks() {
  local before=ffffffffffffffff mask count=0
  while read -r mask; do
    (((16#$mask & ~16#$before) == 0)) || { echo "$before -> $mask" >&2; return 1; }
    before=$mask
    count=$((count + 1))
  done
  ((count == 10))
}

# sets_with VAR=VALUE…: the ambient set of the program where the rule has these restrictions.
ambient_with() {
  capture restricted "${matching[@]}" "$@" "$probes/call" groups=65534 setuid=65534 "${execute[@]}"
  awk '$1 == "CapAmb:" { print $2 }' "$runs/restricted"
}

@test "C1 C5 CAPKEEP_USER restricts, by name, number and list" {
  for users in nobody 65534 'daemon nobody' '1 2 65534'; do
    [[ $(ambient_with CAPKEEP_USER="$users") == "$keep_mask" ]]
  done
  for users in daemon 1 '1 2 3' root; do
    [[ $(ambient_with CAPKEEP_USER="$users") == "$no_caps" ]]
  done
}
@test "C1 C5 CAPKEEP_LAUNCHER restricts" {
  cp "$probes/call" "$work/call"
  ln -s call "$work/link"
  ln -s "$probes" "$work/folder"
  for launcher in "$probes/call" "$probes/*" "$work/folder/call" "$work/folder/*"; do
    [[ $(ambient_with CAPKEEP_LAUNCHER="$launcher") == "$keep_mask" ]]
  done
  for launcher in "$work/call" "$work/*" "$work/link" /bin/sh /nonexistent/launcher; do
    [[ $(ambient_with CAPKEEP_LAUNCHER="$launcher") == "$no_caps" ]]
  done
}
@test "C2 what is ambient and kept only for another program is lowered, and put back where the exec fails" {
  local sets='+net_bind_service,+sys_time'
  local holder=(setpriv --inh-caps "$sets" --ambient-caps "$sets")
  # With SECBIT_NO_SETUID_FIXUP (4) the launcher's own ambient set outlives its change.
  local steps=(securebits=4 groups=65534 setuid=65534 path="$work/nothing" execve status path="$work/dump" execve)
  capture other "${matching[@]}" CAPKEEP_PROGRAM=/usr/bin/nothing "${holder[@]}" "$probes/call" "${steps[@]}"
  assert_sets other "call $all $all $keep_mask $keep_mask" "dump $nothing"
  capture its_own "${matching[@]}" CAPKEEP_PROGRAM="$work/dump" "${holder[@]}" "$probes/call" "${steps[@]}"
  assert_sets its_own "call $all $all $keep_mask $keep_mask" "dump $given"
}

@test "C2 C5 CAPKEEP_PROGRAM restricts" {
  ln -s dump "$work/link"
  ln -s "$work" "$work/folder"
  for program in "$work/dump" "$work/*" "$work/link" "$work/folder/dump" "$work/folder/*"; do
    [[ $(ambient_with CAPKEEP_PROGRAM="$program") == "$keep_mask" ]]
  done
  for program in "$probes/call" "$probes/*" "$work/dump/*" /bin/sh /nonexistent/program; do
    [[ $(ambient_with CAPKEEP_PROGRAM="$program") == "$no_caps" ]]
  done
}
