#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep explain`: what it predicts is what happens. Each launch is predicted and then done, and the state of the
# program is compared field by field: the sets, uids and gids, securebits, no_new_privs and AT_SECURE. The rows of the
# launcher tables are held to it as well (lib/launchers.bash).
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION" "needs root"
  make_programs
  rule=("${no_policy[@]}")
}

# Programs of each kind that counts at an exec, in $work.
make_programs() {
  local name
  : >"$work/none.conf"
  no_policy=(CAPKEEP_POLICY="$work/none.conf")
  cp "$probes/dump" "$work/plain"
  ln -s plain "$work/link"
  for name in caps caps_p caps_i caps_none setuid setuid_root setgid setuid_caps interpreter_caps; do
    cp "$probes/dump" "$work/$name"
  done
  chown 2:0 "$work/setuid"
  chgrp 2 "$work/setgid"
  setcap cap_kill+ep "$work/caps"
  setcap cap_kill,cap_sys_time+p "$work/caps_p"
  setcap cap_sys_time+ie "$work/caps_i"
  setcap '=' "$work/caps_none"
  setcap cap_kill+ep "$work/setuid_caps"
  setcap cap_kill+ep "$work/interpreter_caps"
  chmod 4755 "$work/setuid" "$work/setuid_root" "$work/setuid_caps"
  chmod 2755 "$work/setgid"
  printf '#!%s\n' "$work/plain" >"$work/script"
  printf '#!%s x\n' "$work/script" >"$work/script_of_script"
  printf '#!%s\n' "$work/interpreter_caps" >"$work/script_caps"
  cp "$work/script" "$work/script_setuid"
  chmod 755 "$work/script" "$work/script_of_script" "$work/script_caps"
  chmod 4755 "$work/script_setuid"
}

all_programs=(plain link caps caps_p caps_i caps_none setuid setuid_root setgid setuid_caps script script_of_script
  script_caps script_setuid)
some_programs=(plain caps setuid setuid_caps script_caps)

# What stands in front of the launcher and of `capkeep explain` alike, and the policy, as variables of the environment:
# a file without a rule where there is to be none, whatever is installed here.
before=()
rule=()
user=nobody

# predict OPTION… PROGRAM: in $work/predicted; its exit status is that of the command.
predict() {
  (cd "$work" && exec env -i "${base[@]}" "${before[@]}" env "${rule[@]}" "$bin" explain --format json "$@") \
    </dev/null >"$work/predicted"
}

# happen PROGRAM: the launch itself, in $runs/happened, by a launcher that does nothing else, with the account's group.
happen() {
  local id
  id=$(id -u "$user")
  [[ $id == "$(id -g "$user")" ]]
  capture happened "${before[@]}" env "${preload[@]}" "${rule[@]}" "$probes/su_exec" "$id" "$1"
}

# The same by setpriv. It keeps its own permitted set, and lowers the inheritable one by capset before it executes, so
# it is the exec at which the library raises what is kept (C6).
happen_by_setpriv() {
  capture happened "${before[@]}" env "${preload[@]}" "${rule[@]}" setpriv --reuid "$user" \
    --regid "$(id -g "$user")" --init-groups "$1"
}

# How the launch is done.
launch=happen

# agree: the two say the same.
agree() {
  assert_state_is "$runs/happened" "$work/predicted" all
}

# agrees PROGRAM [EXPLAIN-OPTION…]: predicted, done, compared.
agrees() {
  local program=$work/$1 status=0
  shift
  predict -u "$user" "$@" "$program" || status=$?
  ((status < 2)) || return 1
  "$launch" "$program"
  agree || { echo "in ${FUNCNAME[1]}: ${before[*]} ${rule[*]} ${program##*/}"; return 1; }
}

# agree_for PROGRAM…
agree_for() {
  local program
  for program in "$@"; do
    agrees "$program"
  done
}

# lost RULE CAP [SET…]: the prediction names this rule for the capability, with just these sets if any are given.
lost() {
  local rule_code=$1 cap=$2
  shift 2
  jq -e --arg rule "$rule_code" --arg cap "$cap" --arg sets "$*" '
    .lost | any(.rule == $rule and .cap == $cap and ($sets == "" or (.sets | join(" ")) == $sets))' \
    "$work/predicted" >/dev/null || { echo "not lost by $rule_code: $cap"; jq -c '.lost[]' "$work/predicted"; return 1; }
}

# --- another kernel

# by_kernel VERSION PROGRAM: what a member of the group 4343 has of the rule in it, on that Linux.
by_kernel() {
  setpriv --groups 4343 "$bin" explain --kernel "$1" --format json -u 4242 -a cap_kill "$work/$2" >"$work/predicted" ||
    [[ $? == 1 ]]
  jq -r '"\(.kernel) \(.caps.ambient | join(","))"' "$work/predicted"
}

