#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library in real launchers under valgrind's memcheck: no read of what was not written, no write out of bounds, no
# leak. It keeps there what it keeps elsewhere.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  command -v valgrind >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "valgrind is not installed"
  # A policy file, so that all of the loader runs; in a folder that no other user can write to.
  folder=$BATS_RUN_TMPDIR/valgrind-$BATS_TEST_NUMBER
  mkdir "$folder"
  printf '[Policy]\nLog=stderr\n[Keep a]\nUser=nobody\nProgram=%s\nProgram=/bin/*\nAmbientCapabilities=%s\n[Keep b]\n%s\n' \
    "$work/dump" cap_net_bind_service "AmbientCapabilities=cap_sys_time" >"$folder/policy"
}

# watched COMMAND…: under valgrind, with the library and the policy. What valgrind says is in $report; there is nothing.
# Valgrind ends where its process executes another program, so there is no summary to look at.
watched() {
  local report=$runs/report suppressions=$runs/suppressions
  # The library asks so, on purpose, whether memory can be read (ck_sys_can_read): of eight aligned bytes, of which a block
  # of the heap may own the first alone. And it looks for the end of a string by words, up to that of the page.
  printf '{\nasked\nMemcheck:Param\nrt_sigprocmask(set)\nobj:*/libcapkeep.so\n}\n' >"$suppressions"
  printf '{\nlooked\nMemcheck:Addr8\nfun:memchr\nfun:is_readable_string\n}\n' >>"$suppressions"
  capture now LD_PRELOAD="$lib" CAPKEEP_POLICY="$folder/policy" valgrind --quiet --vgdb=no --log-file="$report" --error-exitcode=99 \
    --suppressions="$suppressions" \
    --trace-children=no --leak-check=full --errors-for-leak-kinds=definite --track-origins=yes --undef-value-errors=yes \
    "$@"
  [[ -e $report ]]
  sed -i "/sigprocmask: unknown 'how' field -1/d" "$report"
  cat "$report"
  [[ ! -s $report ]]
}

@test "valgrind: start-stop-daemon" {
  command -v start-stop-daemon >/dev/null || skip_because "start-stop-daemon" "it is not installed"
  watched start-stop-daemon --start --pidfile "$work/none" --chuid nobody --startas "$work/dump"
  assert_sets now "dump $given"
}

@test "valgrind: setpriv" {
  watched setpriv --reuid 65534 --regid 65534 --clear-groups "$work/dump"
  assert_sets now "dump $given"
}

@test "valgrind: perl" {
  watched /usr/bin/perl -MPOSIX -e '$) = "65534 65534"; POSIX::setgid(65534); POSIX::setuid(65534); exec @ARGV' "$work/dump"
  assert_sets now "dump $given"
}

@test "valgrind: a launcher that uses every wrapper, and ends" {
  watched "$probes/call" groups=65534 setenv=B=2 path=/nonexistent execve execv execvp execl execle \
    prctl=24,1 seteuid=65534 seteuid=0 syscall=setresuid,65534,65534,0 setresuid=0,0,0 setreuid=65534,65534 \
    setfsuid=65534 path="$work/dump" posix_spawn posix_spawnp system=true popen=true capset=0x2000400,0,0 \
    how=fork execve execveat how=vfork execve syscall=execve dlopen="$probes/leave_root.so"
  grep -qx 'status: 0' "$runs/now"
  (($(sets now | grep -cFx "dump $given") >= 4))
}

@test "valgrind: a launcher with threads" {
  watched "$probes/threads" 4
  grep -qx '5 threads:' "$runs/now"
  # Its name is valgrind's.
  [[ $(sets now) == *" $keep_mask 0000000002000000 0000000002000000 0000000002000000" ]]
}

@test "valgrind: policies with mistakes, and none" {
  printf '[Keep a]\nUser=no-such-user\nProgram=x\nAmbientCapabilities=cap_sys_tine\nOther=1\n[Polici]\n' >"$folder/policy"
  watched "$probes/call" "${dropped[@]}"
  rm "$folder/policy"
  watched "$probes/call" "${dropped[@]}"
  grep -q 'event=policy-error' "$runs/now"
}
