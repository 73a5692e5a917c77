# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables for the files that load it, and from lib/common
bats_require_minimum_version 1.5.0

# For the files that run one program of tests/probes several times, bare and with the library preloaded, and compare
# what it prints: contract C5, "the same program bare and preloaded prints the same".
# Load it after lib/common.

# The rule's capabilities, as the policy and as the kernel write them; two, so that "all" or "the first" is no answer.
keep='cap_net_bind_service cap_sys_time'
keep_mask=0000000002000400
no_caps=0000000000000000
# What a program or a launcher has of them: permitted, effective, inheritable, ambient.
given="$keep_mask $keep_mask $keep_mask $keep_mask"
waiting="$keep_mask $no_caps $no_caps $no_caps"
nothing="$no_caps $no_caps $no_caps $no_caps"

probes_setup() {
  find_what_is_tested
  hide_suite_environment
  probes=$build/tests/probes
  [[ -x $probes/call && -x $probes/dump ]]
  make_shared_dir "$BATS_TEST_TMPDIR"
  work=$BATS_TEST_TMPDIR/work
  runs=$BATS_TEST_TMPDIR/runs
  mkdir -p "$work" "$runs"
  cp "$probes/dump" "$work/dump"
  base=(PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ SHELL=/bin/sh A=1)
  preload=(LD_PRELOAD="$lib" CAPKEEP_LOG=none)
  matching=("${preload[@]}" CAPKEEP_AMBIENT="$keep")
  foreign=("${matching[@]}" CAPKEEP_USER=4242424)
  dropped=(groups=65534 "setresuid=65534,65534,65534")
}

# The rows of the table of wrapped symbols, of one family or of all.
wrapped_symbols() {
  sed -n "s/^CK_SYMBOL(\([a-z_]*\), ${1:-[a-z]*}, .*/\1/p" "$BATS_TEST_DIRNAME/../../../shim/symbols.def"
}

# capture NAME [VAR=VALUE…] COMMAND…: runs it in $work with just these variables. What it said, and how it ended, goes
# to $runs/NAME. Output goes by way of the same two files each time, as the probe prints its descriptors.
capture() {
  local name=$1 status=0
  shift
  (cd "$work" && exec env -i "${base[@]}" "$@") </dev/null >"$runs/stdout" 2>"$runs/stderr" || status=$?
  {
    cat "$runs/stdout"
    printf 'stderr:\n'
    cat "$runs/stderr"
    printf 'status: %s\n' "$status"
  } | sed -E 's/^Env\[[0-9]+\]/Env/; s/^(Fd [0-9]+:\t)pipe:.*/\1pipe/' >"$runs/$name"
}

# same NAME NAME [KEY…]: the two runs printed the same, but for lines that begin with one of these.
same() {
  local one=$1 other=$2 pattern=$'^\a'
  shift 2
  for key in "$@"; do
    pattern+="|^$key"
  done
  diff -u <(grep -avE "$pattern" "$runs/$one") <(grep -avE "$pattern" "$runs/$other")
}

kept_sets=(CapInh CapPrm CapEff CapAmb)
carried=($'Env:\t(LD_PRELOAD=|CAPKEEP_)')

# sets NAME: the capability sets of each thread or program in that run, one line each: name, P, E, I, A.
sets() {
  awk -F '\t' '
    $1 == "Name:" { name = $2 }
    $1 == "CapInh:" { i = $2 } $1 == "CapPrm:" { p = $2 } $1 == "CapEff:" { e = $2 }
    $1 == "CapAmb:" { print name, p, e, i, $2 }' "$runs/$1"
}

# assert_sets RUN LINE…: these, and no other, in this order ("call P E I A").
assert_sets() {
  local name=$1
  shift
  diff -u <(printf '%s\n' "$@") <(sets "$name")
}

# same_as_bare STEP…: `call` with these steps, which begin with leaving root, prints the same bare, with a rule that
# does not match and with one that does; all that differs there is the capabilities.
same_as_bare() {
  capture bare "$probes/call" "$@"
  capture foreign "${foreign[@]}" "$probes/call" "$@"
  capture matching "${matching[@]}" "$probes/call" "$@"
  same bare foreign
  same bare matching "${kept_sets[@]}"
}

# same_as_bare_for_root STEP…: the same for a `call` that stays root: there the preload and the policy go along (C4)
# and the rule changes nothing.
same_as_bare_for_root() {
  capture bare "$probes/call" "$@"
  capture foreign "${foreign[@]}" "$probes/call" "$@"
  capture matching "${matching[@]}" "$probes/call" "$@"
  same bare foreign "${carried[@]}"
  same bare matching "${carried[@]}"
}

# preload_everywhere LIBRARY: `preloading`, in front of a command, gives it an /etc of its own, in which ld.so.preload names
# the library: the only way into a set-user-ID program. What lies in $etc_more is in it as well. `unloading` does the
# same without the library.
preload_everywhere() {
  etc_more=$BATS_TEST_TMPDIR/etc-more
  mkdir -p "$etc_more" "$BATS_TEST_TMPDIR/etc"
  {
    printf '#!/bin/bash\nset -eu\n'
    declare -f copy_etc
    cat <<'SH'
copy=$1 more=$2 library=$3
shift 3
copy_etc "$copy"
cp -a "$more/." "$copy"
if [[ $library ]]; then
  echo "$library" >"$copy/ld.so.preload"
fi
mount --bind "$copy" /etc
exec "$@"
SH
  } >"$BATS_TEST_TMPDIR/preloading"
  chmod 755 "$BATS_TEST_TMPDIR/preloading"
  unloading=(unshare --mount --propagation private "$BATS_TEST_TMPDIR/preloading" "$BATS_TEST_TMPDIR/etc" "$etc_more")
  preloading=("${unloading[@]}" "$1")
  unloading+=('')
}

# The tests with a set-user-ID program of their own in $work, and an /etc of their own.
need_set_user_id() {
  if findmnt -no OPTIONS -T "$work" | grep -qw nosuid; then
    skip_because "$BATS_TEST_DESCRIPTION" "$work is mounted nosuid"
  fi
  can_unshare --mount || skip_because "$BATS_TEST_DESCRIPTION" "no mount namespace to be had"
}

# Writes $work/in-user-namespace COMMAND…, which runs it as root of a user namespace with the first 65,536 ids of this one.
write_in_user_namespace() {
  cat >"$work/in-user-namespace" <<'SH'
#!/bin/sh -eu
mkfifo entered mapped
unshare --user sh -c 'echo >entered && read line <mapped && exec "$@"' sh "$@" &
read -r line <entered
echo 0 0 65536 >/proc/$!/uid_map
echo 0 0 65536 >/proc/$!/gid_map
echo >mapped
rm entered mapped
wait $!
SH
  chmod 755 "$work/in-user-namespace"
}