@test "explain --kernel: the rules are those of that Linux, whatever runs here" {
  chgrp 4343 "$work/setgid"
  chmod 2755 "$work/setgid"
  # Before 6.17 a set-group-ID program had nothing; since then it has, where the process is in the group.
  [[ $(by_kernel 6.16 setgid) == '6.16 ' ]]
  [[ $(jq -r '.lost[0].rule' "$work/predicted") == exec-setid ]]
  [[ $(by_kernel 6.17 setgid) == '6.17 cap_kill' ]]
  [[ $(by_kernel 6.1.0-37-amd64 plain) == '6.1.0-37-amd64 cap_kill' ]]
  # And 5.8 did not have CAP_CHECKPOINT_RESTORE.
  "$bin" explain --kernel 5.8 --format json -u nobody -a cap_kill "$work/plain" |
    jq -e '.caps.bounding | index("cap_checkpoint_restore") == null'
  "$bin" explain --format json -u nobody -a cap_kill "$work/plain" | jq -e '.kernel == null'
  run -125 "$bin" explain --kernel 5.7 -u nobody -a cap_kill "$work/plain"
  [[ $output == *'--kernel=5.7: what Linux did before 5.8 is not known' ]]
  run -125 "$bin" explain --kernel bookworm -u nobody -a cap_kill "$work/plain"
  [[ $output == *'not a version of Linux, as in 6.1: --kernel=bookworm' ]]
}

# --- predictions, each held to the launch

@test "explain: one rule, and every kind of program" {
  rule=(CAPKEEP_AMBIENT='cap_kill cap_sys_time')
  agree_for "${all_programs[@]}"
}

@test "explain: no policy, and every kind of program" {
  agree_for "${all_programs[@]}"
}

@test "explain: setpriv as the launcher, with and without a policy" {
  launch=happen_by_setpriv
  agree_for "${all_programs[@]}"
  rule=(CAPKEEP_AMBIENT='cap_kill cap_sys_time')
  agree_for plain link script script_of_script script_setuid
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_BOUNDING='cap_sys_time cap_chown' CAPKEEP_NO_NEW_PRIVS=yes)
  agree_for plain setuid setuid_root setgid script
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_PROGRAM="$work/plain")
  agree_for plain link script caps setuid
  for user in daemon games 65534 root; do
    agrees plain
  done
  before=(setpriv --bounding-set -sys_time)
  rule=(CAPKEEP_AMBIENT='cap_kill cap_sys_time')
  agree_for plain script
}

@test "explain: no_new_privs in the rule, and every kind of program" {
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_NO_NEW_PRIVS=yes)
  agree_for "${all_programs[@]}"
}

@test "explain: a bounding set in the rule, and every kind of program" {
  rule=(CAPKEEP_AMBIENT='cap_kill cap_sys_time' CAPKEEP_BOUNDING='cap_kill cap_sys_time cap_chown')
  agree_for "${all_programs[@]}"
}

@test "explain: what waits for a Program=, by its text, its link and its folder" {
  local path
  for path in "$work/plain" "$work/link" "$work/*" /usr/bin/env "$work/script"; do
    rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_PROGRAM="$path")
    agree_for plain link script caps
  done
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_PROGRAM="$work/*")
  agree_for "${all_programs[@]}"
  rule+=(CAPKEEP_NO_NEW_PRIVS=yes)
  agree_for caps setuid setgid setuid_caps
}

@test "explain: IAB" {
  rule=('CAPKEEP_IAB=^cap_kill,%cap_sys_time,!cap_chown')
  agree_for "${some_programs[@]}"
}

@test "explain: Descendants=no, with programs that the library gets into and others" {
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_DESCENDANTS=no)
  agree_for "${some_programs[@]}"
}

@test "explain: several rules of a file, of which some are for others" {
  cat >"$work/policy.conf" <<CONF
[Keep one]
User=nobody
AmbientCapabilities=cap_kill
[Keep two]
User=nobody daemon
Program=$work/plain
AmbientCapabilities=cap_sys_time
CapabilityBoundingSet=cap_sys_time
[Keep three]
User=bin
AmbientCapabilities=cap_sys_admin
[Keep four]
Launcher=/usr/bin/env
AmbientCapabilities=cap_net_raw
CONF
  rule=(CAPKEEP_POLICY="$work/policy.conf")
  for user in bin daemon nobody; do
    agrees plain --launcher "$probes/su_exec"
    agrees script_caps --launcher "$probes/su_exec"
  done
  predict -u nobody --launcher "$probes/su_exec" "$work/plain"
  diff -u - <(jq -r '.rules[] | "\(.name) \(.mismatch)"' "$work/predicted") <<'RULES'
one null
two null
three user
four launcher
RULES
  # Without a launcher, one that Launcher= names is taken for granted.
  predict -u nobody "$work/plain"
  jq -e '.rules[3].mismatch == null and (.caps.ambient | index("cap_net_raw"))' "$work/predicted"
}

@test "explain: what is missing from the bounding set" {
  rule=(CAPKEEP_AMBIENT='cap_kill cap_sys_time')
  before=(setpriv --bounding-set -sys_time)
  agree_for "${some_programs[@]}"
  run -1 predict -u nobody "$work/plain"
  lost not-permitted cap_sys_time permitted effective ambient
  jq -e '.lost[0].remedy | contains("--cap-add=SYS_TIME") and contains("CapabilityBoundingSet=")' "$work/predicted"
  # Without CAP_SETPCAP the hardening is not to be had, and with OnFailure=refuse nothing starts.
  before=(setpriv --bounding-set -setpcap)
  rule=(CAPKEEP_AMBIENT=cap_kill CAPKEEP_BOUNDING=cap_kill)
  agrees plain
  run -1 predict -u nobody "$work/plain"
  jq -e '.hardened == false and .missing == []' "$work/predicted"
}

