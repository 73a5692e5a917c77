#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What "executes a program" means to a rule and to the kernel: descriptors, memfds, #! scripts, links, relative paths,
# set-user-ID and file capabilities, and launchers that try again after a failure (C2, C5, C6).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  cd "$work" || return
  cp "$probes/dump" dump
  printf '#!%s argument of the script\n' "$work/dump" >script
  printf '#!%s\n' "$work/script" >script-of-script
  printf '#!  %s  \n' "$work/link" >script-of-link
  printf '#!/nonexistent/interpreter\n' >bad-script
  printf 'no magic\n' >no-magic
  : >not-executable
  chmod 755 dump script script-of-script script-of-link bad-script no-magic
  chmod 644 not-executable
  ln -s dump link
  ln -s script link-to-script
  mkdir folder
  cp dump folder/dump
  all="$keep_mask $keep_mask $keep_mask $keep_mask"
}

# given_to RULE STEP…: the sets of what is executed where the rule is for this program.
given_to() {
  local rule=$1
  shift
  capture given "${matching[@]}" CAPKEEP_PROGRAM="$rule" "$probes/call" "${dropped[@]}" "$@"
  sets given | awk '$1 != "call" { print $2, $3, $4, $5 }'
}

@test "C5 execveat: descriptor and path, empty path, links, and wrong ones" {
  same_as_bare "${dropped[@]}" fd="$work" path=dump arg=zero arg=one env=B=2 execveat
  same_as_bare "${dropped[@]}" fd="$work" path=folder/dump arg=zero execveat
  same_as_bare "${dropped[@]}" fd="$work/folder" path="$work/dump" arg=zero execveat
  same_as_bare "${dropped[@]}" fd="$work/dump" path= flags=0x1000 arg=zero env=B=2 execveat
  same_as_bare "${dropped[@]}" path=link arg=zero execveat
  assert_sets matching "link $all"
  same_as_bare "${dropped[@]}" fd="$work" path=link flags=0x100 execveat path=dump execveat
  same_as_bare "${dropped[@]}" status fd=none path=dump execveat fd="$work/dump" execveat fd="$work" path= execveat \
    flags=0x1000 execveat flags=0x8000 execveat path=nothing flags=0x1000 execveat status
}

@test "C2 execveat: a rule sees the file, whatever names it" {
  [[ $(given_to "$work/dump" fd="$work" path=dump execveat) == "$all" ]]
  [[ $(given_to "$work/dump" fd="$work/dump" path= flags=0x1000 execveat) == "$all" ]]
  [[ $(given_to "$work/dump" fd="$work/folder" path=../link execveat) == "$all" ]]
  [[ $(given_to "$work/dump" fd="$work/folder" path=dump execveat) == "$nothing" ]]
  [[ $(given_to "$work/folder/*" fd="$work/folder" path=dump execveat) == "$all" ]]
  # The descriptor's directory counts, not the working directory, where another file has the name.
  [[ $(given_to "$work/dump" cd="$work" fd="$work/folder" path=dump execveat) == "$nothing" ]]
  [[ $(given_to "$work/dump" fd="$work" path=dump syscall=execveat) == "$all" ]]
  [[ $(given_to "$work/folder/dump" fd="$work" path=dump syscall=execveat) == "$nothing" ]]
}

@test "C2 C5 fexecve: a file, a memfd, a script in a memfd" {
  same_as_bare "${dropped[@]}" fd="$work/dump" arg=zero env=B=2 fexecve
  same_as_bare "${dropped[@]}" memfd="$work/dump" arg=zero env=B=2 fexecve
  sets matching | grep -q " $all\$"
  same_as_bare "${dropped[@]}" memfd="$work/script" arg=zero env=B=2 fexecve
  sets matching | grep -q " $all\$"
  same_as_bare "${dropped[@]}" memfd="$work/no-magic" fexecve status
  [[ $(given_to "$work/dump" fd="$work/dump" fexecve) == "$all" ]]
  # What a memfd holds is nobody's path, but its interpreter is one.
  [[ $(given_to "$work/*" memfd="$work/dump" fexecve) == "$nothing" ]]
  [[ $(given_to "$work/dump" memfd="$work/script" fexecve) == "$all" ]]
}

