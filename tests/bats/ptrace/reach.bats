#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a preloaded library does not reach: recognised by `capkeep run` before anything starts, and by the library at
# the exec; both have it supervised, where that is possible. And the method that needs neither library nor supervisor,
# with its conditions. Programs for each kind are the build's own.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  cp "$build/tests/launchers/drop-static" "$work/static"
  cp "$build/tests/launchers/drop-dynamic" "$work/dynamic"
  run_keep=("$bin" run --log none -a "$keep")
  securebits=("${run_keep[@]}" --method=securebits)
  # As in a container that forbids ptrace.
  unsupervised=(setpriv --bounding-set -sys_ptrace)
}

# supervised WHY LAUNCHER…: by `capkeep run`, which says so in its log.
supervised() {
  local why=$1
  shift
  capture supervised "$bin" run --log "$work/log" -a "$keep" -- "$@" 65534 "$work/dump"
  assert_sets supervised "dump $given"
  grep -q "event=out-of-reach .*program=.* reason=$why method=ptrace" "$work/log"
  rm "$work/log"
}

# refuses REASON COMMAND…: 125, one line with the reason and a remedy, and nothing has started.
refuses() {
  local reason=$1
  shift
  rm -f "$work/started"
  run -125 "$@"
  [[ ${#lines[@]} == 1 && $output == *"$reason"* ]]
  [[ ! -e $work/started ]]
}

@test "C6 run supervises a static launcher, or refuses it: told why, and what to do" {
  supervised static "$work/static"
  refuses 'is static' "${unsupervised[@]}" "${run_keep[@]}" -- "$work/static" 65534 /bin/touch "$work/started"
  [[ $output == *'capkeep run -u'* && $output == *'--method=securebits'* ]]
  # By its name in PATH and through a script as well.
  refuses 'is static' "${unsupervised[@]}" env PATH="$work" "${run_keep[@]}" -- static 65534 /bin/touch "$work/started"
  printf '#!%s 65534\n' "$work/static" >"$work/script"
  chmod 755 "$work/script"
  refuses 'is static' "${unsupervised[@]}" "${run_keep[@]}" -- "$work/script" /bin/touch "$work/started"
}

@test "C6 run supervises a launcher that will be AT_SECURE, or refuses it" {
  cp "$work/dynamic" "$work/set-id"
  chown 0:65534 "$work/set-id"
  chmod 2755 "$work/set-id"
  supervised secure "$work/set-id"
  refuses 'AT_SECURE' "${unsupervised[@]}" "${run_keep[@]}" -- "$work/set-id" 65534 /bin/touch "$work/started"
  # Set-user-ID root is nothing new for root.
  chmod 4755 "$work/set-id"
  chgrp 0 "$work/set-id"
  capture plain "${run_keep[@]}" -- "$work/set-id" 65534 "$work/dump"
  assert_sets plain "dump $given"
}

# The user's process can neither be supervised nor raise anything: only a supervisor from before could.
@test "C6 a user's set-user-ID launcher, below root's, is told with the method that serves it" {
  install -m 4755 "$work/dynamic" "$work/set-id"
  local below=("$probes/call" setuid=1000 path="$work/set-id" arg=set-id arg=65534 arg="$work/dump" execve)
  capture told "$bin" run --log stderr -a "$keep" --for-launcher "$work/set-id" -- "${below[@]}"
  assert_sets told "dump $nothing"
  [[ $(grep -c "event=out-of-reach .*program=$work/set-id reason=secure remedy=.*--method=ptrace" "$runs/told") == 1 ]]
  capture served "$bin" run --method=ptrace --log stderr -a "$keep" --for-launcher "$work/set-id" -- "${below[@]}"
  assert_sets served "dump $given"
  # One that no rule is for is nobody's concern.
  capture other "$bin" run --log stderr -a "$keep" --for-launcher "$work/static" -- "${below[@]}"
  assert_sets other "dump $nothing"
  run ! grep -q out-of-reach "$runs/other"
}

@test "C6 run supervises a launcher of another architecture, for which there is no library, or refuses it" {
  [[ -x $build/tests/launchers/drop-i386 ]] || skip_because "an i386 launcher" "the compiler makes none (gcc-multilib)"
  compgen -G '/usr/lib/i386-linux-gnu/libcapkeep.so' && skip_because "an i386 launcher" "an i386 library is installed"
  supervised foreign "$build/tests/launchers/drop-i386"
  refuses 'another architecture' "${unsupervised[@]}" "${run_keep[@]}" -- "$build/tests/launchers/drop-i386" 65534 /bin/touch "$work/started"
}

@test "C6 run supervises a dynamic launcher that makes all its system calls by itself, or refuses it" {
  supervised raw "$build/tests/launchers/drop-asm"
  refuses 'makes system calls of its own' "${unsupervised[@]}" "${run_keep[@]}" -- "$build/tests/launchers/drop-asm" 65534 \
    /bin/touch "$work/started"
  # One that imports nothing that is wrapped, and makes no call of its own, is not even asked about.
  capture kept "$bin" run --log "$work/raw.log" -a "$keep" -- /bin/pwd
  run ! grep -q out-of-reach "$work/raw.log"
}

@test "C1 run goes on with what is in reach, and with --method=preload with what is not, told" {
  for method in auto preload; do
    capture kept "${run_keep[@]}" --method="$method" -- "$work/dynamic" 65534 "$work/dump"
    assert_sets kept "dump $given"
  done
  capture insisted "${run_keep[@]}" --method=preload -- "$work/static" 65534 "$work/dump"
  assert_sets insisted "dump $nothing"
  grep -q 'warning: .* is static' "$runs/insisted"
}

# An init script: a shell, in which the library is, starts what it cannot be in.
write_init() {
  printf '#!/bin/sh\n%s\nexit 3\n' "$*" >"$work/init"
  chmod 755 "$work/init"
}

@test "C1 C2 C4 a launcher out of reach is supervised from the exec on, deep inside a script" {
  write_init "\"$work/static\" 65534 \"$work/dump\""
  capture kept "$bin" run --log "$work/log" -a "$keep" -- sh -c "$work/init"
  assert_sets kept "dump $given"
  grep -q 'status: 3' "$runs/kept"
  run ! grep -qE $'^Env:\t(LD_PRELOAD|CAPKEEP_)' "$runs/kept"
  [[ $(grep -c "event=out-of-reach comm=init launcher=[^ ]* call=[^ ]* .* program=$work/static reason=static method=ptrace" "$work/log") == 1 ]]
  rm "$work/log"
  # The library by itself, where it is asked to, with the command that it is told.
  for method in "$bin" "$work/absent" preload; do
    capture told "${preload[@]}" CAPKEEP_LOG=none CAPKEEP_AMBIENT="$keep" CAPKEEP_METHOD="$method" "$work/init"
    [[ $method == "$bin" ]] && assert_sets told "dump $given" || assert_sets told "dump $nothing"
  done
  capture told LD_PRELOAD="$lib" CAPKEEP_LOG="$work/log" CAPKEEP_AMBIENT="$keep" CAPKEEP_METHOD="$work/absent" "$work/init"
  grep -q "event=out-of-reach .*reason=static remedy=" "$work/log"
  rm "$work/log"
  capture told "${preload[@]}" CAPKEEP_AMBIENT="$keep" CAPKEEP_METHOD=magic "$work/init"
  assert_sets told "dump $nothing"
  grep -q 'event=policy-error keeping=nothing CAPKEEP_METHOD: neither preload nor auto' "$runs/told"
}

@test "C2 supervised from the exec on: the rule of the launcher and of the program, and no other" {
  write_init "\"$work/static\" 65534 \"$work/dump\""
  capture kept "$bin" run --log none -a "$keep" --for-launcher "$work/static" --for-program "$work/dump" -- "$work/init"
  assert_sets kept "dump $given"
  capture other "$bin" run --log none -a "$keep" --for-launcher "$work/dynamic" -- "$work/init"
  assert_sets other "dump $nothing"
  capture other "$bin" run --log none -a "$keep" --for-program /bin/true -- "$work/init"
  assert_sets other "dump $nothing"
}

@test "C1 C4 a shell whose real and effective user differ, where ld.so drops the library, is supervised by the installed policy" {
  preload_everywhere "$lib"
  mkdir -p "$etc_more/capkeep"
  printf '%s\n' '[Policy]' "Log=$work/log" '[Keep it]' User=65534 "AmbientCapabilities=$keep" >"$etc_more/capkeep/capkeep.conf"
  # bash gives the effective user ID up by itself.
  by_bash=("$probes/call" "setresuid=65534,0,0" path=/bin/bash arg=bash arg=-c arg="$work/dump; exit 3" execv)
  capture kept "${unloading[@]}" env LD_PRELOAD="$lib" CAPKEEP_METHOD="$bin" "${by_bash[@]}"
  assert_sets kept "dump $given"
  grep -q 'status: 3' "$runs/kept"
  grep -q 'event=out-of-reach .*program=/bin/bash reason=secure method=ptrace' "$work/log"
  # The shell of system and popen the C library executes itself: nothing is there that could supervise it.
  rm "$work/log"
  for name in system popen; do
    capture told "${unloading[@]}" env LD_PRELOAD="$lib" CAPKEEP_METHOD="$bin" "$probes/call" setresuid=65534,0,0 "$name=$work/dump; true"
    assert_sets told "dump $nothing"
    grep -q "event=out-of-reach .*call=$name .*reason=secure remedy=" "$work/log"
    run ! grep -q ' method=ptrace' "$work/log"
  done
  # By a policy of the environment it would not be the same one: told, and not kept.
  rm "$work/log"
  capture told "${unloading[@]}" env "${preload[@]}" CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG="$work/log" CAPKEEP_METHOD="$bin" "${by_bash[@]}"
  assert_sets told "dump $nothing"
  grep -q 'event=out-of-reach .*program=/bin/bash reason=secure remedy=' "$work/log"
  rm "$work/log"
}

@test "C4 a process that has decided against the library is supervised, where a rule may be for it" {
  # What it is started as changes its user once its environment is clean.
  printf '#!/bin/bash\n[[ ${LD_PRELOAD-} == "" ]] || exec -c "$0" "$@"\nexec "$@"\n' >"$work/cleaner"
  chmod 755 "$work/cleaner"
  capture kept "$bin" run --log "$work/log" -a "$keep" -- "$work/cleaner" "$work/dynamic" 65534 "$work/dump"
  assert_sets kept "dump $given"
  grep -q 'event=out-of-reach .*reason=declined method=ptrace' "$work/log"
  rm "$work/log"
}

@test "C5 a supervised launcher finds its arguments, its environment and its status" {
  cp "$build/tests/launchers/drop-static" "$work/odd name"
  # shellcheck disable=SC2016 # the inner shell's
  capture kept A=1 "$bin" run --log none -a "$keep" -- bash -c '"$0" 65534 "$1" "" " two words" -- -a; echo "status $?"' \
    "$work/odd name" "$work/dump"
  assert_sets kept "dump $given"
  grep '^Argv' "$runs/kept" | diff -u <(printf 'Argv[%d]:\t%s\n' 0 "$work/dump" 1 '' 2 ' two words' 3 -- 4 -a) -
  grep -qx $'Env:\tA=1' "$runs/kept"
  grep -qx 'status 0' "$runs/kept"
}

@test "C5 a supervised launcher finds the name that it was given: busybox is what it is called" {
  local busybox=/var/cache/capkeep-tests/busybox-static/bin/busybox
  [[ -x $busybox ]] || skip_because "a name of its own" "there is no static busybox"
  # shellcheck disable=SC2016 # the inner shell's
  capture named "$bin" run --log none -a "$keep" -- bash -c '(exec -a basename "$0" /an/other); (exec -a false "$0"); echo $?' "$busybox"
  diff -u <(printf '%s\n' other 1 stderr: 'status: 0') "$runs/named"
}

@test "C6 where it cannot be supervised it starts as ever, and is told; or not at all, if a rule says so" {
  write_init "\"$work/static\" 65534 \"$work/dump\""
  capture told "${unsupervised[@]}" "$bin" run --log none -a "$keep" -- "$work/init"
  assert_sets told "dump $nothing"
  grep -q "cannot be supervised: that needs CAP_SYS_PTRACE" "$runs/told"
  grep -q "$work/static starts without it" "$runs/told"
  capture refused "${unsupervised[@]}" "$bin" run --log none -a "$keep" --on-failure refuse -- "$work/init"
  run ! grep -q '^Argv' "$runs/refused"
}

@test "C8 a policy that is broken while a script runs: what is out of reach starts as ever, and is told" {
  local folder=$BATS_RUN_TMPDIR/reach-$BATS_TEST_NUMBER
  mkdir -m 755 "$folder"
  printf '[Policy]\nLog=none\n[Keep a]\nAmbientCapabilities=%s\nOnFailure=refuse\n' "$keep" >"$folder/policy"
  write_init "echo broken >>'$folder/policy'; \"$work/static\" 65534 \"$work/dump\""
  capture told "$bin" run --policy "$folder/policy" -- "$work/init"
  assert_sets told "dump $nothing"
  grep -q "$folder/policy:6: " "$runs/told"
  grep -q "$work/static starts without it" "$runs/told"
}

@test "C6 the library tells of a launcher out of reach at the exec, once, and of no other program" {
  capture told "${preload[@]}" CAPKEEP_LOG="$work/log" CAPKEEP_AMBIENT="$keep" sh -c '"$@"; /bin/true; exit 3' sh \
    "$work/static" 65534 "$work/dump"
  assert_sets told "dump $nothing"
  [[ $(grep -c "event=out-of-reach .*program=$work/static reason=static remedy=" "$work/log") == 1 ]]
  [[ $(wc -l <"$work/log") == 1 ]]
  rm "$work/log"
  # A rule for other launchers has nothing to do with it.
  capture told "${preload[@]}" CAPKEEP_LOG="$work/log" CAPKEEP_LAUNCHER=/bin/true CAPKEEP_AMBIENT="$keep" sh -c \
    '"$@"; exit 3' sh "$work/static" 65534 "$work/dump"
  [[ ! -e $work/log ]]
  capture told "${preload[@]}" CAPKEEP_LOG="$work/log" CAPKEEP_LAUNCHER="$work/static" CAPKEEP_AMBIENT="$keep" sh -c \
    '"$@"; exit 3' sh "$work/static" 65534 "$work/dump"
  [[ $(grep -c event=out-of-reach "$work/log") == 1 ]]
}

@test "C4 C5 what only this process can name, by /proc, is executed by itself, and told" {
  printf 'import os, sys\nos.execv("/proc/self/fd/%%d" %% os.open(sys.argv[1], os.O_RDONLY), sys.argv[1:])\n' >"$work/by_fd"
  capture bare python3 "$work/by_fd" "$work/static" 65534 "$work/dump"
  capture told LD_PRELOAD="$lib" CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG="$work/log" CAPKEEP_METHOD="$bin" python3 "$work/by_fd" \
    "$work/static" 65534 "$work/dump"
  same bare told
  grep -q 'event=out-of-reach .*program=/proc/self/fd/[0-9]* reason=static remedy=' "$work/log"
  [[ $(wc -l <"$work/log") == 1 ]]
  # A program of root's that wants an environment without the library, and says so a second time.
  cat >"$work/again" <<'PYTHON'
import os, sys
if "LD_PRELOAD" in os.environ:
    del os.environ["LD_PRELOAD"]
    os.execv("/proc/self/exe", [sys.executable, *sys.argv])
print("clean")
PYTHON
  capture again LD_PRELOAD="$lib" CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG="$work/log" CAPKEEP_METHOD="$bin" python3 "$work/again"
  [[ $(head -n 1 "$runs/again") == clean ]]
  grep -q 'event=out-of-reach .*program=/proc/self/exe reason=declined remedy=' "$work/log"
}

# With GCC, AddressSanitizer's runtime is a library, and stops a program in which it is not the first.
need_asan() {
  asan=$build/tests/launchers/drop-asan
  [[ -x $asan ]] || skip_because "AddressSanitizer" "the compiler has none"
  runtime=$(readelf -d "$asan" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | head -n 1)
  [[ $runtime == *asan* ]] || skip_because "AddressSanitizer" "the compiler links its runtime statically"
}

@test "C4 C5 a program that needs its runtime first is executed without the library, and that is told once" {
  need_asan
  local how
  printf 'import os, sys\nos.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)\n' >"$work/spawn"
  for how in 'exec "$@"' '"$@"; exit' '(exec -a other "$@"); exit' "python3 '$work/spawn' \"\$@\"; exit"; do
    capture bare bash -c "$how" bash "$asan" 65534 "$work/dump"
    capture told LD_PRELOAD="$lib" CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG="$work/log" CAPKEEP_METHOD="$bin" bash -c "$how" \
      bash "$asan" 65534 "$work/dump"
    same bare told
    [[ $(grep -c "event=out-of-reach .*program=$asan reason=sanitized remedy=\"its runtime first: .*ptrace\"" "$work/log") == 1 ]]
    [[ $(wc -l <"$work/log") == 1 ]]
    rm "$work/log"
  done
  # One that ends by itself looks for leaks then, which it cannot do while it is traced.
  capture bare sh -c '"$@"; echo "status $?"' sh "$asan"
  capture ends "${matching[@]}" CAPKEEP_METHOD="$bin" sh -c '"$@"; echo "status $?"' sh "$asan"
  same bare ends
  run ! grep -q AddressSanitizer "$runs/ends"
}

@test "C4 where its runtime is in front of the library, or need not be, it is a launcher as any other" {
  need_asan
  local way
  for way in LD_PRELOAD="$runtime:$lib" ASAN_OPTIONS=verify_asan_link_order=0; do
    capture kept "${matching[@]}" CAPKEEP_LOG="$work/log" "$way" "$asan" 65534 "$work/dump"
    assert_sets kept "dump $given"
    capture kept "${matching[@]}" CAPKEEP_LOG="$work/log" "$way" sh -c '"$@"; exit' sh "$asan" 65534 "$work/dump"
    assert_sets kept "dump $given"
    run ! grep -q out-of-reach "$work/log"
    # A launcher that names the runtime alone has our entry put behind it.
    capture kept "${matching[@]}" env -i "${way/:*/}" "$asan" 65534 "$work/dump"
    assert_sets kept "dump $given"
    capture kept "$way" "$bin" run --log none --method=preload -a "$keep" -- "$asan" 65534 "$work/dump"
    assert_sets kept "dump $given"
  done
}

@test "C6 run supervises a launcher that needs its runtime first, or refuses it" {
  need_asan
  supervised sanitized "$asan"
  refuses 'has to be the first library' "${unsupervised[@]}" "${run_keep[@]}" -- "$asan" 65534 /bin/touch "$work/started"
  # Insisted on, it starts without the library, for it would not start with it.
  capture insisted "${run_keep[@]}" --method=preload -- "$asan" 65534 "$work/dump"
  assert_sets insisted "dump $nothing"
  grep -q 'warning: .* is built with AddressSanitizer.* use its runtime first: LD_PRELOAD=' "$runs/insisted"
}

@test "C1 --method=securebits: exactly K for the program of a launcher that no library reaches" {
  capture kept "${securebits[@]}" -- "$work/static" 65534 "$work/dump"
  assert_sets kept "dump $given"
  grep -qx $'NoNewPrivs:\t1' "$runs/kept"
  # SECBIT_NO_SETUID_FIXUP stays, and no other.
  grep -qx $'Securebits:\t0x4' "$runs/kept"
  run ! grep -aE 'LD_PRELOAD|CAPKEEP_' "$runs/kept"
  capture kept "${securebits[@]}" --allow-new-privs -- "$work/static" 65534 "$work/dump"
  assert_sets kept "dump $given"
  grep -qx $'NoNewPrivs:\t0' "$runs/kept"
  # Through a shell that stays root, as in an init script; nothing is kept for whom nothing is asked.
  capture kept "${securebits[@]}" -- sh -c '"$@"; exit 3' sh "$work/static" 65534 "$work/dump"
  assert_sets kept "dump $given"
}

@test "C7 C6 --method=securebits refuses what it cannot have" {
  local -a start=(-- "$work/static" 65534 /bin/touch "$work/started")
  refuses 'was not in the permitted set' setpriv --bounding-set -sys_time "${securebits[@]}" "${start[@]}"
  refuses 'SECBIT_NO_CAP_AMBIENT_RAISE' "$probes/call" securebits=0x40 path="$bin" arg=capkeep arg=run arg=-a \
    arg="$keep" arg=--method=securebits arg="$work/static" arg=65534 arg=/bin/touch arg="$work/started" execve
  refuses 'is locked' "$probes/call" securebits=0x8 path="$bin" arg=capkeep arg=run arg=-a \
    arg="$keep" arg=--method=securebits arg="$work/static" arg=65534 arg=/bin/touch arg="$work/started" execve
  refuses 'CAP_SETPCAP' setpriv --bounding-set -setpcap "${securebits[@]}" "${start[@]}"
}

@test "C8 --method=securebits refuses a rule that it cannot restrict" {
  local -a start=(-- "$work/static" 65534 /bin/touch "$work/started")
  refuses 'User=' "${securebits[@]}" --for-user nobody "${start[@]}"
  refuses 'Program=' "${securebits[@]}" --for-program /bin/touch "${start[@]}"
  refuses 'Launcher=' "${securebits[@]}" --for-launcher "$work/static" "${start[@]}"
  refuses 'CapabilityBoundingSet=' "${securebits[@]}" -b "$keep" "${start[@]}"
  refuses 'Guard=' "${securebits[@]}" --guard "${start[@]}"
  refuses 'Descendants=' "${securebits[@]}" --descendants=no "${start[@]}"
  refuses 'bounding set' "$bin" run --iab '^cap_kill,!cap_chown' --method=securebits "${start[@]}"
  refuses 'none of auto' "$bin" run -a "$keep" --method=magic "${start[@]}"
  refuses 'there is no launcher' "$bin" run -u nobody -a "$keep" --method=securebits "${start[@]}"
  refuses 'belongs to --method' "$bin" run -a "$keep" --allow-new-privs "${start[@]}"
}

@test "C6 run warns of capabilities with which a launcher that probes its drop refuses to go on" {
  run -0 "$bin" run -a cap_setuid -- /bin/true
  [[ ${#lines[@]} == 1 && $output == *warning*cap_setuid* ]]
  run -0 "$bin" run -a cap_kill -- /bin/true
  [[ -z $output ]]
}