@test "explain: securebits of the one who starts the launcher" {
  local bits
  rule=(CAPKEEP_AMBIENT='cap_kill cap_sys_time')
  # keep_caps_locked, no_setuid_fixup, no_cap_ambient_raise, and the last two.
  for bits in 0x20 0x4 0x40 0x44; do
    before=(capsh --secbits="$bits" -- -c 'exec "$@"' sh)
    agree_for "${some_programs[@]}"
  done
  before=(capsh --secbits=0x40 -- -c 'exec "$@"' sh)
  run -1 predict -u nobody "$work/plain"
  lost no-ambient-raise cap_kill
  before=(capsh --secbits=0x20 -- -c 'exec "$@"' sh)
  run -1 predict -u nobody "$work/plain"
  lost keep-caps-refused cap_kill
}

@test "explain: capabilities that are ambient or inheritable before" {
  before=(setpriv --inh-caps '+kill,+chown' --ambient-caps +kill)
  agree_for "${some_programs[@]}"
  run -1 predict -u nobody "$work/plain"
  lost uid-change cap_kill permitted effective
  lost uid-change-ambient cap_kill ambient
  lost uid-change cap_chown permitted effective
  rule=(CAPKEEP_AMBIENT=cap_sys_time)
  agree_for "${some_programs[@]}"
}

@test "explain: no_new_privs before" {
  before=(setpriv --no-new-privs)
  rule=(CAPKEEP_AMBIENT='cap_kill cap_sys_time')
  agree_for "${some_programs[@]}"
}

nosuid_session() {
  local program
  mkdir "$work/mount"
  mount -t tmpfs -o nosuid,mode=755 tmpfs "$work/mount"
  cp -a "$work"/{caps,setuid_root,setgid,setuid_caps,script_caps} "$work/mount"
  for program in caps setuid_root setgid setuid_caps script_caps; do
    agrees "mount/$program"
  done
  rule+=(CAPKEEP_PROGRAM="$work/mount/*")
  for program in caps setuid_root setgid setuid_caps script_caps; do
    agrees "mount/$program"
  done
}
@test "explain: programs on a nosuid mount" {
  inner_variables+=(work runs probes base preload rule before user launch capability_names)
  rule=(CAPKEEP_AMBIENT=cap_sys_time)
  private_mounts nosuid_session
}

@test "explain: users by name, by number, without an account, and root" {
  rule=(CAPKEEP_AMBIENT=cap_sys_time)
  for user in daemon 65534 root; do
    agree_for plain caps
  done
  # A number that no account has: setpriv leaves the groups alone as well.
  predict -u 54321 "$work/plain"
  capture happened env "${preload[@]}" "${rule[@]}" setpriv --reuid 54321 --keep-groups "$work/plain"
  agree
  jq -e '.user == null' "$work/predicted"
  run -0 "$bin" explain -u 54321 -a cap_sys_time "$work/plain"
  [[ $output == *$'\n  groups        left as they are; `capkeep run -u` takes group 54321\n'* ]]
  # As `capkeep run -u` does it, and then there is nothing to say.
  predict -u 54321:54321 -a cap_sys_time "$work/plain"
  capture happened "$bin" run -u 54321 -a cap_sys_time --log none -- "$work/plain"
  agree
  run -0 "$bin" explain -u 54321:54321 -a cap_sys_time "$work/plain"
  [[ $output != *$'\n  groups '* ]]
}

@test "explain: a launcher out of reach, and one that makes no call that could be seen" {
  rule=(CAPKEEP_AMBIENT=cap_sys_time)
  for launcher in static asm dynamic lookup; do
    predict -u nobody --launcher "$build/tests/launchers/drop-$launcher" "$work/plain" || (($? == 1))
    capture happened env "${preload[@]}" "${rule[@]}" "$build/tests/launchers/drop-$launcher" 65534 "$work/plain"
    assert_state_is "$runs/happened" "$work/predicted"
  done
  run -1 predict -u nobody --launcher "$build/tests/launchers/drop-static" "$work/plain"
  lost uid-change cap_sys_time
  jq -e '.lost[0].remedy | contains("capkeep run -u")' "$work/predicted"
}

@test "explain: capkeep run -u ends as predicted, too" {
  for program in plain script link; do
    predict -u nobody -a cap_kill,cap_sys_time "$work/$program"
    capture happened "$bin" run -u nobody -a cap_kill,cap_sys_time --log none -- "$work/$program"
    agree
  done
}

# --- what does not start

# does_not_start CALL ERROR WORD PROGRAM: predicted so, and so it is.
does_not_start() {
  run -1 predict -u nobody "$work/$4"
  jq -e --arg call "$1" --arg error "$2" '.started == false and .failure.call == $call and .failure.error == $error and
    (has("caps") | not)' "$work/predicted"
  happen "$work/$4"
  run ! grep -q '^CapPrm' "$runs/happened"
  grep -q "$3" "$runs/happened"
}

@test "explain: OnFailure=refuse" {
  rule=(CAPKEEP_AMBIENT='cap_kill cap_sys_time' CAPKEEP_ON_FAILURE=refuse)
  before=(setpriv --bounding-set -sys_time)
  does_not_start execve EPERM 'Operation not permitted' plain
  jq -e '.failure.by_policy' "$work/predicted"
  before=()
  does_not_start execve EPERM 'Operation not permitted' caps
  lost exec-file-caps cap_sys_time
  does_not_start execve EPERM 'Operation not permitted' setuid
  lost exec-setid cap_sys_time
  rule+=(CAPKEEP_BOUNDING='cap_kill cap_sys_time')
  before=(setpriv --bounding-set -setpcap)
  does_not_start execve EPERM 'Operation not permitted' plain
  lost not-hardened cap_kill
}

