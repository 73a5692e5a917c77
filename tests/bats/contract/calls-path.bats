#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The search along PATH, which the library does itself so that it knows the file: execvp, execvpe, execlp and
# posix_spawnp find, skip, remember and hand to /bin/sh what the C library's own would (C5), and the rules see it (C2).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  cd "$work" || return
  mkdir one two three here sub
  cp "$probes/dump" two/program
  cp "$probes/dump" here/program
  cp "$probes/dump" sub/program
  : >one/program
  : >one/denied
  # shellcheck disable=SC2016 # for the script
  printf 'echo run by a shell: "$0" "$@"\ngrep Cap /proc/self/status\n' >two/no-magic
  cp two/no-magic one/no-magic
  ln -s loop one/loop
  cp "$probes/dump" two/loop
  : >a-file
  mkdir one/a-directory
  chmod 644 one/program one/denied
  chmod 755 one/no-magic two/* here/* sub/*
  searching=(execvp execvpe execlp posix_spawnp)
}

# found_as_bare PATH NAME [STEP…]: each function, in here/, finds the same or fails the same way; then goes on.
found_as_bare() {
  local path=$1 file=$2 name
  shift 2
  for name in "${searching[@]}"; do
    same_as_bare "${dropped[@]}" cd="$work/here" setenv="PATH=$path" path="$file" arg=zero arg=one "$@" "$name" status
    if [[ $name != posix_spawnp ]]; then
      same_as_bare how=vfork childuid=65534 cd="$work/here" setenv="PATH=$path" path="$file" arg=zero arg=one "$@" \
        "$name" status
    fi
  done
}

prints() {
  grep -aqF -- "$1" "$runs/bare"
}

@test "C5 execvp execvpe execlp posix_spawnp: the first that is there and may be executed" {
  found_as_bare "$work/three:$work/nowhere:$work/two:$work/sub" program
  prints "two/program"
  found_as_bare "$work/one:$work/two" program
  prints "two/program"
  found_as_bare "$work/a-file:$work/two" program
  prints "two/program"
  found_as_bare "../sub:$work/two" program
  prints "sub/program"
}

@test "C5 execvp execvpe execlp posix_spawnp: an empty element is the working directory" {
  for path in "$work/three:" ":$work/two" "$work/three::$work/two" "" ":"; do
    found_as_bare "$path" program
    prints "here/program"
  done
}

@test "C5 execvp execvpe execlp posix_spawnp: without PATH, the C library's own list" {
  for name in "${searching[@]}"; do
    same_as_bare "${dropped[@]}" cd="$work/here" setenv=PATH path=grep arg=zero arg=CapBnd \
      arg=/proc/self/status "$name" path=program "$name"
    prints CapBnd
  done
}

@test "C5 execvp execvpe execlp posix_spawnp: a denied file is remembered to the end of the search" {
  found_as_bare "$work/one:$work/three" denied
  found_as_bare "$work/one:$work/three" a-directory
  found_as_bare "$work/three:$work/nowhere" denied
}

@test "C5 execvp execvpe execlp posix_spawnp: an error of another kind ends the search" {
  found_as_bare "$work/one:$work/two" loop
}

@test "C5 execvp execvpe execlp: without magic, a file is a script for /bin/sh" {
  searching=(execvp execvpe execlp)
  found_as_bare "$work/three:$work/two" no-magic
  prints "run by a shell: $work/two/no-magic one"
  found_as_bare "" "$work/two/no-magic"
  prints "run by a shell: $work/two/no-magic one"
  found_as_bare "$work/two" no-magic argv=
  prints "run by a shell: $work/two/no-magic"
  found_as_bare "$work/two" no-magic argv= args=600
  prints "number-599"
}

@test "C5 posix_spawnp: without magic, a file is none" {
  searching=(posix_spawnp)
  found_as_bare "$work/three:$work/two" no-magic
  prints "posix_spawnp = 8"
}

@test "C5 execvp execvpe execlp posix_spawnp: a name with a slash is not searched for" {
  found_as_bare "$work/two" ./program
  prints "here/program"
  found_as_bare "$work/two" ../sub/program
  prints "sub/program"
  found_as_bare "$work" two/program
}

@test "C5 execvp execvpe execlp posix_spawnp: empty and overlong names and elements" {
  local long
  long=$(printf 'x%.0s' {1..300})
  found_as_bare "$work/two" ""
  found_as_bare "$work/two" "$long"
  found_as_bare "$work/two/$long:$work/two" program
  long=$(printf '/x%.0s' {1..2100})
  # glibc 2.36 looks into the working directory after an overlong element, which is no model; nothing is there.
  rm here/program
  found_as_bare "$long:$work/two" program
  prints "two/program"
  found_as_bare "$work/three:$long" program
}

@test "C5 execvpe posix_spawnp: PATH is that of the caller, not that of the new environment" {
  searching=(execvpe posix_spawnp)
  found_as_bare "$work/two" program env=PATH="$work/sub"
  prints "two/program"
}

# given_by_rule PROGRAM NAME STEP…: the sets of the program where the rule is for PROGRAM.
given_by_rule() {
  local rule=$1
  shift
  capture given "${matching[@]}" CAPKEEP_PROGRAM="$rule" "$probes/call" "${dropped[@]}" cd="$work/here" "$@"
  sets given | grep -v '^call'
}

@test "C2 execvp execvpe execlp posix_spawnp: a rule sees the file that the search has found" {
  local all="$keep_mask $keep_mask $keep_mask $keep_mask" none="$no_caps $no_caps $no_caps $no_caps"
  for name in "${searching[@]}"; do
    [[ $(given_by_rule "$work/two/program" setenv=PATH="$work/one:$work/two" path=program "$name") == "program $all" ]]
    [[ $(given_by_rule "$work/one/program" setenv=PATH="$work/one:$work/two" path=program "$name") == "program $none" ]]
    [[ $(given_by_rule "$work/here/program" setenv=PATH=":$work/two" path=program "$name") == "program $all" ]]
  done
}

@test "C2 execvp execvpe execlp: a script for /bin/sh has what a rule gives to the shell" {
  for name in execvp execvpe execlp; do
    given_by_rule /bin/sh setenv=PATH="$work/two:/bin" path=no-magic arg=zero "$name"
    grep -qE "^CapAmb:"$'\t'"$keep_mask" "$runs/given"
    given_by_rule "$work/here/*" setenv=PATH="$work/two:/bin" path=no-magic arg=zero "$name"
    grep -qE "^CapAmb:"$'\t'"$no_caps" "$runs/given"
  done
}
