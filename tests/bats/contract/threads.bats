#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C1 in every thread: however many there are, wherever they wait and whoever makes the change, all end with the same
# sets, K. The probe prints the distinct states of its threads; one block means that all are equal.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  all="$keep_mask $keep_mask $keep_mask $keep_mask"
}

# equal_in_all COUNT OPTION…: and bare, the very same but for the capabilities; no read is interrupted, no errno lost.
equal_in_all() {
  local count=$1
  capture bare timeout 600 "$probes/threads" "$@"
  capture foreign "${foreign[@]}" timeout 600 "$probes/threads" "$@"
  capture matching "${matching[@]}" timeout 600 "$probes/threads" "$@"
  same bare foreign
  same bare matching "${kept_sets[@]}"
  assert_sets matching "threads $all"
  grep -qx "$((count + 1)) threads:" "$runs/matching"
  grep -qx 'disturbed: 0' "$runs/matching"
}

@test "C1 setresuid: a process with one thread" { equal_in_all 0; }
@test "C1 setresuid: 1 thread more" { equal_in_all 1; }
@test "C1 setresuid: 8 threads more" { equal_in_all 8; }
@test "C1 setresuid: 1000 threads more" { equal_in_all 1000; }
@test "C1 setresuid: threads that block all signals" {
  equal_in_all 8 blocked
  equal_in_all 1000 blocked
}
@test "C1 setresuid: by another thread than the main one" {
  equal_in_all 0 from-thread
  equal_in_all 8 from-thread
}
@test "C1 setresuid: two threads at once" {
  for ((i = 0; i < 10; i++)); do
    equal_in_all 8 twice
  done
}
@test "C1 setresuid: there and back several times, then for good" { equal_in_all 8 back; }
@test "C1 setresuid: while threads are created and end" {
  for ((i = 0; i < 20; i++)); do
    equal_in_all 8 churn
  done
  equal_in_all 8 churn from-thread blocked
}

@test "C1 setresuid: when the call returns, no thread is behind" {
  # The library is done with each thread a moment after the C library is; the caller waits for that.
  for ((i = 0; i < 100; i++)); do
    capture foreign "${foreign[@]}" timeout 600 "$probes/threads" 8
    assert_sets foreign "threads $no_caps $no_caps $no_caps $no_caps"
  done
}
@test "C1 setresuid: while others fork, no child waits for threads that it has not" {
  for ((i = 0; i < 10; i++)); do
    capture matching "${matching[@]}" timeout 600 "$probes/threads" 50 back forking
    assert_sets matching "threads $all"
    grep -qx 'late: 0' "$runs/matching"
  done
}

@test "C1 C2 execl: by another thread than the one that changed the uid" {
  capture bare timeout 600 "$probes/threads" 8 exec="$work/dump"
  capture matching "${matching[@]}" timeout 600 "$probes/threads" 8 exec="$work/dump"
  same bare matching "${kept_sets[@]}"
  assert_sets matching "threads $all" "dump $all"
  # Where K waits for a program, every thread can execute it.
  capture waiting "${matching[@]}" CAPKEEP_PROGRAM="$work/dump" timeout 600 "$probes/threads" 8 from-thread \
    exec="$work/dump"
  assert_sets waiting "threads $keep_mask $no_caps $no_caps $no_caps" "dump $all"
}

@test "C3 bounding set and no_new_privs in every thread" {
  capture bound "${matching[@]}" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes timeout 600 "$probes/threads" 8
  assert_sets bound "threads $all"
  grep -qx "CapBnd:"$'\t'"$keep_mask" "$runs/bound"
  grep -qx $'NoNewPrivs:\t1' "$runs/bound"
}

@test "C1 a threaded interpreter: python3, os.setuid with eight threads waiting" {
  capture python "${matching[@]}" /usr/bin/python3 -c '
import glob, os, threading
end = threading.Event()
for _ in range(8):
    threading.Thread(target=end.wait, daemon=True).start()
os.setuid(65534)
seen = [tuple(line.split()[1] for line in open(status) if line.startswith(("CapInh", "CapPrm", "CapEff", "CapAmb")))
        for status in glob.glob("/proc/self/task/*/status")]
print(len(seen), *sorted(set(seen)))
end.set()'
  grep -qx "9 ('$keep_mask', '$keep_mask', '$keep_mask', '$keep_mask')" "$runs/python"
}
