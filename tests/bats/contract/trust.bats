#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C8: a policy file counts only if nobody but root and the user who runs this can have written it, or put something else
# in its place. Each case is tried with a file that is named (by CAPKEEP_POLICY and `run --policy`), with the installed
# capkeep.conf and with a drop-in; and each time it was trusted before the one thing was changed that is wrong.

load ../lib/common
load ../lib/probes
load ../lib/policies

setup_file() {
  etc_setup_file
}

setup() {
  policies_setup
  etc_setup
  # Nothing here may wait for a policy.
  patience=(timeout --foreground --kill-after=1 600)
  elsewhere=$BATS_TEST_TMPDIR/elsewhere
  capture bare "${patience[@]}" "$probes/call" "${steps[@]}"
}

teardown() {
  chmod 755 "$BATS_FILE_TMPDIR/etc"
}

# Where the policy is: `file` in `folder`, and how messages call them. Both are made anew, and can be trusted.
make_place() {
  rm -rf "${policies:?}" "${conf:?}" "${elsewhere:?}"
  mkdir -m 755 "$policies" "$conf" "$conf/capkeep.conf.d" "$elsewhere"
  case $1 in
    named) folder=$policies shown=$policies file=test.conf ;;
    installed) folder=$conf shown=/etc/capkeep file=capkeep.conf ;;
    drop_in) folder=$conf/capkeep.conf.d shown=/etc/capkeep/capkeep.conf.d file=a.conf ;;
  esac
  place=$1 shown_file=$shown/$file file=$folder/$file
  write_policy "$file" '[Keep a]' 'User=65534' "AmbientCapabilities=$keep"
  write_policy "$elsewhere/good.conf" '[Keep a]' 'User=65534' "AmbientCapabilities=$keep"
}

# at_place NAME: the launcher with that policy.
at_place() {
  if [[ $place == named ]]; then
    capture "$1" "${patience[@]}" env "${preload[@]}" CAPKEEP_POLICY="$file" "$probes/call" "${steps[@]}"
  else
    capture "$1" "${patience[@]}" "${in_etc[@]}" env -i "${base[@]}" "${preload[@]}" "$probes/call" "${steps[@]}"
  fi
}

# A folder is told with each of the two things that are looked for in it.
assert_run_refuses() {
  local command=("${patience[@]}")
  [[ $place == named ]] || command+=("${in_etc[@]}")
  command+=("$bin" run)
  [[ $place != named ]] || command+=(--policy "$file")
  capture run "${command[@]}" -- touch "$work/started"
  [[ $(said_by run | head -n 1) == *"error: $1"* && ! -e $work/started ]]
  grep -qx 'status: 125' "$runs/run"
}

# trusted CHANGE…: with that change the policy is as good as before, in each place.
trusted() {
  for place in named installed drop_in; do
    make_place "$place"
    "$@"
    at_place trusted
    assert_kept trusted "$keep_mask"
  done
}

