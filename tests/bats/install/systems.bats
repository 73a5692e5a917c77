#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The cache of bare systems and machines (tests/machines/make-system): what is killed in the middle, fails, or has two users. Its
# mmdebstrap is one of ours, as what Debian's makes is seen in fresh.bats and machines.bats.

load ../lib/common

bats_require_minimum_version 1.5.0

setup() {
  can_unshare --mount || skip_because "$BATS_TEST_DESCRIPTION" "no mount namespace to be had"
  work=$BATS_TEST_TMPDIR
  cache=$work/cache/capkeep-tests
  system=/var/cache/capkeep-tests/one
  mkdir -p "$work/bin" "$cache"
  # It tells that it is there, makes a system of its last argument in two steps, and does in between what the test says.
  cat >"$work/bin/mmdebstrap" <<'SH'
#!/bin/sh
for directory; do :; done
echo begun >>"$CACHE/begun"
mkdir -p "$directory/usr"
eval "$BETWEEN"
echo "$directory" >"$directory/usr/whole"
SH
  chmod 755 "$work/bin/mmdebstrap"
}

# Who waits for the test does not for one that has failed.
teardown() {
  [[ ! ${cache-} ]] || touch "$cache/go"
}

# make COMMAND_IN_BETWEEN: one system, in a cache of this test's own.
make() {
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation private sh -c 'mount --bind "$1" /var/cache && shift && exec "$@"' sh "$work/cache" \
    env PATH="$work/bin:$PATH" CACHE="$cache" BETWEEN="$1" \
    "$BATS_TEST_DIRNAME/../../machines/make-system" one suite --include=something 3>&-
}

is_whole() {
  [[ $output == "$system" && -e $cache/one/usr/whole && ! -e $cache/one.new ]]
}

made_times() {
  [[ $(wc -l <"$cache/begun") == "$1" ]]
}

# somebody_waits: for the lock of the system. Below the first PID namespace /proc/locks leaves out whose owner has ended, and who
# waits for it (locks_show).
somebody_waits() {
  local fd
  for fd in /proc/[0-9]*/fd/9; do
    if [[ $fd -ef $cache/one.lock ]] && grep -q '^Name:.flock$' "${fd%/fd/9}/status" && grep -q '^State:.S' "${fd%/fd/9}/status"; then
      return
    fi
  done 2>/dev/null
  return 1
}

@test "systems: one is made once, and again after a week" {
  run -0 make ''
  is_whole
  run -0 make 'exit 1'
  is_whole
  made_times 1
  touch -d '8 days ago' "$cache/one.made"
  run -0 make ''
  is_whole
  made_times 2
}

@test "systems: one whose making is killed is made again" {
  run make 'kill -KILL $PPID; exit'
  [[ $status == 137 && -d $cache/one.new ]]
  run -0 make ''
  is_whole
  made_times 2
}

@test "systems: an old one of which a part is removed is none" {
  run -0 make ''
  touch -d '8 days ago' "$cache/one.made"
  # Killed in the middle of the last of what it is to remove.
  cat >"$work/bin/rm" <<'SH'
#!/bin/sh
for last; do :; done
[ "$last" = /var/cache/capkeep-tests/one ] || exec /bin/rm "$@"
while [ "$#" -gt 1 ]; do
  [ ! -e "$1" ] || /bin/rm -r "$1"
  shift
done
/bin/rm "$last/usr/whole"
kill -KILL "$PPID"
SH
  chmod 755 "$work/bin/rm"
  run make ''
  [[ $status == 137 && -d $cache/one/usr && ! -e $cache/one/usr/whole ]]
  /bin/rm "$work/bin/rm"
  run -1 make 'exit 1'
  run -0 make ''
  is_whole
}

@test "systems: where none can be made the first error is told, and nothing is left of it" {
  run -1 make 'echo "I: tries"; echo "E: no such suite"; echo "E: so nothing"; exit 1'
  [[ $output == 'E: no such suite' && ! -e $cache/one && ! -e $cache/one.new ]]
}

@test "systems: where no new one can be made the old one is taken, if it is what is wanted" {
  run -0 make ''
  touch -d '8 days ago' "$cache/one.made"
  run -0 make 'echo "E: no network"; exit 1'
  is_whole
  echo 'suite --include=another' >"$cache/one.made"
  run -1 make 'echo "E: no network"; exit 1'
  [[ $output == 'E: no network' ]]
}

@test "systems: two users at once: the second waits for the first one's" {
  make 'until [ -e "$CACHE/go" ]; do sleep 0.1; done' >"$work/first" &
  wait_until 60 test -e "$cache/one.new/usr"
  make '' >"$work/second" &
  wait_until 60 somebody_waits
  touch "$cache/go"
  wait
  [[ $(<"$work/first") == "$system" && $(<"$work/second") == "$system" ]]
  made_times 1
}

@test "systems: what is in use stays as it is, and does not wait for another user" {
  run -0 make ''
  exec 7<"$cache/one.lock"
  flock --shared 7
  run -0 make ''
  made_times 1
  touch -d '8 days ago' "$cache/one.made"
  make 'echo new >"$directory/usr/new"' >"$work/second" 7<&- &
  wait_until 60 somebody_waits
  made_times 1
  [[ -e $cache/one/usr/whole ]]
  exec 7<&-
  wait
  [[ $(<"$work/second") == "$system" && -e $cache/one/usr/new ]]
  made_times 2
}
