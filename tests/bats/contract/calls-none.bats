#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C5: where there is no policy, or none that could be for this process, a wrapper makes no system call of its own: a seccomp
# filter may kill for one. And nothing goes along that nobody has asked for (C4).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  "$probes/call" fault-for-all=getgid,EPERM || skip_because "$BATS_TEST_DESCRIPTION" "no seccomp filter to be had without no_new_privs"
  # The first call that comes from the library would fail, and be told.
  watched=("$probes/call" groups=65534 "fault=any,EPERM,1")
  as_root=(seteuid=65534 seteuid=0 "setresuid=-1,-1,-1" path=/bin/true arg=true how=fork execve execv execvp posix_spawn posix_spawnp
    how=vfork execve path=true system)
  # Each call that is wrapped and does not change a uid, by name and by number.
  every=(path=/bin/true arg=true how=fork execve execv execvp execvpe execl execlp execle execveat syscall=execve syscall=execveat
    fd=/bin/true fexecve fd=none path=/nonexistent execve execvp posix_spawn posix_spawnp path=/bin/true posix_spawn posix_spawnp
    pidfd_spawn pidfd_spawnp system=: system=NULL popen=: type=w "popen=read -r line" setfsuid=0)
  own=(prctl=7 "prctl=47,4" "prctl=24,10" "syscall=prctl,24,10" "syscall=prctl,7" "prctl=28,16" "capset=0,0,0"
    "syscall=capset,0,0,0" "capset=1,1,1")
  dropping=("setresuid=65534,65534,65534" path=/bin/true arg=true how=fork execve execvp posix_spawn posix_spawnp system)
}

# quiet VAR=VALUE… -- STEP…: with these variables the library makes no system call in these steps, and all is as bare.
quiet() {
  local variables=()
  while [[ $1 != -- ]]; do
    variables+=("$1")
    shift
  done
  shift
  capture bare "$probes/call" groups=65534 "$@"
  capture watched LD_PRELOAD="$lib" "${variables[@]}" "${watched[@]}" "$@"
  run ! grep '^fault: ' "$runs/watched"
  same bare watched "${carried[@]}"
}

@test "C5 without a policy no wrapper makes a system call of its own" {
  quiet CAPKEEP_LOG=none -- "${as_root[@]}"
  quiet CAPKEEP_LOG=none -- "${dropping[@]}"
  quiet CAPKEEP_LOG=none -- clearenv "${as_root[@]}"
  quiet CAPKEEP_LOG=none -- capset=0,0,0 prctl=24,10
  # The very check can fail.
  capture watched "${matching[@]}" "${watched[@]}" setuid=65534
  grep -q '^fault: ' "$runs/watched"
}

@test "C5 without a policy nor with one for others: exec posix_spawn pidfd_spawn system popen capset prctl syscall" {
  local -a other=(CAPKEEP_AMBIENT="$keep" CAPKEEP_GUARD=yes CAPKEEP_ON_FAILURE=refuse CAPKEEP_LAUNCHER=/usr/bin/other)
  quiet CAPKEEP_LOG=none -- "${every[@]}"
  quiet CAPKEEP_LOG=none -- "${own[@]}"
  quiet CAPKEEP_LOG=none "${other[@]}" -- "${every[@]}"
  quiet CAPKEEP_LOG=none "${other[@]}" -- "${own[@]}"
  quiet CAPKEEP_LOG=none "${other[@]}" -- setresuid=65534,65534,65534 "${every[@]}" "${own[@]}"
}

@test "C5 a process that has nothing to keep: exec posix_spawn pidfd_spawn system popen capset prctl syscall" {
  # Its filter needs no_new_privs, for it may do nothing.
  local -a user=(setpriv --reuid 65534 --regid 65534 --clear-groups) filter=("prctl=38,1" "fault=any,EPERM,1")
  capture bare "${user[@]}" "$probes/call" prctl=38,1 "${every[@]}" setresuid=65534,65534,65534 "${own[@]}"
  capture dormant "${user[@]}" env "${matching[@]}" CAPKEEP_GUARD=yes "$probes/call" "${filter[@]}" "${every[@]}" \
    setresuid=65534,65534,65534 "${own[@]}"
  same bare dormant "${carried[@]}"
  run ! grep '^fault: ' "$runs/dormant"
}

