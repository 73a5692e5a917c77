#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# 32-bit launchers and programs on a 64-bit machine, where the library is installed for both: by its bare name each
# one's ld.so finds its own. The second library and its probes are built here, and seen in a mount namespace alone.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

libraries=/usr/lib/i386-linux-gnu

setup_file() {
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (build_and_install)
}

build_and_install() {
  find_what_is_tested
  hide_suite_environment
  i386=$BATS_FILE_TMPDIR/i386
  what_is_missing >"$BATS_FILE_TMPDIR/missing"
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || return 0
  make_shared_dir "$BATS_FILE_TMPDIR"
  write_libelf
  # A warning is a mistake here.
  quietly meson setup --cross-file "$BATS_TEST_DIRNAME/../../i386.cross" --cross-file "$BATS_FILE_TMPDIR/libelf.cross" \
    --libdir lib/i386-linux-gnu -Dcommand="$(has_libraries_of_command && echo enabled || echo disabled)" \
    -Dtests=enabled -Dwerror=true -Dman=disabled "$i386" "$BATS_TEST_DIRNAME/../../.."
  quietly ninja -C "$i386"
  install_into "$BATS_FILE_TMPDIR/both" "$i386" "$build"
  install_into "$BATS_FILE_TMPDIR/only-64" "$build"
  install_into "$BATS_FILE_TMPDIR/only-32" "$i386"
  # The command of either is the 64-bit one, or there is none.
  rm -f "$BATS_FILE_TMPDIR/only-32/usr/local/bin/capkeep"
  # The machine's own 32-bit libraries, with ours among them: the folder that a package would install it into.
  install_into "$BATS_FILE_TMPDIR/packaged" "$build"
  mkdir "$BATS_FILE_TMPDIR/packaged/i386"
  cp -a "$libraries/." "$i386/shim/libcapkeep.so" "$BATS_FILE_TMPDIR/packaged/i386"
}

# What there has to be and is not, in words; nothing where all is there.
what_is_missing() {
  local file
  if [[ $(uname -m) != x86_64 ]] || ! "$build/tests/probes/dump" >/dev/null; then
    echo 'this is no x86-64 machine'
  elif ! echo 'int main(void) { return 0; }' | gcc -m32 -x c -o "$BATS_FILE_TMPDIR/is-32" - 2>/dev/null; then
    echo 'gcc -m32 makes no program (gcc-multilib)'
  elif ! "$BATS_FILE_TMPDIR/is-32"; then
    echo 'this kernel executes no 32-bit program'
  elif ! can_unshare --mount; then
    echo 'no mount namespace to be had'
  else
    for file in libinih.a pkgconfig/libcap.pc pkgconfig/libcap-ng.pc pkgconfig/cmocka.pc; do
      [[ -e $libraries/$file ]] || { echo "there is no $libraries/$file"; return; }
    done
  fi
}

has_libraries_of_command() {
  [[ -e $libraries/libelf.so.1 && -e $libraries/pkgconfig/json-c.pc && -e $libraries/pkgconfig/libseccomp.pc ]]
}

# What libelf-dev would say. Its headers are the same for every architecture.
write_libelf() {
  mkdir "$BATS_FILE_TMPDIR/pkgconfig"
  printf '%s\n' 'Name: libelf' 'Description: as installed' 'Version: 0' "Libs: $libraries/libelf.so.1" \
    >"$BATS_FILE_TMPDIR/pkgconfig/libelf.pc"
  printf '%s\n' '[properties]' "pkg_config_libdir = ['$libraries/pkgconfig', '$BATS_FILE_TMPDIR/pkgconfig']" \
    >"$BATS_FILE_TMPDIR/libelf.cross"
}

quietly() {
  "$@" >"$BATS_FILE_TMPDIR/output" 2>&1 || { cat "$BATS_FILE_TMPDIR/output"; return 1; }
}