@test "C2 #! scripts: the rule may name the script or its interpreter" {
  for script in script script-of-script; do
    same_as_bare "${dropped[@]}" path="$work/$script" arg=zero arg=one execve
    [[ $(given_to "$work/$script" path="$work/$script" execve) == "$all" ]]
    [[ $(given_to "$work/script" path="$work/$script" execve) == "$all" ]]
    [[ $(given_to "$work/dump" path="$work/$script" execve) == "$all" ]]
    [[ $(given_to "$work/folder/*" path="$work/$script" execve) == "$nothing" ]]
  done
  same_as_bare "${dropped[@]}" path="$work/script-of-link" arg=zero execve
  [[ $(given_to "$work/dump" path="$work/script-of-link" execve) == "$all" ]]
  [[ $(given_to "$work/link" path="$work/script-of-link" execve) == "$all" ]]
}

@test "C2 #! scripts: by every function" {
  for name in execv execvp execvpe execl execlp execle posix_spawn posix_spawnp; do
    [[ $(given_to "$work/script" path="$work/script" "$name") == "$all" ]]
    [[ $(given_to "$work/dump" path="$work/script" "$name") == "$all" ]]
    [[ $(given_to "$work/folder/*" path="$work/script" "$name") == "$nothing" ]]
  done
  [[ $(given_to "$work/script" openfd="$work" path=script execveat) == "$all" ]]
  [[ $(given_to "$work/dump" openfd="$work" path=script execveat) == "$all" ]]
  # Its interpreter could not open it again behind a descriptor that closes (execveat(2), BUGS).
  same_as_bare "${dropped[@]}" fd="$work" path=script execveat status fd="$work/script" fexecve status
}

@test "C2 links and relative paths: a rule matches by its text or by the file" {
  for rule in "$work/dump" "$work/link"; do
    [[ $(given_to "$rule" path="$work/link" execve) == "$all" ]]
    [[ $(given_to "$rule" path=link execve) == "$all" ]]
    [[ $(given_to "$rule" path=./dump execve) == "$all" ]]
    [[ $(given_to "$rule" path="$work/folder/../dump" execve) == "$all" ]]
    [[ $(given_to "$rule" cd=folder path=../link execve) == "$all" ]]
    [[ $(given_to "$rule" cd=folder path=dump execve) == "$nothing" ]]
  done
  [[ $(given_to "$work/link-to-script" path=script execve) == "$all" ]]
  [[ $(given_to "$work/script" path=link-to-script execve) == "$all" ]]
}

@test "C2 C5 scripts that cannot run: the same errors, bare and where the rule names them" {
  local name
  printf '#!%s\n' "$(printf '/x%.0s' {1..300})" >long
  printf '#!' >short
  printf '#! \n' >blank
  printf '#!script-of-itself\n' >script-of-itself
  printf '#!%s/dump' "$work" >unended
  printf '#!%s/dump\r\n' "$work" >dos
  chmod 755 long short blank script-of-itself unended dos
  for name in long short blank script-of-itself dos bad-script; do
    same_as_bare "${dropped[@]}" path="$work/$name" execve status path="$name" execve execvp posix_spawn status
    capture waiting "${matching[@]}" CAPKEEP_PROGRAM="$work/*" "$probes/call" "${dropped[@]}" path="$work/$name" \
      execve status
    assert_sets waiting "call $waiting"
  done
  same_as_bare "${dropped[@]}" path="$work/unended" arg=zero execve
  [[ $(given_to "$work/unended" path="$work/unended" execve) == "$all" ]]
}