# refused TEXT CHANGE…: with that change it keeps nothing. FILE and FOLDER in the text stand for those of the place.
refused() {
  local text=$1 said
  shift
  for place in named installed drop_in; do
    make_place "$place"
    at_place before
    assert_kept before "$keep_mask"
    "$@"
    said=${text//FILE/$shown_file} said=${said//FOLDER/$shown}
    at_place after
    assert_refused after "$said"
    assert_run_refuses "$said"
  done
}

# --- changes

own_file() { chown "$1" "$file"; }
own_folder() { chown "$1" "$folder"; }
mode_of_file() { chmod "$1" "$file"; }
mode_of_folder() { chmod "$1" "$folder"; }
replace_by() { rm "$file" && "$@" "$file"; }
link_to() { rm "$file" && ln -s "$1" "$file"; }

@test "C8 trust: the file belongs to root" {
  refused "FILE: not trusted: it belongs to uid 1" own_file 1
  refused "FILE: not trusted: it belongs to uid 65534" own_file 65534
  trusted own_file 0:1
}

@test "C8 trust: the folder belongs to root" {
  refused "FOLDER: not trusted: it belongs to uid 1" own_folder 1
  trusted own_folder 0:1
}

@test "C8 trust: nobody else can write the file" {
  for mode in 664 602; do
    refused "FILE: not trusted: group or others can write it" mode_of_file $mode
  done
  for mode in 600 444; do
    trusted mode_of_file $mode
  done
}

@test "C8 trust: nobody else can write the folder" {
  for mode in 775 757; do
    refused "FOLDER: not trusted: group or others can write this directory" mode_of_folder $mode
  done
  for mode in 700 2755; do
    trusted mode_of_folder $mode
  done
}

@test "C8 trust: a sticky folder is none for the file itself: whoever is first makes it" {
  for mode in 1777 1775; do
    make_place named
    mode_of_folder "$mode"
    at_place after
    assert_refused after "$file: not trusted: group or others can write its directory; move it to a directory that nobody else can write"
    [[ $(said_by after) != *chmod* ]]
    make_place installed
    mode_of_folder "$mode"
    at_place after
    assert_refused after "$shown_file: not trusted: group or others can write its directory"
    make_place drop_in
    mode_of_folder "$mode"
    at_place after
    assert_refused after "$shown: not trusted: group or others can write this directory"
  done
}

@test "C8 trust: further up a sticky folder will do, one that others can write will not" {
  make_place named
  above=$BATS_TEST_TMPDIR/above
  mkdir -p "$above/middle/inner"
  file=$above/middle/inner/test.conf
  cp "$elsewhere/good.conf" "$file"
  for mode in 755 1777 1775 711; do
    chmod $mode "$above"
    at_place trusted
    assert_kept trusted "$keep_mask"
  done
  for mode in 775 757 777; do
    chmod $mode "$above"
    at_place after
    assert_refused after "$above: not trusted: group or others can write this directory"
  done
  chmod 755 "$above"
  chown 1 "$above"
  at_place after
  assert_refused after "$above: not trusted: it belongs to uid 1"
  # Nor a sticky one that somebody else owns: he can exchange what is in it.
  chmod 1777 "$above"
  at_place after
  assert_refused after "$above: not trusted: it belongs to uid 1"
}

@test "C8 trust: a path is walked as it is written" {
  make_place named
  mkdir "$policies/inner"
  for path in "$policies/./test.conf" "$policies//test.conf" "/..$policies/test.conf" "$policies/inner/../test.conf"; do
    file=$path
    at_place trusted
    assert_kept trusted "$keep_mask"
  done
  chmod 777 "$policies/inner"
  at_place after
  assert_refused after "$policies/inner: not trusted: group or others can write this directory"
}

# with_root OPTIONS NAME: as at_place, in a tree that has all of this one's folders below a root directory of its own.
with_root() {
  mkdir -p "$BATS_TEST_TMPDIR/root"
  capture "$2" unshare --mount --propagation private sh -euc '
    mount -t tmpfs -o "$0" tmpfs "$1"
    for entry in /*; do
      if [ -h "$entry" ]; then
        cp -a "$entry" "$1/"
      elif [ -d "$entry" ]; then
        mkdir "$1$entry"
        mount --rbind "$entry" "$1$entry"
      fi
    done
    shift
    exec chroot "$@"' "$1" "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/root" \
    env -i "${base[@]}" "${preload[@]}" CAPKEEP_POLICY="$file" "$probes/call" "${steps[@]}"
}

@test "C8 trust: the root directory counts, too" {
  make_place named
  for options in mode=755 mode=1777; do
    with_root "$options" trusted
    assert_kept trusted "$keep_mask"
  done
  while read -r options text; do
    with_root "$options" after
    assert_kept after "$no_caps"
    [[ $(said_by after) == *"keeping=nothing /: not trusted: $text" ]]
  done <<'ROOTS'
mode=755,uid=1 it belongs to uid 1
mode=775 group or others can write this directory; chmod go-w /
ROOTS
}

# --- links

open_folder() {
  mkdir -m 755 "$elsewhere/open" "$elsewhere/open/inner"
  cp "$elsewhere/good.conf" "$elsewhere/open/inner/good.conf"
  chmod "$1" "$elsewhere/open"
}

link_through_open_folder() {
  open_folder 777
  link_to "$elsewhere/open/inner/good.conf"
}

link_out_of_open_folder() {
  open_folder 777
  link_to "$elsewhere/open/../good.conf"
}

link_through_sticky_folder() {
  open_folder 1777
  link_to "$elsewhere/open/inner/good.conf"
}

link_into_sticky_folder() {
  link_through_sticky_folder
  mv "$elsewhere/open/inner/good.conf" "$elsewhere/open/"
  link_to "$elsewhere/open/good.conf"
}

link_by_folders() {
  ln -s "$elsewhere" "$elsewhere/to-absolute"
  ln -s . "$elsewhere/to-relative"
  link_to "$elsewhere/to-absolute/to-relative/./good.conf"
}

link_of_somebody_else() {
  link_to "$elsewhere/good.conf"
  chown -h 1 "$file"
}

link_by_link_of_somebody_else() {
  ln -s good.conf "$elsewhere/link"
  chown -h 1 "$elsewhere/link"
  link_to "$elsewhere/link"
}

link_in_sticky_folder() {
  open_folder 1777
  ln -s "$elsewhere/good.conf" "$elsewhere/open/link"
  link_to "$elsewhere/open/link"
}

link_to_file_of_somebody_else() {
  chown 1 "$elsewhere/good.conf"
  link_to "$elsewhere/good.conf"
}

link_loop() {
  ln -s two "$elsewhere/one"
  ln -s one "$elsewhere/two"
  link_to "$elsewhere/one"
}

# chain_of COUNT: the file is the first of so many links.
chain_of() {
  local i
  ln -s good.conf "$elsewhere/1"
  for ((i = 2; i < $1; i++)); do
    ln -s $((i - 1)) "$elsewhere/$i"
  done
  link_to "$elsewhere/$(($1 - 1))"
}

# Each link leads on by the next one and a way of 4,000 bytes behind it, all of which has still to be walked.
link_to_long_ways() {
  local way
  way=$(printf './%.0s' {1..2000})
  ln -s "b/$way" "$elsewhere/a"
  ln -s "c/$way" "$elsewhere/b"
  ln -s "d/$way" "$elsewhere/c"
  mkdir "$elsewhere/d"
  link_to "$elsewhere/a/../good.conf"
}

@test "C8 trust: a link in a good place to a good file is followed" {
  trusted link_to "$elsewhere/good.conf"
  trusted link_by_folders
  trusted link_through_sticky_folder
  trusted chain_of 40
}

@test "C8 trust: a link is worth what it passes and where it ends" {
  refused "$elsewhere/open: not trusted: group or others can write this directory" link_through_open_folder
  refused "$elsewhere/open: not trusted: group or others can write this directory" link_out_of_open_folder
  refused "$elsewhere/open/good.conf: not trusted: group or others can write its directory" link_into_sticky_folder
  refused "$elsewhere/good.conf: not trusted: it belongs to uid 1" link_to_file_of_somebody_else
}

@test "C8 trust: a link is worth where it lies and who made it" {
  refused "FILE: not trusted: it belongs to uid 1" link_of_somebody_else
  refused "$elsewhere/link: not trusted: it belongs to uid 1" link_by_link_of_somebody_else
  refused "$elsewhere/open/link: not trusted: group or others can write its directory" link_in_sticky_folder
}

@test "C8 trust: links that lead nowhere end" {
  refused "$elsewhere/two: Too many levels of symbolic links" link_loop
  refused "$elsewhere/1: Too many levels of symbolic links" chain_of 41
  refused "$elsewhere/c: Too many levels of symbolic links" link_to_long_ways
}

# --- what is no file

make_socket() {
  perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die; chmod 0644, $ARGV[0]' "$1"
}

@test "C8 trust: a directory, a FIFO, a socket or a device is no policy, and nothing waits for it" {
  refused "FILE: not a regular file" replace_by mkdir -m 755
  refused "FILE: not a regular file" replace_by mkfifo -m 644
  refused "FILE: not a regular file" replace_by make_socket
  refused "FILE: not a regular file" link_to /
  refused "FILE: not a regular file" link_to /dev/null
  refused "FILE: not a regular file" link_to /dev/zero
}

@test "C8 trust: a device node that others cannot write is no policy either" {
  mknod -m 644 "$BATS_TEST_TMPDIR/node" c 1 5 || skip_because "device node" "mknod is not permitted here"
  refused "FILE: not a regular file" replace_by cp -a "$BATS_TEST_TMPDIR/node"
}

# fill SIZE: up to so many bytes, with comments.
fill() {
  {
    cat "$file"
    yes '# filled up'
  } | head -c "$1" >"$file.new"
  mv "$file.new" "$file"
}

@test "C8 trust: a file has at most 1 MiB" {
  trusted fill 1048576
  refused "FILE: larger than 1 MiB" fill 1048577
}

@test "C8 trust: what root may not read is not passed over" {
  patience=(setpriv --bounding-set "-dac_override,-dac_read_search" "${patience[@]}")
  capture bare "${patience[@]}" "$probes/call" "${steps[@]}"
  refused "FILE: Permission denied" mode_of_file 000
  make_place named
  mode_of_folder 600
  at_place after
  assert_refused after "$file: Permission denied"
}

# --- what is not there

@test "C8 a file that is named has to be there, an installed one has not" {
  make_place named
  for path in "$policies/other.conf" "$policies/other/test.conf" "$policies/link"; do
    ln -sf "$policies/other.conf" "$policies/link"
    file=$path
    at_place after
    assert_refused after "no such policy file: \"$path\""
    assert_run_refuses "no such policy file: \"$path\""
  done
  file=$policies/test.conf/x
  at_place after
  assert_refused after "$policies/test.conf: Not a directory"
  for place in installed drop_in; do
    make_place "$place"
    rm "$file"
    at_place after
    same bare after
    rm -r "$folder"
    at_place after
    same bare after
  done
}

@test "C8 trust: an installed file that is a link to nowhere is not an absent one" {
  for place in installed drop_in; do
    make_place "$place"
    ln -sf /nonexistent/file "$file"
    at_place after
    assert_refused after "no such policy file: \"$shown"
  done
}

@test "C5 C8 trust: where nothing is installed, it does not matter who could have done it" {
  make_place installed
  chmod 777 "$etc"
  at_place after
  assert_refused after "/etc: not trusted: group or others can write this directory"
  rm -r "$conf"
  at_place after
  same bare after
}

@test "C8 trust: a file in the place of the folder of drop-ins is not passed over" {
  make_place drop_in
  rm -r "$folder"
  write_policy "$folder" '[Keep a]' "AmbientCapabilities=$keep"
  at_place after
  assert_refused after "/etc/capkeep/capkeep.conf.d: not a directory"
  # A link to a folder is one.
  rm "$folder"
  ln -s "$elsewhere" "$folder"
  at_place trusted
  assert_kept trusted "$keep_mask"
  chmod 777 "$elsewhere"
  at_place after
  assert_refused after "$elsewhere: not trusted: group or others can write this directory"
}

@test "C8 trust: a bad drop-in takes the good files along" {
  make_place drop_in
  write_policy "$conf/capkeep.conf" '[Keep a]' "AmbientCapabilities=$keep"
  write_policy "$folder/b.conf" '[Keep a]' "AmbientCapabilities=$keep"
  at_place before
  assert_kept before "$keep_mask"
  chmod 666 "$folder/b.conf"
  at_place after
  assert_refused after "$shown/b.conf: not trusted: group or others can write it"
  # What is not named *.conf is not looked at.
  mv "$folder/b.conf" "$folder/b.conf.old"
  at_place trusted
  assert_kept trusted "$keep_mask"
}

# --- users

# The command reads a policy as the library does. In a user's own process the library itself counts none of his variables:
# by LD_PRELOAD it is past its work there, and by /etc/ld.so.preload it does not believe them.
user_trusts() {
  run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$bin" check --policy "$file"
}

user_refuses() {
  run -1 setpriv --reuid 65534 --regid 65534 --clear-groups "$bin" check --policy "$file"
  [[ $output == "capkeep: error: $1" ]]
}

make_users_place() {
  make_place named
  write_policy "$file" '[Keep a]' "Program=/bin/true" "AmbientCapabilities=$bind"
}

@test "C8 trust: root's files count for a user, and his own for himself" {
  make_users_place
  user_trusts
  chown 65534 "$file"
  user_trusts
  chown 65534 "$folder"
  user_trusts
  chown 0 "$file"
  user_trusts
  chown 65534 "$file"
  chmod 664 "$file"
  user_refuses "$file: not trusted: group or others can write it; chmod go-w $file"
  chmod 644 "$file"
  chmod 775 "$folder"
  user_refuses "$folder: not trusted: group or others can write this directory; chmod go-w $folder"
}

@test "C8 trust: another user's file does not count for a user" {
  make_users_place
  chown 1 "$file"
  user_refuses "$file: not trusted: it belongs to uid 1"
  make_users_place
  chown 1 "$folder"
  user_refuses "$folder: not trusted: it belongs to uid 1"
  make_users_place
  chmod 600 "$file"
  user_refuses "$file: Permission denied"
}

@test "C8 trust: a user's own file does not count for root" {
  make_users_place
  chown 65534 "$file"
  user_trusts
  at_place root
  assert_refused root "$file: not trusted: it belongs to uid 65534"
}