# install_into ROOT BUILD…: as `meson install` and ldconfig leave a machine, but below ROOT.
install_into() {
  local root=$1 one
  shift
  for one in "$@"; do
    quietly meson install -C "$one" --no-rebuild --destdir "$root"
  done
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation private sh -euc '
    mount -t tmpfs tmpfs /var/cache/ldconfig
    mount --bind "$1/usr/local" /usr/local
    ldconfig -X -C "$1/ld.so.cache"' sh "$root"
}

setup() {
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/missing")"
  probes_setup
  i386=$BATS_FILE_TMPDIR/i386
  probes_32=$i386/tests/probes probes_64=$probes
  launchers_32=$i386/tests/launchers
  cp "$probes_32/dump" "$work/dump-32"
  cp "$probes_64/dump" "$work/dump-64"
  preload=(LD_PRELOAD=libcapkeep.so CAPKEEP_LOG="$work/log")
  matching=("${preload[@]}" CAPKEEP_AMBIENT="$keep")
  foreign=("${matching[@]}" CAPKEEP_USER=4242424)
  write_on_machine
  on_machine both
}

write_on_machine() {
  cat >"$BATS_TEST_TMPDIR/on-machine" <<'SH'
#!/bin/sh -eu
root=$1
shift
mount --bind "$root/usr/local" /usr/local
mount --bind "$root/ld.so.cache" /etc/ld.so.cache
if [ -e "$root/i386/libcapkeep.so" ]; then
  mount --bind "$root/i386" /usr/lib/i386-linux-gnu
fi
exec "$@"
SH
  chmod 755 "$BATS_TEST_TMPDIR/on-machine"
}

# on_machine NAME: in front of a command, `machine` lets it see that one of setup_file's installations.
on_machine() {
  machine=(unshare --mount --propagation private "$BATS_TEST_TMPDIR/on-machine" "$BATS_FILE_TMPDIR/$1")
}

# launched_as_bare COMMAND…: bare, with a rule for another user and with one that matches the same is printed.
launched_as_bare() {
  capture bare "${machine[@]}" "$@"
  capture foreign "${machine[@]}" env "${foreign[@]}" "$@"
  capture matching "${machine[@]}" env "${matching[@]}" "$@"
  same bare foreign
  same bare matching "${kept_sets[@]}"
}

# across LAUNCHER PROGRAM STEP…: a launcher of so many bits that leaves root, and the program of so many that it starts.
across() {
  local launcher=$i386/tests/probes/call program=$work/dump-$2 name=dump-$2
  [[ $1 == 32 ]] || launcher=$probes_64/call
  shift 2
  launched_as_bare "$launcher" "${dropped[@]}" path="$program" arg=zero arg='two words' "${@//PROGRAM/"$program"}"
  assert_sets foreign "$name $nothing"
  assert_sets matching "$name $given"
}

every_exec=(execve execv execvp execvpe execl execlp execle execveat posix_spawn posix_spawnp syscall=execve
  system=PROGRAM popen=PROGRAM)

@test "C1 C2 C4 C5 a 32-bit launcher starts a 64-bit program, by every way there is" {
  for name in "${every_exec[@]}"; do
    across 32 64 "$name"
  done
}

@test "C1 C2 C4 C5 a 64-bit launcher starts a 32-bit program, by every way there is" {
  for name in "${every_exec[@]}"; do
    across 64 32 "$name"
  done
}

@test "C1 C2 C4 C5 a 32-bit launcher starts a 32-bit program, by every way there is" {
  for name in "${every_exec[@]}"; do
    across 32 32 "$name"
  done
}

@test "C1 by number, with ids of 16 and of 32 bits: setuid setreuid setresuid" {
  local number
  for number in setuid,65534 setreuid,65534,65534 setresuid,65534,65534,65534 setuid32,65534 setreuid32,65534,65534 \
    setresuid32,65534,65534,65534; do
    launched_as_bare "$probes_32/call" groups=65534 syscall="$number" status path="$work/dump-64" execve
    assert_sets matching "call $given" "dump-64 $given"
  done
}

@test "C1 in every thread of a 32-bit launcher" {
  capture matching "${machine[@]}" env "${matching[@]}" timeout 600 "$probes_32/threads" 8 exec="$work/dump-64"
  assert_sets matching "threads $given" "dump-64 $given"
  grep -qx '9 threads:' "$runs/matching"
}

