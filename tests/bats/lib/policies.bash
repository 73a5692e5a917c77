# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables for the files that load it, and from lib/common and probes
# For the files that work with policy files. Load it after lib/common and probes.

# The two capabilities of $keep, each by itself.
bind=cap_net_bind_service
time=cap_sys_time
bind_mask=0000000000000400
time_mask=0000000002000000

# In a user namespace without the ids of the real root, all of its files belong to nobody.
need_trusted_root() {
  [[ $(stat -c %u /) == 0 ]] || skip_because "policy files" "/ belongs to uid $(stat -c %u /) here, and no file is trusted"
}

policies_setup() {
  probes_setup
  need_trusted_root
  policies=$BATS_TEST_TMPDIR/policies
  mkdir -m 755 "$policies"
  policy=$policies/test.conf
  # What a launcher does; its own sets are printed behind the change, those of its program behind the exec.
  steps=("${dropped[@]}" status path="$work/dump" arg="$work/dump" arg=a execve)
}

# For setup_file: a copy of /etc, and the command that shows it to another one in the place of /etc, with CONF, where
# there is such a folder, as /etc/capkeep. Nobody else sees either mount.
etc_setup_file() {
  cp -a /etc "$BATS_FILE_TMPDIR/etc" 2>/dev/null || true # a user namespace may not read all of it
  chown root:root "$BATS_FILE_TMPDIR/etc" # nor is root's there what is the real root's
  rm -rf "$BATS_FILE_TMPDIR/etc/capkeep"
  cat >"$BATS_FILE_TMPDIR/in-etc" <<'SH'
#!/bin/sh -eu
# in-etc ETC CONF COMMAND…
mount --bind "$1" /etc
if [ -d "$2" ]; then
  mkdir -p /etc/capkeep
  mount --bind "$2" /etc/capkeep
elif [ -e /etc/capkeep ]; then
  rmdir /etc/capkeep
fi
shift 2
exec "$@"
SH
  chmod 755 "$BATS_FILE_TMPDIR/in-etc"
}

# The command behind the words in `in_etc` sees the copy; what it finds as /etc/capkeep is the folder `conf`.
etc_setup() {
  can_unshare --mount || skip_because "$BATS_TEST_DESCRIPTION" "no mount namespace to be had"
  etc=$BATS_FILE_TMPDIR/etc
  conf=$BATS_TEST_TMPDIR/conf
  mkdir -m 755 "$conf" "$conf/capkeep.conf.d"
  in_etc=(unshare --mount --propagation private "$BATS_FILE_TMPDIR/in-etc" "$etc" "$conf")
}

# write_policy FILE LINE…
write_policy() {
  local file=$1
  shift
  printf '%s\n' "$@" >"$file"
  chmod 644 "$file"
}

# assert_kept RUN MASK [RUN MASK…]: the launcher and its program have exactly these.
assert_kept() {
  while (($#)); do
    assert_sets "$1" "call $2 $2 $2 $2" "dump $2 $2 $2 $2"
    shift 2
  done
}

# What a run said on standard error.
said_by() {
  sed -n '/^stderr:$/,/^status: /{//!p}' "$runs/$1"
}

# assert_refused RUN TEXT: it kept nothing and printed the same as `bare`, but for one line, which has this text.
assert_refused() {
  local said
  same bare "$1" 'capkeep\['
  assert_kept "$1" "$no_caps"
  said=$(said_by "$1")
  [[ $said != *$'\n'* && $said == *"keeping=nothing $2"* ]] || {
    printf 'instead of one line with "%s":\n%s\n' "$2" "$said"
    return 1
  }
}

# assert_not_run TEXT COMMAND…: it ends with 125, says this in one line, and starts nothing.
assert_not_run() {
  local text=$1 started=$work/started said
  shift
  capture not_run "$@" touch "$started"
  said=$(said_by not_run)
  if [[ $said != *"$text"* || $said == *$'\n'* || -e $started ]] || ! grep -qx 'status: 125' "$runs/not_run"; then
    printf 'instead of one line with "%s", and status 125:\n' "$text"
    cat "$runs/not_run"
    return 1
  fi
}