@test "C2 an exec that fails is rolled back each time, and another program than the rule's gets nothing: execve" {
  local -a attempts=()
  for name in nothing not-executable no-magic bad-script dump/below folder; do
    attempts+=(path="$work/$name" execve status)
  done
  capture tries "${matching[@]}" CAPKEEP_PROGRAM="$work/*" "$probes/call" "${dropped[@]}" "${attempts[@]}" \
    path="$work/dump" bigarg=200000 execve status argv= path="$work/folder/dump" execve
  assert_sets tries "call $waiting" "call $waiting" "call $waiting" "call $waiting" "call $waiting" "call $waiting" \
    "call $waiting" "dump $nothing"
}

@test "C2 C3 a drop that only the exec completes: bounding set and no_new_privs come with it" {
  capture bound "${matching[@]}" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes "$probes/call" groups=65534 \
    setreuid=65534,-1 seteuid=65534 path="$work/dump" execve
  assert_sets bound "dump $all"
  grep -qE "^CapBnd:"$'\t'"$keep_mask\$" "$runs/bound"
  grep -qE $'^NoNewPrivs:\t1$' "$runs/bound"
}

# Of a thread whose drop only an exec completes: what cannot be undone.
hardening() {
  grep -E $'^(CapBnd|NoNewPrivs):' "$runs/$1"
}

# hardens_nothing LINE STEP…: the call is answered so, and has left no_new_privs and the bounding set as they were.
hardens_nothing() {
  local line=$1
  shift
  capture bare "$probes/call" "${undropped[@]}" status "$@" status
  capture failed "${hardened[@]}" "$probes/call" "${undropped[@]}" status "$@" status
  same bare failed
  grep -qxE "$line" "$runs/failed"
  [[ $(hardening failed | wc -l) == 4 && $(hardening failed | sort -u | wc -l) == 2 ]]
}

make_failures() {
  undropped=(groups=65534 "setresuid=65534,65534,0")
  hardened=("${matching[@]}" CAPKEEP_NO_NEW_PRIVS=yes CAPKEEP_BOUNDING="$keep")
  cp dump truncated
  truncate -s 100 truncated
  # The machine in the head of an ELF file: none that there is.
  cp dump of-another-machine
  printf '\377\377' | dd of=of-another-machine bs=1 seek=18 conv=notrunc status=none
  mkdir one two
  cp dump one/program
  chmod 644 one/program
  cp dump two/program
}

@test "C2 C3 what only asks whether a file can be executed hardens nothing: execveat syscall" {
  make_failures
  local name answer='(execveat|syscall execveat) = (0|-1 errno EINVAL)'
  for name in execveat syscall=execveat; do
    hardens_nothing "$answer" flags=0x10000 path="$work/dump" "$name"
    hardens_nothing '(execveat|syscall execveat) = -1 errno (EACCES|EINVAL)' flags=0x10000 path="$work/not-executable" "$name"
    hardens_nothing "$answer" flags=0x11000 openfd="$work/dump" path= "$name"
  done
}

@test "C2 C3 an exec that fails hardens nothing, whatever it fails by: execve execvp fexecve" {
  make_failures
  hardens_nothing 'execve = -1 errno ENOENT' path="$work/nothing" execve
  hardens_nothing 'execve = -1 errno EACCES' path="$work/not-executable" execve
  hardens_nothing 'execve = -1 errno EACCES' path="$work/folder" execve
  hardens_nothing 'execve = -1 errno ENOEXEC' path="$work/no-magic" execve
  hardens_nothing 'execve = -1 errno ENOENT' path="$work/bad-script" execve
  hardens_nothing 'execve = -1 errno ENOEXEC' path="$work/of-another-machine" execve
  hardens_nothing 'execve = -1 errno (ENOEXEC|EIO|EINVAL)' path="$work/truncated" execve
  # Its loader is not there: for another C library, say.
  sed 's|/lib64/ld-linux-x86-64\.so|/lib64/no-linux-x86-64.so|; s|/lib/ld-linux-aarch64\.so|/lib/no-linux-aarch64.so|' dump >without-loader
  cmp -s dump without-loader || {
    chmod 755 without-loader
    hardens_nothing 'execve = -1 errno ENOENT' path="$work/without-loader" execve
  }
  printf '#!%s\n' "$work/private" >script-of-private
  chmod 755 script-of-private
  cp dump private
  chmod 700 private
  hardens_nothing 'execve = -1 errno EACCES' path="$work/script-of-private" execve
  hardens_nothing 'fexecve = -1 errno EACCES' fd="$work/not-executable" fexecve
  hardens_nothing 'execvp = -1 errno EACCES' setenv=PATH="$work/one:$work/nowhere" path=program execvp
  hardens_nothing 'execve = -1 errno E2BIG' path="$work/dump" bigarg=200000 execve
}

