#!/usr/bin/env bats
# In a process that the kernel has marked as secure (AT_SECURE) every CAPKEEP_ variable is ignored: it comes from the
# user who started a set-user-ID program.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load lib/common
load probes

setup() {
  probes_setup
  cp "$probes/dump" "$work/dump"
  cp "$probes/call" "$work/set-user-id"
  chmod 4755 "$work/set-user-id"
  if findmnt -no OPTIONS -T "$work" | grep -qw nosuid; then
    skip_because "AT_SECURE" "$work is mounted nosuid"
  fi
  if ! can_unshare --mount; then
    skip_because "AT_SECURE" "no mount namespace to be had"
  fi
  nothing="$no_caps $no_caps $no_caps $no_caps"
  given="$keep_mask $keep_mask $keep_mask $keep_mask"
  a_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  steps=(setuid=0 groups=65534 "setresuid=65534,65534,65534" status path="$work/dump" execve)
  write_preloading
}

# The library gets into a set-user-ID program by /etc/ld.so.preload alone; this /etc is a copy that nobody else sees.
write_preloading() {
  preloading=$BATS_TEST_TMPDIR/preloading
  cat >"$preloading" <<'SH'
#!/bin/sh -eu
library=$1 copy=$2
shift 2
mount -t tmpfs -o mode=755 tmpfs "$copy"
cp -a /etc/. "$copy"
echo "$library" >"$copy/ld.so.preload"
mount --bind "$copy" /etc
exec "$@"
SH
  chmod 755 "$preloading"
  mkdir "$BATS_TEST_TMPDIR/etc"
  preloading=(unshare --mount --propagation private "$preloading" "$lib" "$BATS_TEST_TMPDIR/etc")
}

@test "C1 AT_SECURE: the variables of the user who started a set-user-ID program keep nothing: setuid setresuid execve" {
  capture secure "${preloading[@]}" "${a_user[@]}" env CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG=none \
    "$work/set-user-id" printenv "${steps[@]}"
  assert_sets secure "set-user-id $nothing" "dump $nothing"
  # The same library, the same steps and the same variables, but root's own program: they count.
  capture plain "${preloading[@]}" env CAPKEEP_AMBIENT="$keep" CAPKEEP_LOG=none "$probes/call" "${steps[@]}"
  assert_sets plain "call $given" "dump $given"
}

@test "C3 C6 AT_SECURE: nor do they refuse, bound, forbid or log" {
  capture refusing "${preloading[@]}" "${a_user[@]}" env CAPKEEP_AMBIENT=63 CAPKEEP_ON_FAILURE=refuse CAPKEEP_BOUNDING=63 \
    CAPKEEP_NO_NEW_PRIVS=yes CAPKEEP_LOG="$work/log" "$work/set-user-id" "${steps[@]}"
  assert_sets refusing "set-user-id $nothing" "dump $nothing"
  [[ $(grep -c $'^NoNewPrivs:\t0$' "$runs/refusing") == 2 ]]
  [[ ! -e $work/log ]]
}

@test "C5 AT_SECURE: LD_PRELOAD with a path is ld.so's to ignore, and the program runs as ever" {
  capture bare "${a_user[@]}" "$work/set-user-id" status setuid=65534 status
  capture secure "${a_user[@]}" env "${matching[@]}" "$work/set-user-id" status setuid=65534 status
  same bare secure
}