@test "C4 the library goes along through root's processes of either kind, and an environment that was cleaned" {
  local middle
  for middle in 32 64; do
    local call=$probes_64/call
    [[ $middle == 64 ]] || call=$probes_32/call
    # A 64-bit shell, a process of either kind that clears its environment, a launcher of the other kind.
    launched_as_bare sh -c '"$@"; exit' sh "$call" clearenv path="$launchers_32/drop-dynamic" arg=drop arg=65534 \
      arg="$work/dump-64" execve
    assert_sets matching "dump-64 $given"
    launched_as_bare sh -c '"$@"; exit' sh "$call" clearenv path="$build/tests/launchers/drop-dynamic" arg=drop arg=65534 \
      arg="$work/dump-32" execve
    assert_sets matching "dump-32 $given"
  done
  [[ $(grep -c out-of-reach "$work/log") == 0 ]]
}

@test "C3 bounding set and no_new_privs by a 32-bit launcher" {
  capture bound "${machine[@]}" env "${matching[@]}" CAPKEEP_BOUNDING="$keep" CAPKEEP_NO_NEW_PRIVS=yes \
    "$probes_32/call" "${dropped[@]}" path="$work/dump-64" execve
  assert_sets bound "dump-64 $given"
  grep -qx "CapBnd:"$'\t'"$keep_mask" "$runs/bound"
  grep -qx $'NoNewPrivs:\t1' "$runs/bound"
}

@test "C2 Launcher= and Program= see 32-bit files, by text and by link" {
  ln -s "$probes_32/call" "$work/launcher"
  ln -s "$work/dump-64" "$work/program"
  capture rule "${machine[@]}" env "${matching[@]}" CAPKEEP_LAUNCHER="$work/launcher" CAPKEEP_PROGRAM="$work/program" \
    "$probes_32/call" "${dropped[@]}" path="$work/dump-64" execve
  assert_sets rule "dump-64 $given"
  capture rule "${machine[@]}" env "${matching[@]}" CAPKEEP_PROGRAM="$work/program" \
    "$probes_32/call" "${dropped[@]}" path="$work/dump-32" execve
  assert_sets rule "dump-32 $nothing"
}

@test "C2 Descendants=no: a 32-bit program lowers for its children what a 64-bit launcher kept, and the reverse" {
  local pair launcher program child
  for pair in "$probes_64 $probes_32" "$probes_32 $probes_64"; do
    read -r launcher program <<<"$pair"
    child=$work/dump-64
    local -a steps=("${dropped[@]}" path="$program/call" arg=call arg=status arg=path="$child" arg=execve execve)
    capture bare "${machine[@]}" "$launcher/call" "${steps[@]}"
    capture childless "${machine[@]}" env "${matching[@]}" CAPKEEP_DESCENDANTS=no "$launcher/call" "${steps[@]}"
    assert_sets childless "call $keep_mask $keep_mask $no_caps $no_caps" "dump-64 $nothing"
    same bare childless "${kept_sets[@]}"
  done
}

@test "C1 run with both installed takes the bare name, and launchers of either kind keep" {
  capture named "${machine[@]}" /usr/local/bin/capkeep run -a "$keep" -- env
  grep -qx 'LD_PRELOAD=libcapkeep.so' "$runs/named"
  local launcher
  for launcher in "$launchers_32/drop-dynamic" "$build/tests/launchers/drop-dynamic"; do
    capture kept "${machine[@]}" /usr/local/bin/capkeep run -a "$keep" -- "$launcher" 65534 "$work/dump-64"
    assert_sets kept "dump-64 $given"
    run ! grep -qE "${carried[0]}|of another architecture" "$runs/kept"
  done
}

@test "C1 run: the 32-bit library in the folder of Debian's packages" {
  on_machine packaged
  capture kept "${machine[@]}" /usr/local/bin/capkeep run -a "$keep" -- "$launchers_32/drop-dynamic" 65534 "$work/dump-64"
  assert_sets kept "dump-64 $given"
}