@test "C2 C3 an exec that succeeds after those that have failed hardens: execve execvp" {
  make_failures
  local -a then=(setenv=PATH="$work/one:$work/two" path=program execvp)
  capture succeeded "${hardened[@]}" "$probes/call" "${undropped[@]}" path="$work/no-magic" execve path="$work/one/program" execve "${then[@]}"
  assert_sets succeeded "program $all"
  diff -u <(printf 'CapBnd:\t%s\nNoNewPrivs:\t1\n' "$keep_mask") <(hardening succeeded)
}

@test "C6 a set-user-ID or set-group-ID program: the kernel clears ambient, and refuse says so first" {
  cp dump set-user-id
  cp dump set-group-id
  chown 65533:65533 set-user-id set-group-id
  chmod 4755 set-user-id
  chmod 2755 set-group-id
  for program in set-user-id set-group-id; do
    same_as_bare "${dropped[@]}" path="$work/$program" execve
    [[ $(sets matching | awk '{ print $2, $3, $5 }') == "$no_caps $no_caps $no_caps" ]]
    capture refused "${matching[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" "${dropped[@]}" path="$work/$program" \
      execve status
    assert_sets refused "call $all"
    grep -q '^execve = -1 errno EPERM$' "$runs/refused"
  done
}

# arrives STEP…: what is kept arrives, and refuse has nothing to refuse.
arrives() {
  capture kept "${matching[@]}" CAPKEEP_LOG=stderr CAPKEEP_ON_FAILURE=refuse "$probes/call" "$@" execve
  sets kept | grep -qx ".* $all"
  run ! grep -q 'event=not-kept' "$runs/kept"
}

# is_lost REASON STEP…: told with this reason, and refused where the rule says so.
is_lost() {
  local reason=$1
  shift
  capture lost "${matching[@]}" CAPKEEP_LOG=stderr "$probes/call" "$@" execve
  [[ $(sets lost | awk '{ print $2, $3, $5 }') == "$no_caps $no_caps $no_caps" ]]
  grep -qE "event=not-kept .*call=execve .*$reason=${keep/ /,}" "$runs/lost"
  capture refused "${matching[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" "$@" execve
  grep -q '^execve = -1 errno EPERM$' "$runs/refused"
  run ! grep -q '^Argv' "$runs/refused"
}

# before_6_17: of these kernels alone, an exec clears ambient where real and effective ids differ.
before_6_17() {
  [[ $(printf '%s\n' 6.17 "$(uname -r)" | sort -V | head -n 1) != 6.17 ]]
}

@test "C2 C6 real and effective ids that differ: kept or told, as this kernel does it" {
  local -a arrive=(arrives)
  before_6_17 && arrive=(is_lost ids-differ)
  "${arrive[@]}" groups=65534 setresuid=65534,65533,65533 path="$work/dump"
  "${arrive[@]}" groups=65534 gids=65534,65533,65533 setresuid=65534,65534,65534 path="$work/dump"
  "${arrive[@]}" groups=65534 gids=65533,65534,65534 setresuid=65534,65533,65533 path="$work/dump"
  # The saved ids never count.
  arrives groups=65534 gids=65534,65534,65533 setresuid=65534,65534,65533 path="$work/dump"
}

