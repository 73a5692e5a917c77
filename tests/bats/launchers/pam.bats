#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# pam_cap(8) on the way in: it rewrites the inheritable set, and may grant ambient capabilities of its own, before,
# around or after the change of user. K arrives all the same, and so does what pam_cap grants: the sets are those of the
# run without capkeep, with K added.

load ../lib/common
load ../lib/launchers

inner_variables+=(pam_cap options grant)
pam_cap=/var/cache/capkeep-tests/libpam-cap/lib/$(uname -m)-linux-gnu/security/pam_cap.so

# In what order, and how: nothing of its own; inheritable; ambient, which the kernel clears at the change of user unless
# pam_cap is told to keep permitted through it (keepcaps) and to come again when PAM ends (defer).
grants=(none cap_kill ^cap_kill)
option_sets=('' keepcaps defer 'keepcaps defer')
# cron's, as each takes a minute.
cron_cases=('none' 'cap_kill' '^cap_kill' '^cap_kill keepcaps defer')

# cron counts in whole minutes, so it starts first, in all cases at once, and is asked last.
setup_file() {
  ((EUID == 0)) && [[ -e $pam_cap ]] && command -v cron crontab >/dev/null || return 0
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (start_crons)
}

start_crons() {
  local case mode
  BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
  setup_launchers
  for case in "${!cron_cases[@]}"; do
    for mode in bare three; do
      read -r grant options <<<"${cron_cases[case]}"
      prepare_launch "$mode" "$BATS_FILE_TMPDIR/cron-$case-$mode" 900
      become_sandbox cron_session >"$dir/output" 2>&1 </dev/null 3>&- &
      echo $! >"$dir/pid"
    done
  done
}

teardown_file() {
  kill_crons
}

setup() {
  setup_launchers
  [[ -e $pam_cap ]] || skip_because "$BATS_TEST_DESCRIPTION" "$pam_cap is not there (scripts/setup unpacks it)"
  can_unshare --mount || skip_because "$BATS_TEST_DESCRIPTION" "no mount namespace to be had"
}

# pam_cap is active, with $options, and has $grant for nobody.
adapt_etc() {
  printf '%s nobody\nnone *\n' "$grant" >"$dir/capability.conf"
  [[ $grant != none ]] || echo 'none *' >"$dir/capability.conf"
  sed -i '/pam_cap\.so/d' /etc/pam.d/*
  # Where Debian's package puts it; root's su does not get that far (pam_rootok), and runuser has its own files.
  echo "auth optional $pam_cap config=$dir/capability.conf $options" >>/etc/pam.d/common-auth
  sed -i "1i auth optional $pam_cap config=$dir/capability.conf $options" /etc/pam.d/su /etc/pam.d/runuser
}

# pam_session COMMAND…: in a mount namespace.
pam_session() {
  private_etc
  "${with[@]}" "$@"
}

# What pam_cap's own grant comes to in a launcher that keeps the handle of PAM until the program starts: `inheritable`
# and `ambient`. For one that ends PAM in another process (`ends elsewhere`), a deferred grant comes to nothing.
expect_grant() {
  inheritable='' ambient=''
  [[ $grant != none ]] || return 0
  case $options in
    '' | keepcaps) inheritable=cap_kill ;;
    defer) ;;
    'keepcaps defer')
      [[ $1 == here ]] || return 0
      inheritable=cap_kill
      [[ $grant != ^* ]] || ambient=cap_kill
      ;;
  esac
}

# assert_with KEPT…: what pam_cap grants, and these.
assert_with() {
  assert_caps "$out" "prm=$* $ambient" "eff=$* $ambient" "inh=$* $inheritable" "amb=$* $ambient" "uid=$uid"
  assert_clean_environment
}

# granted_and_kept ROW here|elsewhere: each way to have pam_cap in between, without capkeep and with; and for the one in
# which pam_cap grants most, with a rule for somebody else.
granted_and_kept() {
  for options in "${option_sets[@]}"; do
    for grant in "${grants[@]}"; do
      echo "pam_cap $options grants $grant"
      expect_grant "$2"
      launch_anew "$1" bare
      assert_with
      launch_anew "$1" three
      assert_with "${three[@]}"
    done
  done
  launch_anew "$1" other
  assert_with
}

launch_anew() {
  rm -rf "${BATS_TEST_TMPDIR:?}/$2"
  launch "$@"
}

row_su() {
  need su
  private_mounts pam_session su -s /bin/sh nobody -c "$probe_command"
}
@test "C1 C2 su" { granted_and_kept su here; }

row_su_login() {
  need su
  private_mounts pam_session su -s /bin/sh - nobody -c "$probe_command"
}
@test "C1 C4 su -" { granted_and_kept su_login here; }

row_runuser() {
  need runuser
  private_mounts pam_session runuser -s /bin/sh nobody -c "$probe_command"
}
@test "C1 C2 runuser" { granted_and_kept runuser here; }

row_sudo() {
  need sudo
  need_own /etc/sudoers
  private_mounts pam_session sudo -n -u nobody "$probe" "$out"
}
@test "C1 C4 sudo -u" { granted_and_kept sudo elsewhere; }

row_login() {
  need login script
  sandbox login_session
}
@test "C1 C4 login -f" { granted_and_kept login here; }

# pam_cap takes K out of the bounding set before it could become inheritable: told, and not kept; unless the rule guards
# it, and then it is kept in spite of pam_cap's rewriting inheritable as well.
@test "C6 su: pam_cap drops what is to be kept from the bounding set" {
  options='' grant="!$one" inheritable='' ambient=''
  launch_anew su bare
  assert_with
  prepare_launch one "$BATS_TEST_TMPDIR/dropped" 600
  with+=(CAPKEEP_LOG="$dir/log")
  row_su
  assert_with
  grep -q "not-kept .*not-bounding=$one" "$dir/log"
}

@test "C1 su: Guard= keeps it although pam_cap drops it from the bounding set" {
  options='' grant="!$one" inheritable='' ambient=''
  prepare_launch one "$BATS_TEST_TMPDIR/guarded" 600
  with+=(CAPKEEP_GUARD=yes)
  row_su
  assert_with "$one"
}

# --- the minute is over

# The state of the program that the cron of this case and mode started.
row_cron() {
  need cron crontab
  local from=$BATS_FILE_TMPDIR/cron-$1-$2
  prepare_launch "$2" "$BATS_TEST_TMPDIR/$1-$2" 600
  wait_until 75 test -s "$from/state" || { cat "$from"/*output; return 1; }
  cp -- "$from/state" "$out"
}

@test "C1 C4 cron" {
  local case
  for case in "${!cron_cases[@]}"; do
    read -r grant options <<<"${cron_cases[case]}"
    echo "pam_cap $options grants $grant"
    expect_grant elsewhere
    row_cron "$case" bare
    assert_with
    row_cron "$case" three
    assert_with "${three[@]}"
  done
}