@test "C5 with a policy, what takes no capability away is let through: prctl syscall" {
  quiet CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep" CAPKEEP_GUARD=yes -- prctl=7 prctl=3 prctl=8,1 prctl=47,1,10 syscall=prctl,7 syscall=others
}

@test "C4 C5 without a policy nothing goes along into an environment that the launcher has cleaned" {
  capture bare "$probes/call" clearenv path="$work/dump" execv
  capture none LD_PRELOAD="$lib" CAPKEEP_LOG=none "$probes/call" clearenv path="$work/dump" execv
  same bare none
  capture none LD_PRELOAD="$lib" CAPKEEP_LOG=none "$probes/call" env=B=2 path="$work/dump" execve
  run ! grep -aE 'LD_PRELOAD|CAPKEEP_' "$runs/none"
  # Nor with a mistake in it, which keeps nothing at all.
  capture mistake LD_PRELOAD="$lib" CAPKEEP_LOG=none CAPKEEP_AMBIENT=cap_nonsense "$probes/call" clearenv path="$work/dump" execv
  run ! grep -aE '^Env:.(LD_PRELOAD|CAPKEEP_)' "$runs/mistake"
}

@test "C5 with a policy for other launchers alone no wrapper makes a system call of its own" {
  local -a other
  for other in CAPKEEP_LAUNCHER=/usr/bin/other "CAPKEEP_LAUNCHER=/opt/x/*"; do
    other=(CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep" CAPKEEP_GUARD=yes CAPKEEP_ON_FAILURE=refuse "$other")
    quiet "${other[@]}" -- "${as_root[@]}"
    quiet "${other[@]}" -- setresuid=65534,65534,65534 capset=0,0,0
    quiet "${other[@]}" -- capset=0,0,0 prctl=24,10
    # What the environment still carries, a program with the library in it takes away by itself.
    quiet "${other[@]}" -- "${dropping[@]}"
    quiet "${other[@]}" -- "${dropped[@]}" path="$work/dump" execve
  done
}

@test "C4 with a policy for other launchers alone it goes along to them, into a cleaned environment too" {
  local -a other=(LD_PRELOAD="$lib" CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep" CAPKEEP_LAUNCHER="$probes/call")
  for through in 'exec "$@"' 'exec env -i "$@"' 'unset LD_PRELOAD; "$@"; exit'; do
    capture other "${other[@]}" sh -c "$through" sh "$probes/call" "${dropped[@]}" path="$work/dump" execve
    assert_sets other "dump $keep_mask $keep_mask $keep_mask $keep_mask"
  done
}

@test "C6 with a policy for other launchers alone, one of them that is out of reach is seen, by its name" {
  local folder=$BATS_TEST_TMPDIR/folder launcher path
  cp "$build/tests/launchers/drop-static" "$work/static"
  ln -s "$work" "$folder"
  while read -r launcher path; do
    capture seen LD_PRELOAD="$lib" CAPKEEP_LOG=stderr CAPKEEP_AMBIENT="$keep" CAPKEEP_LAUNCHER="$launcher" "$probes/call" \
      path="$path" arg=static arg=65534 arg=/bin/true execv
    grep -q "event=out-of-reach .*program=$path reason=static" "$runs/seen"
  done <<END
$work/static $work/static
$work/static $folder/static
$folder/static $work/static
$work/* $work/static
$folder/* $work/../folder/static
END
  capture unseen LD_PRELOAD="$lib" CAPKEEP_LOG=stderr CAPKEEP_AMBIENT="$keep" CAPKEEP_LAUNCHER="$probes/*" sh -c 'exec "$@"' sh \
    "$work/static" 65534 /bin/true
  run ! grep -q out-of-reach "$runs/unseen"
}
