# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # work is the caller's
# A machine to install packages on: this one's files under an overlay in memory, with a package database of its own, seen
# by nobody else. Load it after lib/common.

# Whether there can be one, in words; nothing where there can. A user namespace's root is not the owner of the machine's
# package database, and cannot give a file to the owner that it had.
why_no_machine() {
  local place
  if [[ ! -O /var/lib/dpkg/status ]]; then
    echo 'only root of the machine itself can install packages'
    return
  fi
  for place in /usr /etc /var; do
    ! mountpoint -q "$place" || { echo "$place is a file system of its own"; return; }
  done
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation private sh -euc '
    mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir upper work root
    mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root' sh "$BATS_FILE_TMPDIR" 2>/dev/null ||
    echo 'no overlay file system to be had'
}

# start_machine DIRECTORY: `machine`, in front of a command, runs it there; the directory is its /tmp/files. What is
# changed there lies below $machine_changes, to be looked at by `on_host`. It ends with stop_machine, or with this shell.
start_machine() {
  local ready=$BATS_TEST_TMPDIR/machine-ready
  cat >"$BATS_TEST_TMPDIR/machine" <<'SH'
memory=$1 files=$2 ready=$3 parent=$4
mount -t tmpfs tmpfs "$memory"
cd "$memory"
mkdir upper work root
chmod 755 upper
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
for place in /proc /sys /dev; do
  mount --rbind "$place" "root$place"
done
for place in /tmp /run /var/tmp; do
  mount -t tmpfs -o mode=1777 tmpfs "root$place"
done
mkdir root/tmp/files
mount --bind "$files" root/tmp/files
: >"$ready"
exec tail --pid="$parent" -f /dev/null
SH
  mkdir -p "$BATS_TEST_TMPDIR/memory"
  rm -f "$ready"
  unshare --mount --propagation private sh -eu "$BATS_TEST_TMPDIR/machine" "$BATS_TEST_TMPDIR/memory" "$1" "$ready" $$ \
    >"$BATS_TEST_TMPDIR/machine.out" 2>&1 3>&- &
  machine_pid=$!
  wait_until 20 test -e "$ready" || { cat "$BATS_TEST_TMPDIR/machine.out"; return 1; }
  machine_changes=$BATS_TEST_TMPDIR/memory/upper
  on_host=(nsenter --target "$machine_pid" --mount)
  machine=("${on_host[@]}" chroot "$BATS_TEST_TMPDIR/memory/root")
  # What makers of small images leave out would be missing here; and the index of manuals is none of our business.
  "${machine[@]}" sh -c 'rm -f /etc/dpkg/dpkg.cfg.d/* /var/lib/man-db/auto-update /etc/ld.so.preload'
}

stop_machine() {
  [[ ${machine_pid-} ]] || return 0
  kill "$machine_pid"
  wait "$machine_pid" || :
}