@test "C1 a path with \$LIB in it names both" {
  preload=(LD_PRELOAD=/usr/local/\$LIB/libcapkeep.so CAPKEEP_LOG="$work/log")
  matching=("${preload[@]}" CAPKEEP_AMBIENT="$keep")
  foreign=("${matching[@]}" CAPKEEP_USER=4242424)
  launched_as_bare sh -c '"$@"; exit' sh "$launchers_32/drop-dynamic" 65534 "$work/dump-64"
  assert_sets matching "dump-64 $given"
  [[ $(grep -c out-of-reach "$work/log") == 0 ]]
}

@test "C1 C2 /etc/ld.so.preload with the bare name: both kinds keep, nothing is out of reach, and Descendants=no holds" {
  local launcher program
  preload_everywhere libcapkeep.so
  mkdir "$etc_more/capkeep"
  printf '[Policy]\nLog=%s\n[Keep it]\nUser=65534\nAmbientCapabilities=%s\nDescendants=no\n' "$work/log" "$keep" \
    >"$etc_more/capkeep/capkeep.conf"
  for launcher in "$launchers_32/drop-dynamic" "$build/tests/launchers/drop-dynamic"; do
    for program in "$probes_32" "$probes_64"; do
      capture everywhere "${machine[@]}" "${preloading[@]}" env -i sh -c '"$@"; exit' sh "$launcher" 65534 "$program/call" \
        status path="$work/dump-32" execve
      assert_sets everywhere "call $keep_mask $keep_mask $no_caps $no_caps" "dump-32 $nothing"
    done
  done
  grep -q event=kept "$work/log"
  run ! grep -E 'out-of-reach|hardening=failed' "$work/log"
}