@test "explain: a program whose file capabilities are not all to be had" {
  rule=(CAPKEEP_AMBIENT=cap_sys_time)
  before=(setpriv --bounding-set -kill)
  does_not_start execve EPERM 'Operation not permitted' caps
  jq -e '.failure.by_policy == false' "$work/predicted"
}

@test "explain: one who may not change the user" {
  rule=(CAPKEEP_AMBIENT=cap_sys_time)
  before=(setpriv --bounding-set -setuid)
  does_not_start setresuid EPERM 'su_exec: ' plain
  before=(setpriv --reuid daemon --clear-groups)
  run -1 predict --from current -u nobody "$work/plain"
  jq -e '.failure.call == "setresuid" and .from.assumed == "current"' "$work/predicted"
}

# --- the reasons

@test "explain: each reason with its rule, where it is written and a remedy" {
  predict -u nobody -a cap_sys_time "$work/caps" || (($? == 1))
  jq -e '.lost[] | select(.cap == "cap_sys_time") | .rule == "exec-file-caps" and .sets == ["permitted", "effective", "ambient"] and
    (.text | contains("file capabilities")) and .section == "capabilities(7): Transformation of capabilities during execve()" and
    (.remedy | startswith("setcap -r /"))' "$work/predicted"
  predict -u nobody -a cap_sys_time "$work/script_caps" || (($? == 1))
  jq -e --arg remedy "setcap -r $work/interpreter_caps" '.lost[0].remedy == $remedy' "$work/predicted"
  predict -u nobody -a cap_sys_time "$work/setuid" || (($? == 1))
  lost exec-setid cap_sys_time
  rule=("${no_policy[@]}")
  predict -u nobody "$work/plain" || (($? == 1))
  lost uid-change cap_sys_time permitted effective
  jq -e '.lost[] | select(.cap == "cap_sys_time") | .remedy == "start the launcher by `capkeep run -a cap_sys_time`"' "$work/predicted"
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_USER=daemon)
  predict -u nobody "$work/plain" || (($? == 1))
  lost uid-change cap_sys_time
  jq -e '.lost[0].remedy | startswith("add a rule")' "$work/predicted"
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_PROGRAM=/usr/bin/env)
  predict -u nobody "$work/plain" || (($? == 1))
  lost exec-not-ambient cap_sys_time
  jq -e --arg remedy "name $work/plain in Program= of the rule" '.lost[0].remedy == $remedy' "$work/predicted"
}

@test "explain: following the remedies leads to the capability" {
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_PROGRAM=/usr/bin/env)
  run -1 predict -u nobody "$work/setuid_caps"
  lost exec-file-caps cap_sys_time || lost exec-not-ambient cap_sys_time
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_PROGRAM="$work/setuid_caps")
  run -1 predict -u nobody "$work/setuid_caps"
  lost exec-file-caps cap_sys_time
  eval "$(jq -r '.lost[0].remedy' "$work/predicted")"
  chown daemon "$work/setuid_caps" && chmod 4755 "$work/setuid_caps"
  run -1 predict -u nobody "$work/setuid_caps"
  lost exec-setid cap_sys_time
  eval "$(jq -r '.lost[0].remedy | sub("^[^:]*: "; "")' "$work/predicted")"
  run -0 predict -u nobody "$work/setuid_caps"
  agrees setuid_caps
}