# What decides is the version that the kernel tells, and this one tells an older one where it is asked to.
@test "C2 C6 real and effective ids that differ: refused where the kernel's version is one before 6.17" {
  local ids
  setarch --uname-2.6 true 2>/dev/null || skip_because "a kernel's older version" "setarch is not there or not allowed"
  for ids in 'setresuid=65534,65533,65533' 'gids=65534,65533,65533 setresuid=65534,65534,65534'; do
    # shellcheck disable=SC2086 # steps
    capture refused "${matching[@]}" CAPKEEP_LOG=stderr CAPKEEP_ON_FAILURE=refuse setarch --uname-2.6 "$probes/call" \
      groups=65534 $ids path="$work/dump" execve
    grep -qE "event=refused .*call=execve .*ids-differ=${keep/ /,}" "$runs/refused"
    grep -q '^execve = -1 errno EPERM$' "$runs/refused"
    run ! grep -q '^Argv' "$runs/refused"
  done
}

@test "C2 C6 a set-group-ID program: of a group of the process it keeps, of another it is told as set-ID" {
  local -a as_member=(arrives)
  before_6_17 && as_member=(is_lost set-id)
  cp dump of-the-group
  chown 65533:65533 of-the-group
  chmod 2755 of-the-group
  "${as_member[@]}" groups=65533 gids=65534,65534,65534 setresuid=65534,65534,65534 path="$work/of-the-group"
  # That of the process itself is no other group at all.
  arrives groups=65533 setresuid=65534,65534,65534 path="$work/of-the-group"
  is_lost set-id "${dropped[@]}" path="$work/of-the-group"
  # Without the group's execute bit it is none, and under no_new_privs the kernel does not look.
  chmod 2745 of-the-group
  arrives "${dropped[@]}" path="$work/of-the-group"
  chmod 2755 of-the-group
  arrives "${dropped[@]}" prctl=38,1 path="$work/of-the-group"
}

@test "C6 a program with file capabilities: the kernel clears ambient, and refuse says so first" {
  command -v setcap >/dev/null || skip_because "file capabilities" "setcap is not installed"
  cp dump with-caps
  setcap cap_chown+ep with-caps || skip_because "file capabilities" "the file system has none"
  same_as_bare "${dropped[@]}" path="$work/with-caps" execve
  [[ $(sets matching | awk '{ print $2, $3, $5 }') == "0000000000000001 0000000000000001 $no_caps" ]]
  capture refused "${matching[@]}" CAPKEEP_ON_FAILURE=refuse "$probes/call" "${dropped[@]}" path="$work/with-caps" \
    execve status
  assert_sets refused "call $all"
  grep -q '^execve = -1 errno EPERM$' "$runs/refused"
}

@test "C2 C6 a program with file capabilities for the root of another user namespace: here they do not count" {
  command -v setcap >/dev/null || skip_because "file capabilities" "setcap is not installed"
  cp dump with-caps
  setcap -n 100000 cap_chown+ep with-caps || skip_because "file capabilities" "none to be had for another namespace"
  same_as_bare "${dropped[@]}" path="$work/with-caps" execve
  [[ $(sets matching | awk '{ print $2, $3, $5 }') == "$keep_mask $keep_mask $keep_mask" ]]
  capture refused "${matching[@]}" CAPKEEP_ON_FAILURE=refuse CAPKEEP_LOG=stderr "$probes/call" "${dropped[@]}" \
    path="$work/with-caps" execve
  run ! grep -qE 'event=(refused|not-kept)' "$runs/refused"
}

@test "C5 descriptors: the library leaves none open and takes none away: execve fexecve posix_spawn" {
  for name in execve posix_spawn; do
    same_as_bare "${dropped[@]}" path="$work/script" execve "$name"
  done
  capture own "${matching[@]}" CAPKEEP_PROGRAM="$work/*" "$probes/call" "${dropped[@]}" path="$work/nothing" execve \
    path="$work/bad-script" execve execvp posix_spawn path=/bin/ls arg=ls arg=/proc/self/fd execv
  capture bare "$probes/call" "${dropped[@]}" path="$work/nothing" execve \
    path="$work/bad-script" execve execvp posix_spawn path=/bin/ls arg=ls arg=/proc/self/fd execv
  same own bare
}