@test "C6 without a library for it, run supervises a launcher of another architecture or refuses it, and both sides tell" {
  on_machine only-64
  capture supervised "${machine[@]}" /usr/local/bin/capkeep run --log none -a "$keep" -- "$launchers_32/drop-dynamic" 65534 \
    "$work/dump-64"
  assert_sets supervised "dump-64 $given"
  run -125 "${machine[@]}" setpriv --bounding-set -sys_ptrace /usr/local/bin/capkeep run -a "$keep" -- "$launchers_32/drop-dynamic" 65534 /bin/touch \
    "$work/started"
  [[ ${#lines[@]} == 1 && $output == *'another architecture'* && ! -e $work/started ]]
  capture told "${machine[@]}" env "${matching[@]}" sh -c '"$@"; exit' sh "$launchers_32/drop-dynamic" 65534 \
    "$work/dump-64"
  assert_sets told "dump-64 $nothing"
  [[ $(grep -c "event=out-of-reach .*reason=foreign" "$work/log") == 1 ]]
  rm "$work/log"
  # The same from a 32-bit process, where there is none for 64 bits.
  on_machine only-32
  capture told "${machine[@]}" "$probes_32/call" setenv=A setenv="${preload[0]}" setenv="${preload[1]}" \
    setenv=CAPKEEP_AMBIENT="$keep" path="$probes_32/call" arg=call arg=path="$build/tests/launchers/drop-dynamic" arg=arg=drop \
    arg=arg=65534 arg=arg="$work/dump-64" arg=execve execve
  assert_sets told "dump-64 $nothing"
  [[ $(grep -c "event=out-of-reach .*reason=foreign" "$work/log") == 1 ]]
}

@test "C1 C2 C5 popen, dlopen and posix_spawn in the versions of glibc 2.0 and 2.2" {
  local steps=(popen="echo said" type=w popen=cat type=x popen=cat dlopen=/nonexistent groups=65534
    dlopen="$work/leave_root.so" status type=r popen="$work/dump-64" path="$work/dump-32" arg=zero)
  cp "$probes_32/leave_root.so" "$work"
  printf 'echo "$0"\n' >"$work/no-magic"
  chmod 755 "$work/no-magic"
  launched_as_bare "$probes_32/call_old" "${steps[@]}" posix_spawn path="$work/no-magic" posix_spawn posix_spawnp
  [[ $(grep -cx "$work/no-magic\|said\|sent to the command" "$runs/matching") == 4 ]]
  grep -qx 'dlopen = 0 errno 0' "$runs/matching"
  assert_sets matching "call_old $given" "dump-64 $given" "dump-32 $given"
  assert_sets foreign "call_old $nothing" "dump-64 $nothing" "dump-32 $nothing"
}

@test "C1 C5 __prctl_time64, which is prctl to a 32-bit program with 64-bit time" {
  # PR_CAP_AMBIENT_CLEAR_ALL.
  local steps=("${dropped[@]}" "__prctl_time64=47,4" status)
  for vars in CAPKEEP_GUARD=yes CAPKEEP_GUARD=no; do
    capture by_prctl "${machine[@]}" env "${matching[@]}" "$vars" CAPKEEP_LOG=stderr "$probes_32/call" "${steps[@]/__prctl_time64/prctl}"
    capture by_time64 "${machine[@]}" env "${matching[@]}" "$vars" CAPKEEP_LOG=stderr "$probes_32/call" "${steps[@]}"
    diff -u <(sed 's/^capkeep\[[0-9]*/capkeep[/' "$runs/by_prctl") \
      <(sed 's/^capkeep\[[0-9]*/capkeep[/; s/^__prctl_time64/prctl/' "$runs/by_time64")
  done
  assert_sets by_time64 "call $keep_mask $keep_mask $keep_mask $no_caps"
  capture guarded "${machine[@]}" env "${matching[@]}" CAPKEEP_GUARD=yes "$probes_32/call" "${steps[@]}"
  assert_sets guarded "call $given"
}

@test "C6 a 32-bit launcher writes to a log that is longer than 2 GiB" {
  truncate -s 3G "$work/log"
  capture matching "${machine[@]}" env "${matching[@]}" "$probes_32/call" "${dropped[@]}"
  tail -c 400 "$work/log" | grep -qa 'event=kept comm=call '
}

@test "the unit tests of a 32-bit build" {
  # shellcheck disable=SC2119
  meson test -C "$i386" --no-rebuild --suite unit
}

@test "the audits of a 32-bit build" {
  meson test -C "$i386" --no-rebuild --suite audit
}

@test "C1 C2 a 32-bit command serves 32-bit launchers: preload, ptrace for a static one, and -u" {
  local command=$i386/cli/capkeep program
  [[ -x $command ]] || skip_because "$BATS_TEST_DESCRIPTION" "libelf1, libjson-c-dev or libseccomp-dev is missing for i386"
  for program in "$work/dump-32" "$work/dump-64"; do
    capture preloaded "$command" run --log none -a "$keep" -- "$launchers_32/drop-dynamic" 65534 "$program"
    assert_sets preloaded "${program##*/} $given"
    capture supervised "$command" run --log none -a "$keep" -- "$launchers_32/drop-static" 65534 "$program"
    assert_sets supervised "${program##*/} $given"
    capture unserved "$command" run --log none -a "$keep" --for-user 4242424 -- "$launchers_32/drop-static" 65534 "$program"
    assert_sets unserved "${program##*/} $nothing"
    capture itself "$command" run --log none -a "$keep" -u 65534 -- "$program"
    assert_sets itself "${program##*/} $given"
  done
  # A file longer than 2 GiB is no matter.
  cp "$launchers_32/drop-static" "$work/long"
  truncate -s 3G "$work/long"
  capture supervised "$command" run --log none -a "$keep" -- "$work/long" 65534 "$work/dump-64"
  assert_sets supervised "dump-64 $given"
}

@test "a 32-bit command traces a 32-bit launcher" {
  local command=$i386/cli/capkeep
  [[ -x $command ]] || skip_because "$BATS_TEST_DESCRIPTION" "libelf1, libjson-c-dev or libseccomp-dev is missing for i386"
  "$command" trace -o "$work/trace" -- "$launchers_32/drop-static" 65534 "$work/dump-32" >/dev/null
  grep -q 'setuid32 uid root -> nobody' "$work/trace"
  grep -q 'lost all' "$work/trace"
}
