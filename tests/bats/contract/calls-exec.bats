#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every wrapped way to execute a program, from a C program that calls it by name, bare and preloaded: C2, C4, C5.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  make_files
  # What a rule for any program in $work would do is seen on those that fail, too.
  for_work=("${matching[@]}" CAPKEEP_PROGRAM="$work/*")
  waiting="call $keep_mask $no_caps $no_caps $no_caps"
}

make_files() {
  cp "$probes/dump" "$work/dump"
  printf 'echo run by a shell: "$0" "$@"\ngrep CapAmb /proc/self/status\n' >"$work/no-magic"
  printf '#!%s of the script\n' "$work/dump" >"$work/script"
  printf '#!/nonexistent/interpreter\n' >"$work/bad-script"
  : >"$work/not-executable"
  chmod 755 "$work/dump" "$work/no-magic" "$work/script" "$work/bad-script"
  chmod 644 "$work/not-executable"
  mkdir "$work/directory"
  ln -s loop "$work/loop"
  ln -s dump "$work/link"
}

# target NAME PATH: the steps that direct this function at a file.
target() {
  case $1 in
    fexecve) printf 'fd=%s\n' "$2" ;;
    *) printf 'path=%s\n' "$2" ;;
  esac
}

# attempts NAME: one call for each way in which it can fail; the descriptor's kind have no path to be wrong.
attempts() {
  local name=$1 long
  if [[ $name == fexecve ]]; then
    printf '%s\n' fd="$work/not-executable" fexecve fd="$work/directory" fexecve fd="$work/bad-script" fexecve \
      fd=none fexecve fd="$work/dump"
  else
    long=$(printf 'x%.0s' {1..300})
    printf '%s\n' path="$work/nothing" "$name" path="$work/not-executable" "$name" path="$work/directory" "$name" \
      path="$work/dump/below" "$name" path="$work/loop" "$name" path="$work/$long" "$name" \
      path="$work/bad-script" "$name" path= "$name"
  fi
  # The p functions go on to a shell with it, and their own C library crashes on NULL.
  case $name in
    *vp | *vpe | *lp) ;;
    fexecve) printf '%s\n' fd="$work/no-magic" "$name" ;;
    *) printf '%s\n' path="$work/no-magic" "$name" path=NULL "$name" ;;
  esac
  target "$name" "$work/dump"
  printf '%s\n' bigarg=200000 "$name" argv=
}

# check_exec NAME: what holds for every function of the family.
check_exec() {
  local name=$1 how
  local -a at failing
  mapfile -t at < <(target "$name" "$work/dump")
  mapfile -t failing < <(attempts "$name")

  # The path, argv[0] and the environment are three different things.
  same_as_bare "${dropped[@]}" "${at[@]}" arg=zero arg=one 'arg=two words' env=B=2 env=PATH=/elsewhere "$name"
  assert_sets matching "dump $given"
  assert_sets foreign "dump $no_caps $no_caps $no_caps $no_caps"

  # From a child, where vfork shares memory with its parent, whose sets stay as they are.
  for how in fork vfork; do
    same_as_bare_in_child "$how" status "${at[@]}" arg=zero "$name" status
  done

  # A failure is the same failure, and leaves the thread as it was, also where a rule matched what failed.
  same_as_bare "${dropped[@]}" "${failing[@]}" status arg=again "$name"
  capture waiting "${for_work[@]}" "$probes/call" "${dropped[@]}" status "${failing[@]}" status arg=again "$name"
  assert_sets waiting "$waiting" "$waiting" "dump $given"

  # Root stays root, and takes the library along (C4), into an environment of the caller's as well.
  same_as_bare_for_root "${at[@]}" arg=zero env=B=2 "$name"
  grep -qx "Env:"$'\t'"LD_PRELOAD=$lib" "$runs/matching"
  grep -qx "Env:"$'\t'"CAPKEEP_AMBIENT=$keep" "$runs/matching"

  # More arguments than a page holds.
  same_as_bare "${dropped[@]}" "${at[@]}" args=600 env=B=2 "$name"
  grep -qE '^Argv\[599\]:' "$runs/matching"
  same_as_bare "${dropped[@]}" "${at[@]}" arg=zero bigarg=100000 "$name"
  assert_sets matching "dump $given"
}

same_as_bare_in_child() {
  local how=$1
  shift
  capture bare "$probes/call" how="$how" childuid=65534 "$@"
  capture foreign "${foreign[@]}" "$probes/call" how="$how" childuid=65534 "$@"
  capture matching "${matching[@]}" "$probes/call" how="$how" childuid=65534 "$@"
  same bare foreign
  same bare matching "${kept_sets[@]}"
  # The first and the last are the parent's.
  diff -u <(sets bare | sed -n '1p;$p') <(sets matching | sed -n '1p;$p')
  [[ $(sets matching | sed -n 2p) == "dump $given" ]]
}

# check_null NAME: the kernel takes NULL for an empty list (argv gets an empty string since Linux 5.18).
check_null() {
  local name=$1
  local -a at
  mapfile -t at < <(target "$name" "$work/dump")
  same_as_bare "${dropped[@]}" "${at[@]}" argv=NULL "$name" status argv= "$name"
  same_as_bare_for_root "${at[@]}" argv=NULL "$name" status argv= "$name"
}

check_null_environment() {
  local name=$1
  local -a at
  mapfile -t at < <(target "$name" "$work/dump")
  same_as_bare "${dropped[@]}" "${at[@]}" envp=NULL "$name" status envp=EMPTY "$name"
  same_as_bare_for_root "${at[@]}" envp=NULL "$name" status envp=EMPTY "$name"
}

@test "C2 C4 C5 execve" { check_exec execve; }
@test "C2 C4 C5 execv" { check_exec_of_environ execv; }
@test "C2 C4 C5 execvp" { check_exec_of_environ execvp; }
@test "C2 C4 C5 execvpe" { check_exec execvpe; }
@test "C2 C4 C5 execl" { check_exec_of_environ execl; }
@test "C2 C4 C5 execlp" { check_exec_of_environ execlp; }
@test "C2 C4 C5 execle" { check_exec execle; }
@test "C2 C4 C5 fexecve" { check_exec fexecve; }
@test "C2 C4 C5 execveat" { check_exec execveat; }

# These take environ; the list given above is then not theirs, but nothing else changes.
check_exec_of_environ() {
  check_exec "$1"
  same_as_bare "${dropped[@]}" setenv=C=3 setenv=A path="$work/dump" arg=zero "$1"
  same_as_bare "${dropped[@]}" clearenv path="$work/dump" arg=zero "$1"
  same_as_bare "${dropped[@]}" noenviron path="$work/dump" arg=zero "$1"
  same_as_bare_for_root clearenv path="$work/dump" arg=zero "$1"
  grep -qx "Env:"$'\t'"LD_PRELOAD=$lib" "$runs/matching"
}

@test "C5 NULL for argv: execve execv execvpe execvp execveat fexecve" {
  for name in execve execv execvpe execvp execveat fexecve; do
    check_null "$name"
  done
}

# Not execle: after a first NULL, glibc reads its environment as an argument and then what lies behind the last one.
@test "C5 NULL for the first argument: execl execlp" {
  for name in execl execlp; do
    check_null "$name"
  done
}

@test "C5 NULL for envp: execve execvpe execle execveat fexecve" {
  for name in execve execvpe execle execveat fexecve; do
    check_null_environment "$name"
  done
}
