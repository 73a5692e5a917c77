#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The kernel refuses the library a call: each in turn, once and always, with EPERM, ENOSYS, EINTR and ENOMEM. Whatever it
# is, the launcher's own call answers as ever, nothing is left that the policy does not give, what is not kept in whole
# is told (C6), permitted only shrinks (C7), and OnFailure=refuse starts nothing without it.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

errors=(EPERM ENOSYS EINTR ENOMEM)

setup() {
  probes_setup
  can_refuse || skip_because "$BATS_TEST_DESCRIPTION" "no seccomp filter to be had without no_new_privs"
  preload=(LD_PRELOAD="$lib" CAPKEEP_LOG=stderr)
  rule=("${preload[@]}" CAPKEEP_AMBIENT="$keep")
  all="$keep_mask $keep_mask $keep_mask $keep_mask"
  execute=(status path="$work/dump" execve)
}

can_refuse() {
  "$probes/call" fault-for-all=getgid,EPERM
}

# judge MODE CALL DUMP: what the last run printed. Either all is as without a fault (CALL and DUMP are the sets of the
# launcher after the change and of the program), or a line tells that it is not; and in either case the rest holds.
judge() {
  awk -F '\t' -v mode="$1" -v call="$2" -v dump="$3" -v keep="$keep_mask" '
    function bad(why) { print "BAD: " why; failed = 1 }
    /^(setresuid|setuid|syscall setresuid) = / && !/ = 0$/ { bad("the launcher was told: " $0) }
    /^(setresuid|setuid|syscall setresuid) = 0$/ { changed = 1 }
    /^(execve|posix_spawn) = / && !/ errno EPERM$|^posix_spawn = [01]$/ { bad("the launcher was told: " $0) }
    /^(execve = -1 errno EPERM|posix_spawn = 1)$/ { refused = 1 }
    /^capkeep\[/ { if (/event=(not-kept|not-narrowed|refused) /) told = 1; if (/ narrowing=failed/) wide = 1 }
    $1 == "Name:" { name = $2 }
    $1 == "SigBlk:" && $2 !~ /^0*$/ { bad("a signal is blocked") }
    $1 == "CapInh:" { i = $2 } $1 == "CapPrm:" { p = $2 } $1 == "CapEff:" { e = $2 }
    $1 == "CapAmb:" {
      state = p " " e " " i " " $2
      if (name == "dump") { started = 1; if (p != e || p != $2) bad("the program has " state) }
      if (name == "dump" && state != dump) partial = without = 1
      if (name != "dump" && state != call) partial = 1
      if (p !~ /^0*(2000400|2000000|400)?$/) more = name " " state
    }
    $1 == "KeepCaps:" && $2 != 0 { partial = 1 }
    END {
      if (!changed) bad("the uid was not changed")
      if (partial && !told) bad("not all is kept, and nothing is told")
      if (more && !wide) bad("more than the policy gives: " more)
      if (mode == "refuse" && without) bad("the program was started without what it must have")
      if (mode == "refuse" && !started && !refused) bad("neither started nor refused")
      if (mode == "continue" && !started) bad("the program was not started")
      exit failed
    }' "$runs/now"
}

# each_once MODE CALL DUMP VAR=VALUE… -- STEP…: the Nth call of the library fails, for every N that there is. Sets
# `count`.
each_once() {
  local mode=$1 call=$2 dump=$3 variables=() error failed=0
  shift 3
  while [[ $1 != -- ]]; do
    variables+=("$1")
    shift
  done
  shift
  for error in "${errors[@]}"; do
    for ((count = 1; count < 400; count++)); do
      capture now "${variables[@]}" CAPKEEP_ON_FAILURE="$mode" "$probes/call" groups=65534 \
        fault="any,$error,$count" "$@"
      grep -q '^fault: ' "$runs/now" || break
      judge "$mode" "$call" "$dump" || { failed=1; echo "$mode any,$error,$count: $(grep '^fault: ' "$runs/now")"; }
    done
  done
  ((count < 400 && failed == 0))
}

# each_always MODE CALL DUMP VAR=VALUE… -- FAULT…: one kind of call fails always.
each_always() {
  local mode=$1 call=$2 dump=$3 variables=() error fault failed=0
  shift 3
  while [[ $1 != -- ]]; do
    variables+=("$1")
    shift
  done
  shift
  for fault in "$@"; do
    for error in "${errors[@]}"; do
      capture now "${variables[@]}" CAPKEEP_ON_FAILURE="$mode" "$probes/call" groups=65534 fault="$fault,$error" \
        setresuid=65534,65534,65534 "${execute[@]}"
      judge "$mode" "$call" "$dump" || { failed=1; echo "$mode $fault,$error"; }
    done
  done
  ((failed == 0))
}

# By name; prctl by its option: SET_KEEPCAPS (8) with 0 and with 1, GET_NAME (16), CAPBSET_READ (23), GET_SECUREBITS
# (27), GET_NO_NEW_PRIVS (39), CAP_AMBIENT (47) with IS_SET (1) and RAISE (2).
calls=(capget capset prctl prctl:8 prctl:8:0 prctl:8:1 prctl:16 prctl:23 prctl:27 prctl:39 prctl:47 prctl:47:1 prctl:47:2
  getresuid rt_sigaction openat close pread64 readlinkat statx statfs getxattr getpid gettid ppoll sendmsg pipe2 tee
  write socket)

@test "C6 C7 each call fails once, and the launcher goes on" {
  each_once continue "$all" "$all" "${rule[@]}" -- setresuid=65534,65534,65534 "${execute[@]}"
  ((count > 35))
  each_once continue "$waiting" "$all" "${rule[@]}" CAPKEEP_PROGRAM="$work/dump" -- setresuid=65534,65534,65534 \
    "${execute[@]}"
}

@test "C6 C7 each call fails once, and nothing is started without what it must have" {
  each_once refuse "$all" "$all" "${rule[@]}" -- setresuid=65534,65534,65534 "${execute[@]}"
  each_once refuse "$waiting" "$all" "${rule[@]}" CAPKEEP_PROGRAM="$work/dump" -- setresuid=65534,65534,65534 \
    "${execute[@]}"
}

@test "C3 C6 each call fails once, with a bounding set to cut down and no_new_privs to set" {
  errors=(EPERM)
  for mode in continue refuse; do
    each_once "$mode" "$all" "$all" "${rule[@]}" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes -- setuid=65534 \
      "${execute[@]}"
    ((count > 75))
  done
}

@test "C2 C6 each call fails once, and the parent of posix_spawn is as it was" {
  errors=(EPERM EINTR)
  for mode in continue refuse; do
    each_once "$mode" "$waiting" "$all" "${rule[@]}" CAPKEEP_PROGRAM="$work/dump" -- syscall=setresuid,65534,65534,65534 \
      path="$work/dump" posix_spawn status
  done
}

@test "C6 C7 each call fails always" {
  each_always continue "$all" "$all" "${rule[@]}" -- "${calls[@]}"
  each_always refuse "$all" "$all" "${rule[@]}" -- "${calls[@]}"
}

@test "C6 C7 each call fails always, for a rule with a program" {
  errors=(EPERM ENOSYS)
  # The name that the rule has is a link to what is executed: text alone does not tell.
  ln -s "$work/dump" "$work/link"
  for mode in continue refuse; do
    each_always "$mode" "$waiting" "$all" "${rule[@]}" CAPKEEP_PROGRAM="$work/link" -- "${calls[@]}"
  done
}

@test "C3 C6 what hardens fails always" {
  # PR_CAPBSET_DROP (24), PR_SET_NO_NEW_PRIVS (38).
  for mode in continue refuse; do
    each_always "$mode" "$all" "$all" "${rule[@]}" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes -- prctl:24 prctl:38 \
      prctl:23 capset
    for fault in prctl:24 prctl:38; do
      capture now "${rule[@]}" CAPKEEP_ON_FAILURE="$mode" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes \
        "$probes/call" groups=65534 fault="$fault,EPERM" setuid=65534 "${execute[@]}"
      grep -q ' hardening=failed' "$runs/now"
      [[ $mode == continue ]] || run ! grep -q ^Name:$'\t'dump "$runs/now"
    done
  done
}

@test "C6 what could be read and set a moment ago is refused from then on" {
  # Of capset, the first one only tries; SECBIT_KEEP_CAPS is put back after it was set.
  for fault in capset,EPERM,2+ capset,ENOMEM,3+ prctl:8:0,EPERM,2+ getresuid,EPERM,2+ capget,EPERM,2+ prctl,EPERM,4+; do
    for mode in continue refuse; do
      capture now "${rule[@]}" CAPKEEP_ON_FAILURE="$mode" "$probes/call" groups=65534 fault="$fault" setresuid=65534,65534,65534 \
        "${execute[@]}"
      judge "$mode" "$all" "$all" || { echo "$mode $fault"; return 1; }
    done
  done
  # Nothing could be lowered there: that is told by its name.
  capture now "${rule[@]}" "$probes/call" groups=65534 fault=capset,EPERM,2+ setuid=65534 status
  grep -q 'event=not-narrowed .*call=setuid .*capset-refused=.* narrowing=failed' "$runs/now"
  grep -qx $'KeepCaps:\t0' "$runs/now"
}

@test "C1 C6 a filter that refuses capset by the error that tells that it is allowed" {
  for error in EINVAL EFAULT; do
    capture now "${rule[@]}" "$probes/call" groups=65534 fault-for-all="capset,$error" setuid=65534 status
    assert_sets now "call $no_caps $no_caps $no_caps $no_caps"
    grep -q 'event=not-kept .*call=setuid .*capset-refused=' "$runs/now"
  done
}

@test "C3 a filter that refuses to tell the bounding set by the error for a capability that there is none of" {
  capture now "${rule[@]}" CAPKEEP_BOUNDING="$keep" "$probes/call" fault-for-all=prctl:23,EINVAL path="$probes/call" arg=call \
    arg=groups=65534 arg=setuid=65534 arg=status execve
  assert_sets now "call $keep_mask $keep_mask $keep_mask $keep_mask"
  grep -qx $'CapBnd:\t'"$keep_mask" "$runs/now"
}

@test "C5 where no rule matches, a refused call changes nothing" {
  capture bare "$probes/call" groups=65534 seteuid=65534 seteuid=0 setresuid=65534,65534,0 setresuid=0,0,0 setuid=65534 \
    "${execute[@]}"
  for fault in "${calls[@]}"; do
    capture now "${rule[@]}" CAPKEEP_USER=4242424 "$probes/call" groups=65534 fault="$fault,EPERM" seteuid=65534 seteuid=0 \
      setresuid=65534,65534,0 setresuid=0,0,0 setuid=65534 "${execute[@]}"
    # What the environment still carries where the uids could not be read, the program itself would take away.
    same bare now 'Env:'
  done
}

@test "C6 told with the reason: what was refused, and to whom" {
  while read -r fault reason; do
    capture now "${rule[@]}" "$probes/call" groups=65534 fault="$fault" setuid=65534
    [[ $(grep -c "event=not-kept .*call=setuid uids=0,0,0->65534,65534,65534 .*$reason=cap_net_bind_service,cap_sys_time" \
      "$runs/now") == 1 ]] || { echo "$fault $reason"; cat "$runs/now"; return 1; }
  done <<'REASONS'
getresuid,EPERM unreadable
capget,ENOSYS unreadable
prctl:27,EINTR unreadable
capset,EPERM capset-refused
prctl:8,ENOMEM keep-caps-refused
prctl:8:0,EPERM keep-caps-refused
prctl:47:2,EPERM raise-refused
prctl:47,ENOSYS raise-refused
REASONS
}

@test "C1 C6 threads that cannot be reached keep nothing together, and that is told" {
  for error in "${errors[@]}"; do
    capture now "${rule[@]}" timeout 600 "$probes/threads" 3 fault="rt_sigaction:33,$error" exec="$work/dump"
    assert_sets now "threads $nothing" "dump $nothing"
    grep -qx '4 threads:' "$runs/now"
    [[ $(grep -c 'event=not-kept comm=.* threads=cap_net_bind_service,cap_sys_time' "$runs/now") == 1 ]]
    capture now "${rule[@]}" CAPKEEP_ON_FAILURE=refuse timeout 600 "$probes/threads" 3 fault="rt_sigaction:33,$error" \
      exec="$work/dump"
    assert_sets now "threads $nothing"
    grep -q 'event=refused .*call=execl ' "$runs/now"
  done
  # A process that is known to have one thread alone has nobody to reach.
  capture now "${rule[@]}" "$probes/call" groups=65534 fault=rt_sigaction,EPERM setuid=65534 status
  assert_sets now "call $all"
}

@test "C1 C6 what the kernel refuses to one thread, that thread tells" {
  for fault in capget capset prctl:8 prctl:47:2; do
    capture now "${rule[@]}" timeout 600 "$probes/threads" 3 fault-one="$fault,EPERM"
    diff -u <(printf '%s\n' "threads $all" "threads $nothing" | sort) <(sets now | sort)
    [[ $(grep -c 'event=not-kept thread=[0-9]* .*call=setxid uids=0,0,0->65534,65534,65534 ' "$runs/now") == 1 ]]
    [[ $(grep -c 'event=kept comm=.*call=setresuid ' "$runs/now") == 1 ]]
  done
}

@test "C6 C7 at load: credentials that cannot be read make no dormant library" {
  # The filter is set by a process without the library, and counts from the library's first instruction on.
  for mode in continue refuse; do
    for fault in capget,EPERM capget,ENOSYS prctl:23,EPERM prctl:23,ENOSYS prctl:27,EINTR getresuid,EPERM readlinkat,ENOMEM; do
      capture now "$probes/call" fault-for-all="$fault" path=/usr/bin/env arg=env arg=CAPKEEP_ON_FAILURE="$mode" \
        "${rule[@]/#/arg=}" arg="$probes/call" arg=groups=65534 arg=setuid=65534 arg=status arg=path="$work/dump" \
        arg=execve execve
      judge "$mode" "$all" "$all" || { echo "$mode $fault"; return 1; }
    done
  done
}

@test "C6 Descendants=no: what cannot be lowered in the program is told" {
  cp "$probes/call" "$work/program"
  # Of syslog, as the program's environment says nothing of a log any more.
  for fault in capget capset; do
    capture now "${rule[@]}" CAPKEEP_DESCENDANTS=no "$probes/call" groups=65534 setuid=65534 prctl=38,1 \
      fault-for-all="$fault,EPERM" path="$work/program" arg=program arg=status execve
    # Ambient by itself is lowered all the same.
    [[ $(sets now) == "program $keep_mask $keep_mask "*" $no_caps" ]]
  done
}