@test "explain: the plan is what the library does" {
  rule=(CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_BOUNDING=cap_sys_time CAPKEEP_NO_NEW_PRIVS=yes)
  predict -u nobody "$work/plain"
  env -i "${base[@]}" "${preload[@]}" "${rule[@]}" strace -qq -e trace=capset,prctl -e signal=none -o "$work/calls" \
    "$probes/su_exec" 65534 "$work/plain" >/dev/null
  # From the library's own PR_SET_KEEPCAPS on.
  diff -u <(jq -r '.plan.setresuid[] | if .call == "capset" then "capset " + (.permitted | length | tostring)
      else .call + (if .cap then " " + (.cap | ascii_upcase) elif .value then " \(.value)" else "" end) end' "$work/predicted") \
    <(sed -n '/PR_SET_KEEPCAPS, 0/,$p' "$work/calls" | sed -n '
      s/^prctl(PR_CAPBSET_DROP, \(CAP_[A-Z_]*\).*/PR_CAPBSET_DROP \1/p
      s/^prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, \(CAP_[A-Z_]*\).*/PR_CAP_AMBIENT_RAISE \1/p
      s/^prctl(PR_SET_NO_NEW_PRIVS, \([01]\).*/PR_SET_NO_NEW_PRIVS \1/p
      s/^prctl(PR_SET_KEEPCAPS, \([01]\).*/PR_SET_KEEPCAPS \1/p
      s/.*permitted=1<<CAP_SYS_TIME,.*/capset 1/p
      s/^capset(.*permitted=1<<CAP_CHOWN.*/capset many/p' | sed "s/capset many/capset $(jq -r '.from.caps.permitted | length' "$work/predicted")/")
}

@test "explain: text for people says the same" {
  run -0 "$bin" explain -u nobody -a cap_sys_time "$work/plain"
  [[ $output == *"$work/plain, started as nobody (uid 65534) by a launcher with libcapkeep.so"* ]]
  [[ $output == *'raise in ambient: cap_sys_time'* && $output == *'arriving: cap_sys_time'* ]]
  [[ $output != *'as a launcher'* && $output != *'method '* ]]
  run -0 "$bin" explain -u nobody -a cap_sys_time --launcher "$build/tests/launchers/drop-dynamic" "$work/plain"
  [[ $output == *"$build/tests/launchers/drop-dynamic as a launcher"* && $output == *'method '* ]]
  run -0 "$bin" explain "$work/plain"
  [[ $output == *"$work/plain as a launcher"* && $output == *'method '* ]]
  run -1 env "${no_policy[@]}" setpriv --inh-caps +kill --ambient-caps +kill "$bin" explain -u nobody "$work/plain"
  [[ $output == *'without capkeep: there is no policy'* ]]
  [[ $output == *$'cap_kill: not in ambient\n      lost at setresuid, uid-change-ambient: '* ]]
  [[ $output == *'see capabilities(7): Effect of user ID changes on capabilities'* && $output == *'remedy: '* ]]
  # What a file's name has in it reaches no terminal.
  cp "$work/plain" "$work/"$'\033[2Jplain\n'
  run -0 "$bin" explain -u nobody -a cap_sys_time "$work/"$'\033[2Jplain\n'
  [[ $output == *"$work/\\x1b[2Jplain\\x0a, started"* && $output != *$'\033'* ]]
  run -0 --separate-stderr "$bin" explain -u nobody -a cap_sys_time --format json "$work/"$'\033[2Jplain\n'
  jq -e --arg path "$work/"$'\033[2Jplain\n' '.program == $path' <<<"$output"
}

# --- whom it starts from, and as whom

@test "explain: root as it would be here, for somebody else" {
  before=(setpriv --reuid daemon --regid daemon --clear-groups --bounding-set -chown)
  rule=(CAPKEEP_AMBIENT=cap_sys_time)
  run -0 predict -u nobody "$work/plain"
  jq -e '.from.assumed == "root" and .from.uid == [0, 0, 0] and (.from.caps.permitted | index("cap_chown") | not)' "$work/predicted"
  # What a root that is started from there would do: the same, but that the bounding set is that of its own.
  before=(setpriv --bounding-set -chown)
  happen "$work/plain"
  agree
  run -1 predict -u nobody -a cap_chown "$work/plain"
  lost not-permitted cap_chown
}

@test "explain: the user of the rules, or which is needed" {
  printf '[Keep a]\nUser=daemon\nAmbientCapabilities=cap_kill\n' >"$work/policy.conf"
  predict --policy policy.conf "$work/plain"
  jq -e '.user == "daemon" and .uid == [1, 1, 1]' "$work/predicted"
  printf '[Keep b]\nUser=bin\nAmbientCapabilities=cap_kill\n' >>"$work/policy.conf"
  run -125 predict --policy policy.conf "$work/plain"
  [[ $output == *'for several'* ]]
  run -125 predict -a cap_kill "$work/plain"
  [[ $output == *'for any'* ]]
  run -125 predict --launcher setpriv "$work/plain"
  [[ $output == *'no policy'* ]]
  run -125 predict -u nobodi -a cap_kill "$work/plain"
  [[ $output == *'did you mean nobody?'* ]]
}

@test "explain: wrong uses" {
  run -125 "$bin" explain
  run -125 "$bin" explain a b
  run -125 "$bin" explain --pid 1 /bin/ls
  run -125 "$bin" explain --pid 1 -u nobody
  run -125 "$bin" explain --pid 0
  run -125 "$bin" explain --pid -1
  run -125 "$bin" explain --pid 99999999999
  run -125 "$bin" explain --format xml /bin/ls
  run -125 "$bin" explain --from somebody /bin/ls
  run -125 "$bin" explain -u nobody /nonexistent
  run -125 "$bin" explain -u nobody -a cap_kil "$work/plain"
  [[ $output == *'did you mean cap_kill?'* ]]
  run -125 "$bin" explain -u nobody --policy /nonexistent "$work/plain"
  printf '#!/nonexistent\n' >"$work/orphan"
  chmod 755 "$work/orphan"
  run -125 "$bin" explain -u nobody -a cap_kill "$work/orphan"
  [[ $output == *'/nonexistent'* ]]
  run -0 "$bin" explain --help
}

# --- launchers

# launcher NAME: its facts, in $work/launcher.
launcher() {
  "$bin" explain --format json "$1" | jq .launcher >"$work/launcher"
}

# served WORD METHOD…: how it can be served.
served() {
  local word=$1
  shift
  diff -u <(printf '%s\n' "$word" "$@") <(jq -r '.reach, .methods[]' "$work/launcher")
}

@test "explain LAUNCHER: in reach, static, Go, of another architecture, without a visible call" {
  launcher setpriv
  served yes preload
  launcher "$build/tests/launchers/drop-dynamic"
  served yes preload
  jq -e '.dynamic and (.go or .set_user_id or .set_group_id or .script | not) and .file_capabilities == []' "$work/launcher"
  launcher "$build/tests/launchers/drop-static"
  served static ptrace -u securebits
  jq -e '.dynamic == false and .imports == null' "$work/launcher"
  launcher "$build/tests/launchers/drop-asm"
  served unseen ptrace -u securebits
  run -0 "$bin" explain "$build/tests/launchers/drop-asm"
  [[ $output == *'explain that one'* && $output == *'none of those that the library wraps'* ]]
  # It can get at any function; and one of the libraries that it needs may make the call.
  launcher "$build/tests/launchers/drop-lookup"
  served yes preload
  jq -e '.imports | index("setuid") | not' "$work/launcher"
  launcher /bin/ls
  served yes preload
  jq -e '(.imports == []) and (.needs | index("libselinux.so.1"))' "$work/launcher"
  if [[ -x $build/tests/launchers/drop-i386 ]] && ! compgen -G '/usr/lib/i386-linux-gnu/libcapkeep.so'; then
    launcher "$build/tests/launchers/drop-i386"
    served foreign ptrace -u securebits
    jq -e '.imports | index("setuid")' "$work/launcher"
  fi
  printf '#!%s\n' "$build/tests/launchers/drop-static" >"$work/started_by_static"
  chmod 755 "$work/started_by_static"
  launcher "$work/started_by_static"
  served static ptrace -u securebits
  jq -e '.script' "$work/launcher"
}

@test "explain LAUNCHER: a static Go program" {
  command -v gosu >/dev/null || skip_because gosu "is not installed"
  launcher gosu
  served static ptrace -u securebits
  jq -e .go "$work/launcher"
}

@test "explain LAUNCHER: set-ID and file capabilities, for root and for a user" {
  cp "$build/tests/launchers/drop-dynamic" "$work/su"
  chmod 4755 "$work/su"
  launcher "$work/su"
  served yes preload
  jq -e .set_user_id "$work/launcher"
  run -0 "$bin" explain "$work/su"
  [[ $output == *'set-user-ID root'* && $output == *'started by another user, it is AT_SECURE'* ]]
  setpriv --reuid nobody --clear-groups "$bin" explain --from current --format json "$work/su" | jq .launcher >"$work/launcher"
  served secure ptrace -u
  chmod 755 "$work/su"
  setcap cap_kill+ep "$work/su"
  launcher "$work/su"
  served yes preload
  jq -e '.file_capabilities == ["cap_kill"]' "$work/launcher"
  setpriv --reuid nobody --clear-groups "$bin" explain --from current --format json "$work/su" | jq .launcher >"$work/launcher"
  served secure ptrace -u
}

@test "explain LAUNCHER: which wrapped calls it imports, as readelf tells" {
  local symbols file
  symbols=$(wrapped_symbols | sort)
  for file in "$(command -v setpriv)" "$(command -v su)" /bin/dash /bin/bash "$(command -v perl)" /bin/ls; do
    launcher "$file"
    diff -u --label "$file by readelf" --label "$file by explain" \
      <(comm -12 <(echo "$symbols") <(readelf --dyn-syms -W "$file" | awk '$7 == "UND" { sub(/@.*/, "", $8); print $8 }' | sort -u)) \
      <(jq -r '.imports[]' "$work/launcher" | sort)
    diff -u <(readelf -d -W "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p') <(jq -r '.needs[]' "$work/launcher")
  done
  # A broken file is no reason to fall over: the section headers of this one are somewhere behind its end.
  cp /bin/ls "$work/broken"
  truncate -s 9000 "$work/broken"
  launcher "$work/broken"
  jq -e .dynamic "$work/launcher"
}

# --- processes

# explain_pid OPTION…: in $work/explained; tells the exit status.
explain_pid() {
  "$bin" explain --format json "$@" >"$work/explained"
}

# blamed RULE CAP [SET…]: the same as `lost`, for a process.
blamed() {
  cp "$work/explained" "$work/predicted"
  lost "$@"
}

# start COMMAND…: a process that waits in read(2), in $pid, once it has said that it is there.
start() {
  "$@" sh -c 'echo >"$0"; read -r line <"$0.end"' "$work/ready" 3>&- &
  pid=$!
  wait_until 10 test -s "$work/ready"
}

stop() {
  kill "$pid"
  wait "$pid" || true
}

setup_waiting() {
  mkfifo "$work/ready.end"
  : >"$work/ready"
  chmod 666 "$work/ready" "$work/ready.end"
}

@test "explain --pid: what a process has" {
  setup_waiting
  start setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +kill,+chown --ambient-caps +kill --bounding-set -sys_time
  run -1 explain_pid --pid "$pid" -a cap_kill,cap_sys_time,cap_net_raw
  cp "/proc/$pid/status" "$work/status"
  stop
  # Of a process nobody knows whether it was AT_SECURE.
  jq '.started = true | .secure = false' "$work/explained" >"$work/with-secure"
  echo $'Secure:\t0' >>"$work/status"
  assert_state_is "$work/status" "$work/with-secure"
  jq -e '.command == "sh" and .exe == "/usr/bin/dash" and .shim == false and .securebits == null and .threads == [] and
    .same_user_namespace' "$work/explained"
  blamed not-bounding cap_sys_time permitted effective ambient
  blamed not-held cap_net_raw permitted effective ambient
  jq -e '.lost | length == 2' "$work/explained"
}

@test "explain --pid -a: status 0 if it has them, 1 if not" {
  setup_waiting
  start setpriv --reuid 65534 --clear-groups --inh-caps +kill --ambient-caps +kill --no-new-privs
  explain_pid --pid "$pid" -a cap_kill
  jq -e '.wanted == ["cap_kill"] and .missing == [] and .lost == [] and .no_new_privs' "$work/explained"
  run -1 explain_pid --pid "$pid" -a cap_kill,cap_sys_time
  jq -e '.missing == ["cap_sys_time"]' "$work/explained"
  blamed not-held cap_sys_time
  run -0 "$bin" explain --pid "$pid"
  [[ $output == *'no_new_privs: no program that it executes can gain anything'* && $output == *'not to be known from /proc'* ]]
  stop
  run -125 explain_pid --pid "$pid"
  [[ $output == *'no such process'* ]]
}

@test "explain --pid: no_new_privs and file capabilities are the reasons" {
  setup_waiting
  cp /bin/dash "$work/sh_caps"
  setcap cap_net_raw+p "$work/sh_caps"
  printf '#!%s\necho >"$1"; read -r line <"$1.end"\n' "$work/sh_caps" >"$work/waits"
  chmod 755 "$work/waits"
  # setpriv itself keeps what is permitted up to its own exec.
  setpriv --reuid 65534 --clear-groups --no-new-privs env "$work/waits" "$work/ready" 3>&- &
  pid=$!
  wait_until 10 test -s "$work/ready"
  run -1 explain_pid --pid "$pid" -a cap_net_raw
  stop
  blamed exec-nnp cap_net_raw
  jq -e --arg exe "$work/sh_caps" '.exe == $exe and .file_capabilities == ["cap_net_raw"]' "$work/explained"
}

@test "explain --pid: permitted, but not inheritable, so not ambient" {
  setup_waiting
  cp /bin/dash "$work/sh_caps"
  setcap cap_kill+ep "$work/sh_caps"
  setpriv --reuid 65534 --clear-groups "$work/sh_caps" -c 'echo >"$0"; read -r line <"$0.end"' "$work/ready" 3>&- &
  pid=$!
  wait_until 10 test -s "$work/ready"
  explain_pid --pid "$pid" -a cap_kill
  run -0 "$bin" explain --pid "$pid" -a cap_kill
  stop
  blamed ambient-not-inheritable cap_kill ambient
  [[ $output == *$'\nit does not pass on to what it executes\n  cap_kill: not in ambient\n'* && $output != *'it does not have'* ]]
}

@test "explain --pid: a process that a rule has served lacks nothing, and is told nothing of what no rule is about" {
  setup_waiting
  printf '[Keep it]\nUser=nobody\nProgram=/bin/sh\nAmbientCapabilities=cap_kill cap_sys_time\n[Keep other]\nUser=daemon\nAmbientCapabilities=cap_chown\n' \
    >"$work/policy"
  start "$bin" run --log none --policy "$work/policy" -- setpriv --reuid nobody --clear-groups
  [[ $(sed -n 's/^CapEff:\t//p' "/proc/$pid/status") == 0000000002000020 ]]
  explain_pid --pid "$pid" --policy "$work/policy"
  run -0 "$bin" explain --pid "$pid" --policy "$work/policy"
  stop
  jq -e '.wanted == ["cap_kill", "cap_sys_time"] and .missing == [] and .lost == []' "$work/explained"
  jq -e '.rules | map([.name, .mismatch, .keeps]) == [["it", null, ["cap_kill", "cap_sys_time"]], ["other", "user", ["cap_chown"]]]' "$work/explained"
  [[ $output == *"it ($work/policy:1): keeps cap_kill,cap_sys_time"$'\n'*'it has        cap_kill,cap_sys_time' ]]
}

@test "explain --pid: of a script that was executed by an absolute path the rules for it are for the process" {
  local name
  setup_waiting
  printf '#!/bin/sh\necho >"$1"; read -r line <"$1.end"\n' >"$work/waits"
  cp "$work/waits" "$work/other"
  cp "$work/waits" "$work/gone"
  chmod 755 "$work/waits" "$work/other" "$work/gone"
  printf '[Keep %s]\nUser=nobody\nProgram=%s\nAmbientCapabilities=cap_kill\n' script "$work/waits" other "$work/other" sh /bin/sh \
    >"$work/policy"
  for name in "$work/waits" ./waits "$work/gone"; do
    : >"$work/ready"
    (cd "$work" && exec setpriv --reuid nobody --clear-groups env "$name" "$work/ready" 3>&-) &
    pid=$!
    wait_until 10 test -s "$work/ready"
    if [[ $name == */gone ]]; then
      printf '#!/usr/bin/env\n' >"$work/gone" # another interpreter than the one that runs
    fi
    run -1 explain_pid --pid "$pid" --policy "$work/policy"
    run -1 "$bin" explain --pid "$pid" --policy "$work/policy"
    stop
    jq -c '[.script, (.rules | map(.mismatch))]' "$work/explained" >>"$work/found"
    echo "$output" >>"$work/told"
  done
  diff -u - "$work/found" <<END
["$work/waits",[null,"program",null]]
[null,["program","program",null]]
[null,["program","program",null]]
END
  run -0 grep '^  script' "$work/told"
  [[ $output == "  script        $work/waits" ]]
}

@test "explain --pid: what was lost is not said to have never been held: /proc has no history, trace has" {
  setup_waiting
  printf '[Keep it]\nUser=nobody\nLauncher=/opt/launcher\nAmbientCapabilities=cap_kill cap_sys_time\n' >"$work/policy"
  start setpriv --reuid nobody --clear-groups --inh-caps +kill --ambient-caps +kill
  run -1 explain_pid --pid "$pid" --policy "$work/policy"
  run -1 "$bin" explain --pid "$pid" --policy "$work/policy"
  blamed not-held cap_sys_time permitted effective ambient
  jq -e '.missing == ["cap_sys_time"] and (.lost | length == 1) and .rules[0].mismatch == null' "$work/explained"
  [[ $output == *'keeps cap_kill,cap_sys_time, started by its Launcher='* && $output == *'it has        cap_kill'$'\n'* ]]
  [[ $output == *'remedy: start it again by a launcher that has cap_sys_time and the library'* ]]
  [[ ${lines[-1]} == *'run its launcher under `capkeep trace`' && $output != *never* ]]
  # Without a rule for it, why none is, and nothing of what it lacks; with -a, what would give it.
  printf '[Keep it]\nUser=daemon\nAmbientCapabilities=cap_sys_time\n' >"$work/policy"
  run -0 "$bin" explain --pid "$pid" --policy "$work/policy"
  [[ ${lines[-1]} == *"it ($work/policy:1): does not count, User= is another" ]]
  run -1 "$bin" explain --pid "$pid" --policy "$work/policy" -a cap_sys_time
  [[ $output == *'remedy: add a rule that matches this user, program and launcher'* ]]
  : >"$work/policy"
  run -1 "$bin" explain --pid "$pid" --policy "$work/policy" -a cap_sys_time
  stop
  [[ $output == *'none: there is no policy'* && $output == *'remedy: start the launcher by `capkeep run -a cap_sys_time`'* ]]
}

@test "explain --pid: a process of root's has what it has, and the rules are those that it is the launcher for" {
  setup_waiting
  printf '[Keep here]\nUser=nobody daemon\nLauncher=/bin/sh\nAmbientCapabilities=cap_kill cap_sys_time\n' >"$work/policy"
  printf '[Keep there]\nUser=nobody\nLauncher=/opt/launcher\nAmbientCapabilities=cap_chown\n' >>"$work/policy"
  start setpriv --bounding-set -sys_time env
  explain_pid --pid "$pid" -a cap_kill,cap_chown
  jq -e '.missing == [] and .lost == []' "$work/explained"
  run -1 explain_pid --pid "$pid" --policy "$work/policy"
  run -1 "$bin" explain --pid "$pid" --policy "$work/policy"
  stop
  jq -e '.wanted == ["cap_kill", "cap_sys_time"] and .missing == ["cap_sys_time"]' "$work/explained"
  jq -e '.rules | map(.mismatch) == [null, "launcher"]' "$work/explained"
  blamed not-bounding cap_sys_time
  [[ $output == *'keeps cap_kill,cap_sys_time for what it starts as nobody and others'* ]]
}

@test "explain --pid: a thread with other credentials" {
  /usr/bin/python3 -c '
import ctypes, os, sys, threading
def change():
    ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
    os.write(1, b"ready\n")
    threading.Event().wait()
threading.Thread(target=change, daemon=True).start()
sys.stdin.read()' >"$work/ready" < <(exec sleep 1000 3>&-) 3>&- &
  pid=$!
  wait_until 10 test -s "$work/ready"
  explain_pid --pid "$pid"
  run -0 "$bin" explain --pid "$pid"
  kill "$pid"
  wait "$pid" || true
  jq -e --argjson pid "$pid" '.no_new_privs == false and (.threads | length == 1 and .[0].no_new_privs and .[0].tid != $pid)' "$work/explained"
  [[ $output == *'thread '*', differs'* ]]
}

@test "explain --pid: a process of another user namespace, and one whose files nobody shows us" {
  can_unshare --user --map-root-user || skip_because "a user namespace" "is not to be had here"
  setup_waiting
  start unshare --user --map-root-user
  explain_pid --pid "$pid"
  run -0 "$bin" explain --pid "$pid"
  [[ $output == *'in another user namespace'* ]]
  jq -e '.same_user_namespace == false and .uid == [0, 0, 0] and (.caps.permitted | length > 0)' "$work/explained"
  setpriv --reuid 65534 --clear-groups "$bin" explain --format json --pid "$pid" >"$work/explained"
  stop
  jq -e '.shim == null and .exe == "?" and .file_capabilities == null' "$work/explained"
}

@test "explain: where fapolicyd runs, a launcher that is preloaded may be refused" {
  dynamic=$build/tests/launchers/drop-dynamic
  run -0 "$bin" explain "$dynamic"
  run ! grep -q fapolicyd <<<"$output"
  unshare --mount true 2>/dev/null || skip_because "$BATS_TEST_DESCRIPTION" 'no mount namespace of its own'
  run -0 unshare --mount --propagation private sh -ec '
    mount -t tmpfs tmpfs /run && echo 1 >/run/fapolicyd.pid
    "$1" explain "$2" && "$1" explain "$3"' sh "$bin" "$dynamic" "$build/tests/launchers/drop-static"
  [[ $(grep -c 'fapolicyd runs here' <<<"$output") == 1 ]]
}

@test "explain --launcher: one that executes a shell first, and a program that is none" {
  local su file
  su=$(command -v su)
  # That it is so, check.bats shows.
  run -0 "$bin" explain -u nobody -a cap_kill --launcher "$su" "$(command -v grep)"
  [[ $output == *"executes a shell for whatever it starts"* ]]
  "$bin" explain -u nobody -a cap_kill --launcher "$su" --format json "$(command -v grep)" | jq -e '.by_shell == true'
  # A shell by another name is one.
  ln -s /bin/sh "$work/job-shell"
  for file in "$su /bin/sh" "$su $work/job-shell" "$(command -v setpriv) $(command -v grep)"; do
    # shellcheck disable=SC2086 # a launcher and a program
    run -0 "$bin" explain -u nobody -a cap_kill --launcher $file
    [[ $output != *"executes a shell"* ]]
    # shellcheck disable=SC2086 # the same
    "$bin" explain -u nobody -a cap_kill --format json --launcher $file | jq -e '.by_shell == false'
  done
  # Nor is a launcher taken for one that nobody has named.
  "$bin" explain -u nobody -a cap_kill --format json "$su" | jq -e '.by_shell == false'
}
