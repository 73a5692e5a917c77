#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# C5, where no rule matches nothing is changed: real launchers, one row each, print and leave behind the same as without
# the library: the program's output, status, environment, descriptors, credentials, signals. For a program that is still
# root's the preload and the policy go along (C4), and nothing else.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  dump=$work/dump
  printf '%s\n' one 'two words' three >"$work/input"
  # Programs that write their names, ends and errors; a status that is not 0.
  printf '#!/bin/sh\n%s "$@"\necho on the other stream >&2\nexit 7\n' "$dump" >"$work/ends-with-7"
  chmod 755 "$work/ends-with-7"
}

need() {
  command -v "$1" >/dev/null || skip_because "$1" "is not installed"
}

# unchanged_for_users COMMAND…: it leaves root.
unchanged_for_users() {
  need "$1"
  capture bare "$@"
  capture foreign "${foreign[@]}" "$@"
  same bare foreign
  grep -q $'^Uid:\t65534\t65534\t65534' "$runs/bare"
  run ! grep -q 'status: 12[567]' "$runs/bare"
}

# unchanged_for_root COMMAND…: it does not. Also with a rule that would match if it did.
unchanged_for_root() {
  need "$1"
  capture bare "$@"
  capture foreign "${foreign[@]}" "$@"
  capture matching "${matching[@]}" "$@"
  same bare foreign "${carried[@]}"
  same bare matching "${carried[@]}"
  grep -q $'^Uid:\t0\t0\t0\t0' "$runs/bare"
  run ! grep -q 'status: 12[567]' "$runs/bare"
}

@test "C5 setpriv" { unchanged_for_users setpriv --reuid 65534 --regid 65534 --clear-groups "$work/ends-with-7" a 'b c'; }
@test "C5 setpriv with capabilities of its own" {
  unchanged_for_users setpriv --reuid 65534 --clear-groups --inh-caps +kill --ambient-caps +kill --no-new-privs "$dump"
}
@test "C5 start-stop-daemon" {
  unchanged_for_users start-stop-daemon --start --chuid nobody --exec "$dump" -- a 'b c'
  unchanged_for_users start-stop-daemon --start --chuid nobody --umask 027 --chdir / --startas "$work/ends-with-7" \
    --exec "$dump" -- a
}
@test "C5 su" { need_su && unchanged_for_users su nobody -s /bin/sh -c "$work/ends-with-7 a 'b c'"; }
@test "C5 su -" { need_su && unchanged_for_users su - nobody -s /bin/sh -c "$dump"; }
@test "C5 runuser" {
  unchanged_for_users runuser -u nobody -- "$work/ends-with-7" a 'b c'
  unchanged_for_users runuser - nobody -s /bin/sh -c "$dump"
}
@test "C5 perl" {
  # shellcheck disable=SC2016 # Perl's variables
  unchanged_for_users perl -e '$( = 65534; $) = "65534 65534"; $< = $> = 65534; exec @ARGV' "$dump" a
  # shellcheck disable=SC2016
  unchanged_for_users perl -e '$< = $> = 65534; print `$ARGV[0]`; exit(system(@ARGV) >> 8)' "$work/ends-with-7" a
}
@test "C5 python3" {
  unchanged_for_users /usr/bin/python3 -c 'import os, sys; os.setgroups([]); os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])' \
    "$work/ends-with-7" a
  unchanged_for_users /usr/bin/python3 -c \
    'import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], user=65534, group=65534, extra_groups=[]).returncode)' \
    "$work/ends-with-7" a
}
@test "C5 chroot --userspec" { unchanged_for_users chroot --userspec=65534:65534 / "$work/ends-with-7" a; }
@test "C5 capsh" { unchanged_for_users capsh --user=nobody --shell="$work/ends-with-7" -- a; }
@test "C5 busybox" {
  unchanged_for_users busybox start-stop-daemon -S -c nobody -x "$dump" -- a
  unchanged_for_root busybox xargs -n 1 "$dump"
}
@test "C5 su_exec" { unchanged_for_users "$probes/su_exec" 65534 "$work/ends-with-7" a; }

@test "C5 sh" {
  unchanged_for_root sh -c '"$@"; echo "status $?"; exec "$@"' sh "$work/ends-with-7" a
  unchanged_for_root sh -c 'B=2 "$1" <input | cat; (exit 3); echo $?' sh "$dump"
}
@test "C5 bash" { unchanged_for_root bash -c 'coproc "$@"; cat <&"${COPROC[0]}"; exec -a other "$@"' bash "$dump" a; }
@test "C5 env" {
  unchanged_for_root env -i B=2 "$dump"
  unchanged_for_root env -u A -S "B=2 $dump a"
  unchanged_for_root env "$work/ends-with-7" a
}
@test "C5 env -0" {
  unchanged_for_root sh -c 'env -0 B=2 C="two
lines" | tr "\000\n" "\n|" | sed "s/^/Env:	/"; exec "$1"' sh "$dump"
}
@test "C5 xargs" { unchanged_for_root xargs -a input -n 1 "$dump"; }
@test "C5 find -exec" {
  unchanged_for_root find . -name input -exec "$dump" {} ';' -exec "$work/ends-with-7" {} +
  unchanged_for_root find . -name input -execdir "$dump" {} ';'
}
@test "C5 nice" { unchanged_for_root nice -n 5 "$work/ends-with-7" a; }
@test "C5 nohup" { unchanged_for_root nohup "$work/ends-with-7" a; }
@test "C5 timeout" { unchanged_for_root timeout 600 "$work/ends-with-7" a; }
@test "C5 setsid" { unchanged_for_root setsid --wait "$work/ends-with-7" a; }
@test "C5 flock" { unchanged_for_root flock input "$work/ends-with-7" a; }
@test "C5 unshare" { unchanged_for_root unshare --uts "$work/ends-with-7" a; }
@test "C5 stdbuf, which preloads a library itself" { unchanged_for_root stdbuf -oL "$probes/call" say=line path="$dump" execv; }
@test "C5 make" {
  need make
  printf 'all:\n\t@%s a\n\t@exit 3\n' "$dump" >"$work/Makefile"
  unchanged_for_root make -s
}

@test "C5 a user without capabilities, with the library in the environment" {
  local -a as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  capture bare "${as_user[@]}" "$work/ends-with-7" a
  capture preloaded "${as_user[@]}" env "${matching[@]}" "$work/ends-with-7" a
  same bare preloaded
  capture bare "${as_user[@]}" "$probes/call" setuid=0 seteuid=0 setresuid=0,0,0 setuid=65534 status path="$dump" execve
  capture preloaded "${as_user[@]}" env "${matching[@]}" "$probes/call" setuid=0 seteuid=0 setresuid=0,0,0 setuid=65534 \
    status path="$dump" execve
  same bare preloaded
}
