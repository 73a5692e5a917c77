#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Policies from files: which file counts, which of its rules, and that a mistake anywhere keeps nothing at all (C8).
# What is kept is read off the launcher and its program; each time also that nothing is kept where no rule says so.

load ../lib/common
load ../lib/probes
load ../lib/policies

setup_file() {
  etc_setup_file
}

setup() {
  policies_setup
}

# by_file NAME [VAR=VALUE…] [-- STEP…]: the launcher with the policy of $policy, as uid 65534 or by other steps.
by_file() {
  local name=$1 vars=()
  shift
  while (($#)) && [[ $1 != -- ]]; do
    vars+=("$1")
    shift
  done
  (($# == 0)) || shift
  capture "$name" "${preload[@]}" CAPKEEP_POLICY="$policy" "${vars[@]}" "$probes/call" "${@:-${steps[@]}}"
}

# installed NAME [VAR=VALUE…]: with nothing in the environment but the preload and these.
installed() {
  local name=$1
  shift
  capture "$name" "${in_etc[@]}" env -i "${base[@]}" LD_PRELOAD="$lib" "$@" "$probes/call" "${steps[@]}"
}

# As somebody else: setpriv in front of the probe would be the launcher.
steps_as() {
  steps=(groups="$1" "setresuid=$1,$1,$1" status path="$work/dump" arg="$work/dump" arg=a execve)
}

# --- which rules match

@test "C1 C5 a file by CAPKEEP_POLICY: User= by name, by uid, in a list, left out, and of somebody else" {
  for line in User=nobody User=65534 "User=root daemon nobody 7" OnFailure=continue; do
    write_policy "$policy" '[Keep a]' "$line" "AmbientCapabilities=$keep"
    by_file matching
    assert_kept matching "$keep_mask"
    run ! grep -E $'^Env:\t(LD_PRELOAD|CAPKEEP_)' "$runs/matching"
  done
  capture bare "$probes/call" "${steps[@]}"
  for line in User=daemon User=65533 "User=root 4242424"; do
    write_policy "$policy" '[Keep a]' "$line" "AmbientCapabilities=$keep"
    by_file other
    same bare other
    assert_kept other "$no_caps"
  done
}

@test "C1 C5 Launcher= by its path, by a link, by its folder, and another" {
  ln -s "$probes/call" "$work/link"
  for launcher in "$probes/call" "$work/link" "$probes/*" "/nonexistent/x"$'\n'"Launcher=$probes/call"; do
    write_policy "$policy" '[Keep a]' "Launcher=$launcher" "AmbientCapabilities=$keep"
    by_file matching
    assert_kept matching "$keep_mask"
  done
  for launcher in /bin/su "$work/*" "${probes%/*}/*" "$probes/cal"; do
    write_policy "$policy" '[Keep a]' "Launcher=$launcher" "AmbientCapabilities=$keep"
    by_file other
    assert_kept other "$no_caps"
  done
}

@test "C2 Program=: what is kept waits in permitted for it, and another program has none of it" {
  ln -s dump "$work/link"
  mkdir "$work/inner"
  ln "$work/dump" "$work/inner/dump"
  for program in "$work/dump" "$work/link" "$work/*"; do
    write_policy "$policy" '[Keep a]' "Program=$program" "AmbientCapabilities=$keep"
    by_file matching
    assert_sets matching "call $keep_mask $no_caps $no_caps $no_caps" "dump $keep_mask $keep_mask $keep_mask $keep_mask"
  done
  for program in "$work/inner/dump" "${work%/*}/*" /bin/sh; do
    write_policy "$policy" '[Keep a]' "Program=$program" "AmbientCapabilities=$keep"
    by_file other
    assert_sets other "call $keep_mask $no_caps $no_caps $no_caps" "dump $no_caps $no_caps $no_caps $no_caps"
  done
}

@test "C1 C2 C3 rules that match count together, those of other users, launchers and programs do not" {
  write_policy "$policy" \
    '[Keep everybody]' "AmbientCapabilities=$bind" \
    '[Keep nobody]' 'User=nobody' "AmbientCapabilities=$time" \
    '[Keep daemon]' 'User=daemon' 'AmbientCapabilities=cap_kill' 'NoNewPrivileges=yes' \
    '[Keep both]' 'User=1 65534' 'AmbientCapabilities=cap_chown' \
    '[Keep su]' 'Launcher=/bin/su' 'AmbientCapabilities=cap_net_raw' \
    '[Keep this launcher]' 'User=2' "Launcher=$probes/call" 'AmbientCapabilities=cap_net_raw' \
    '[Keep dump]' 'User=3' "Program=$work/dump" 'AmbientCapabilities=cap_syslog' \
    '[Keep true]' 'User=3' 'Program=/bin/true' 'AmbientCapabilities=cap_setpcap'
  by_file nobody
  assert_kept nobody 0000000002000401
  grep -qx $'NoNewPrivs:\t0' "$runs/nobody"
  steps_as 1
  by_file daemon
  assert_kept daemon 0000000000000421
  grep -qx $'NoNewPrivs:\t1' "$runs/daemon"
  steps_as 2
  by_file bin
  assert_kept bin 0000000000002400
  steps_as 3
  by_file sys
  assert_sets sys "call 0000000400000500 $bind_mask $bind_mask $bind_mask" \
    "dump 0000000400000400 0000000400000400 0000000400000400 0000000400000400"
  steps_as 4
  by_file sync
  assert_kept sync "$bind_mask"
}

@test "C1 C3 IAB= in a file, with CapabilityBoundingSet= of another rule" {
  write_policy "$policy" '[Keep a]' 'IAB=^cap_net_bind_service,%cap_chown,!cap_net_raw'
  by_file iab
  assert_sets iab "call $bind_mask $bind_mask 0000000000000401 $bind_mask" \
    "dump $bind_mask $bind_mask 0000000000000401 $bind_mask"
  bounding=$((16#$(sed -n 's/^CapBnd:\t//p' /proc/self/status) & ~(1 << 13)))
  [[ $(grep -c $'^CapBnd:\t'"$(printf %016x $bounding)" "$runs/iab") == 2 ]]
  # The union of what the rules that speak of it allow, and of what the silent ones keep.
  write_policy "$policy" '[Keep a]' 'AmbientCapabilities=cap_kill' 'CapabilityBoundingSet=cap_kill cap_fowner' \
    '[Keep b]' 'CapabilityBoundingSet=cap_chown' '[Keep c]' "AmbientCapabilities=$time"
  by_file bounding
  assert_kept bounding 0000000002000020
  [[ $(grep -c $'^CapBnd:\t0000000002000029' "$runs/bounding") == 2 ]]
}

@test "C4 CAPKEEP_POLICY goes along into what root starts with a clean environment" {
  write_policy "$policy" '[Keep a]' 'User=nobody' "AmbientCapabilities=$keep"
  by_file carried -- path=/usr/bin/env arg=env arg=-i arg="$probes/call" \
    "${steps[@]/#/arg=}" execve
  assert_kept carried "$keep_mask"
  write_policy "$policy" '[Keep a]' 'User=daemon' "AmbientCapabilities=$keep"
  by_file other -- path=/usr/bin/env arg=env arg=-i arg="$probes/call" "${steps[@]/#/arg=}" execve
  assert_kept other "$no_caps"
}

# --- which file

@test "C1 C8 run --policy takes a path relative to the working directory, CAPKEEP_POLICY does not" {
  mkdir -m 755 "$work/conf"
  write_policy "$work/conf/p.conf" '[Keep a]' 'User=nobody' "AmbientCapabilities=$keep"
  for path in conf/p.conf ./conf/p.conf ../work/conf/p.conf "$work/conf/p.conf"; do
    capture run "$bin" run --log none --policy "$path" -- "$probes/call" "${steps[@]}"
    assert_kept run "$keep_mask"
  done
  capture bare "$probes/call" "${steps[@]}"
  policy=conf/p.conf
  by_file relative
  assert_refused relative "conf/p.conf: not an absolute path"
  # The launcher's own working directory is not where it is looked for.
  capture elsewhere "$bin" run --log none --policy conf/p.conf -- env -C / "$probes/call" "${steps[@]}"
  assert_kept elsewhere "$keep_mask"
}

@test "C1 the rule of CAPKEEP_AMBIENT and the file of CAPKEEP_POLICY count together" {
  write_policy "$policy" '[Keep a]' 'User=nobody' "AmbientCapabilities=$time"
  by_file both CAPKEEP_AMBIENT="$bind"
  assert_kept both "$keep_mask"
  by_file both CAPKEEP_IAB=^"$bind"
  assert_kept both "$keep_mask"
  by_file file CAPKEEP_AMBIENT="$bind" CAPKEEP_USER=daemon
  assert_kept file "$time_mask"
  capture run "$bin" run --log none --policy "$policy" -a "$bind" -- "$probes/call" "${steps[@]}"
  assert_kept run "$keep_mask"
  steps_as 1
  by_file variable CAPKEEP_AMBIENT="$bind"
  assert_kept variable "$bind_mask"
}

@test "C8 a policy on the command line replaces that of the environment as a whole" {
  write_policy "$policy" '[Keep a]' 'User=nobody' "AmbientCapabilities=$time"
  write_policy "$policies/bad.conf" '[Keep a'
  capture run CAPKEEP_AMBIENT=cap_chown CAPKEEP_NO_NEW_PRIVS=yes CAPKEEP_POLICY="$policies/bad.conf" \
    "$bin" run --log none --policy "$policy" -- "$probes/call" "${steps[@]}"
  assert_kept run "$time_mask"
  grep -qx $'NoNewPrivs:\t0' "$runs/run"
  capture run CAPKEEP_POLICY="$policy" CAPKEEP_AMBIENT=cap_chown CAPKEEP_USER=daemon "$bin" run --log none -a "$bind" -- "$probes/call" "${steps[@]}"
  assert_kept run "$bind_mask"
  capture run CAPKEEP_POLICY="$policy" "$bin" run --log none -- "$probes/call" "${steps[@]}"
  assert_kept run "$time_mask"
}

# --- the installed files

@test "C5 no policy anywhere: nothing is kept, said or changed" {
  etc_setup
  capture bare "$probes/call" "${steps[@]}"
  for content in 'rm -rf $conf' 'mkdir -m 755 $conf' 'mkdir -m 755 $conf/capkeep.conf.d' \
    'write_policy $conf/capkeep.conf "# nothing"' 'write_policy $conf/capkeep.conf "[Policy]" Log=stderr'; do
    eval "$content"
    installed none
    same bare none
    assert_kept none "$no_caps"
  done
  assert_not_run "nothing to keep" "${in_etc[@]}" "$bin" run -u nobody --
}

@test "C1 C5 capkeep.conf needs nothing in the environment but the preload" {
  etc_setup
  write_policy "$conf/capkeep.conf" '[Keep a]' 'User=nobody' "AmbientCapabilities=$keep"
  installed kept
  assert_kept kept "$keep_mask"
  run ! grep -E $'^Env:\t(LD_PRELOAD|CAPKEEP_)' "$runs/kept"
  capture run "${in_etc[@]}" "$bin" run -- "$probes/call" "${steps[@]}"
  assert_kept run "$keep_mask"
  steps_as 1
  installed other
  assert_kept other "$no_caps"
}

@test "C1 the file that is installed with capkeep keeps nothing, and its example works without the marks" {
  etc_setup
  cp "$BATS_TEST_DIRNAME/../../../config/capkeep.conf" "$conf/"
  cp "$BATS_TEST_DIRNAME/../../../config/capkeep.conf.d/README" "$conf/capkeep.conf.d/"
  capture bare "$probes/call" "${steps[@]}"
  installed none
  same bare none
  sed -nE 's/^# (\[.*|[A-Z][A-Za-z]+=.*)/\1/p' "$conf/capkeep.conf" >"$conf/example"
  sed -e 's/^User=ntp/User=nobody/' -e "s|^Launcher=.*|Launcher=$probes/call|" -e "s|^Program=/usr.*|Program=$work/dump|" \
    -e 's/^Log=.*/Log=none/' "$conf/example" >"$conf/capkeep.conf"
  installed example
  assert_sets example "call $time_mask $no_caps $no_caps $no_caps" "dump $time_mask $time_mask $time_mask $time_mask"
  grep -qx $'NoNewPrivs:\t1' "$runs/example"
  grep -qx $'CapBnd:\t'"$time_mask" "$runs/example"
}

@test "C1 drop-ins add up with capkeep.conf, and need none" {
  etc_setup
  write_policy "$conf/capkeep.conf.d/a.conf" '[Keep a]' "AmbientCapabilities=$bind"
  installed alone
  assert_kept alone "$bind_mask"
  # A rule of the same name in another file is another rule.
  write_policy "$conf/capkeep.conf" '[Keep a]' "AmbientCapabilities=$time"
  write_policy "$conf/capkeep.conf.d/b.conf" '[Keep a]' 'AmbientCapabilities=cap_kill' '[Keep b]' 'User=daemon' \
    'AmbientCapabilities=cap_chown'
  installed together
  assert_kept together 0000000002000420
}

@test "C1 C5 of the drop-ins only those named *.conf count" {
  etc_setup
  for name in README a.conf~ a.conf.dpkg-old a.CONF a_conf conf .conf .hidden.conf; do
    write_policy "$conf/capkeep.conf.d/$name" '[Keep a]' "AmbientCapabilities=$keep"
    write_policy "$conf/$name" '[Keep a]' "AmbientCapabilities=$keep"
  done
  mkdir "$conf/capkeep.conf.d/folder"
  write_policy "$conf/capkeep.conf.d/folder/a.conf" '[Keep a]' "AmbientCapabilities=$keep"
  installed none
  assert_kept none "$no_caps"
  write_policy "$conf/capkeep.conf.d/a b.conf" '[Keep a]' "AmbientCapabilities=$bind"
  write_policy "$conf/capkeep.conf.d/-.conf" '[Keep a]' "AmbientCapabilities=$time"
  installed some
  assert_kept some "$keep_mask"
}

@test "C8 drop-ins are read after capkeep.conf, in the order of the bytes of their names" {
  etc_setup
  mkdir -m 777 "$work/logs"
  # The last Log= counts, so it tells which file came last.
  for name in capkeep.conf capkeep.conf.d/Z.conf capkeep.conf.d/a.conf capkeep.conf.d/10.conf capkeep.conf.d/9.conf; do
    write_policy "$conf/$name" '[Policy]' "Log=$work/logs/${name##*/}" '[Keep a]' "AmbientCapabilities=$bind"
  done
  for last in a.conf Z.conf 9.conf 10.conf capkeep.conf; do
    installed order
    [[ $(ls "$work/logs") == "$last" ]]
    grep -q "kept=$bind" "$work/logs/$last"
    rm "$work/logs/$last"
    rm -f "$conf/capkeep.conf.d/$last"
  done
  # And the first mistake is told.
  for name in capkeep.conf.d/b.conf capkeep.conf.d/a.conf capkeep.conf; do
    write_policy "$conf/$name" 'Frob=1'
    installed order
    [[ $(said_by order) == *"keeping=nothing /etc/capkeep/$name:1: "* ]]
  done
}

@test "C1 C5 CAPKEEP_AMBIENT, CAPKEEP_IAB or CAPKEEP_POLICY alone hides the installed files, also broken ones" {
  etc_setup
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind"
  for line in "AmbientCapabilities=$time" 'Frob=1'; do
    write_policy "$conf/capkeep.conf" '[Keep a]' "$line"
    for variable in CAPKEEP_AMBIENT=$bind CAPKEEP_IAB=^$bind CAPKEEP_POLICY="$policy"; do
      installed hidden "$variable" CAPKEEP_LOG=none
      assert_kept hidden "$bind_mask"
      [[ ! $(said_by hidden) ]]
    done
  done
  # A rule that does not match hides them, too.
  write_policy "$conf/capkeep.conf" '[Keep a]' "AmbientCapabilities=$time"
  installed other CAPKEEP_AMBIENT="$bind" CAPKEEP_USER=daemon
  assert_kept other "$no_caps"
}

@test "C5 CAPKEEP_DISABLE=1 keeps nothing of the installed files" {
  etc_setup
  write_policy "$conf/capkeep.conf" '[Keep a]' "AmbientCapabilities=$time"
  installed disabled CAPKEEP_DISABLE=1
  assert_kept disabled "$no_caps"
  installed enabled CAPKEEP_DISABLE=0
  assert_kept enabled "$time_mask"
}

# --- Log=

@test "C6 Log= in the file, and CAPKEEP_LOG over it" {
  # It is written by the launcher, which is no longer root.
  mkdir -m 777 "$work/logs"
  log=$work/logs/log
  lines=('[Policy]' "Log=$log" '[Keep a]' 'User=nobody' "AmbientCapabilities=$time")
  write_policy "$policy" "${lines[@]}"
  capture file LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" "$probes/call" "${steps[@]}"
  [[ ! $(said_by file) ]]
  grep -q "event=kept .* rule=a kept=$time" "$log"
  rm "$log"
  capture over LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" CAPKEEP_LOG=stderr "$probes/call" "${steps[@]}"
  [[ ! -e $log && $(said_by over) == *"event=kept "*"kept=$time"* ]]
  capture over LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" CAPKEEP_LOG=none "$probes/call" "${steps[@]}"
  [[ ! -e $log && ! $(said_by over) ]]
  capture over "$bin" run --policy "$policy" --log "$log-other" -- "$probes/call" "${steps[@]}"
  [[ ! -e $log && -s $log-other ]]
  write_policy "$policy" '[Policy]' 'Log=stderr' "${lines[@]:2}"
  capture file LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" "$probes/call" "${steps[@]}"
  [[ $(said_by file) == *"event=kept "*"kept=$time"* ]]
  assert_kept file "$time_mask"
}

# --- mistakes

# Each behind a rule that is right, and with a file and line in its message. LINE|TEXT|LINES OF THE FILE…
each_mistake() {
  cat <<'MISTAKES'
5|unknown section "Kepe b"; did you mean [Keep NAME]?|[Kepe b]\nUser=nobody
6|unknown key "AmbientCapability"; did you mean AmbientCapabilities?|[Keep b]\nAmbientCapability=cap_kill
6|AmbientCapabilities=: unknown capability "cap_kil"; did you mean cap_kill?|[Keep b]\nAmbientCapabilities=cap_kil
6|User=: unknown user "nobody,daemon"|[Keep b]\nUser=nobody,daemon
6|Program=: not an absolute path: "dump"|[Keep b]\nProgram=dump
6|Launcher=: "*" stands only for all files of a directory|[Keep b]\nLauncher=/bin/s*
6|IAB=: unknown capability "cap_x"|[Keep b]\nIAB=!cap_x
6|CapabilityBoundingSet=: no value|[Keep b]\nCapabilityBoundingSet=
6|NoNewPrivileges=: neither yes nor no: "maybe"|[Keep b]\nNoNewPrivileges=maybe
6|Guard=: neither yes nor no: "2"|[Keep b]\nGuard=2
6|Descendants=: neither yes nor no: "never"|[Keep b]\nDescendants=never
6|OnFailure=: neither continue nor refuse: "stop"|[Keep b]\nOnFailure=stop
5|the bounding set leaves out what is kept: cap_kill|[Keep b]\nAmbientCapabilities=cap_kill\nCapabilityBoundingSet=cap_chown
5|a second rule with the name "a"|[Keep a]\nUser=nobody
5|a section without a key|[Keep b]
5|a section is a line of its own, in brackets|[Keep b
5|neither a [Section], a Key=Value nor a comment|nonsense
6|Log=: not none, stderr, syslog or an absolute path: "here"|[Policy]\nLog=here
5|a NUL byte: this is not a text file|\0
MISTAKES
}

write_mistake() {
  write_policy "$1" '[Keep a]' 'User=nobody' "AmbientCapabilities=$keep" ''
  printf '%b\n' "$2" >>"$1"
}

@test "C8 any mistake in the file keeps nothing, is one line with file and line, and the launcher runs on" {
  capture bare "$probes/call" "${steps[@]}"
  while IFS='|' read -r number text lines; do
    write_mistake "$policy" "$lines"
    by_file mistake
    assert_refused mistake "$policy:$number: $text"
    assert_not_run "$policy:$number: error: $text" "$bin" run --policy "$policy" --
    assert_not_run "$policy:$number: error: $text" "$bin" run -u nobody --policy "$policy" --
  done <<<"$(each_mistake)"
  # The same file without a mistake.
  write_mistake "$policy" '# none'
  by_file right
  assert_kept right "$keep_mask"
}

@test "C8 a mistake in any of the installed files keeps nothing of the others" {
  etc_setup
  capture bare "$probes/call" "${steps[@]}"
  for bad in capkeep.conf capkeep.conf.d/a.conf capkeep.conf.d/z.conf; do
    for name in capkeep.conf capkeep.conf.d/a.conf capkeep.conf.d/m.conf capkeep.conf.d/z.conf; do
      write_policy "$conf/$name" '[Keep a]' 'User=nobody' "AmbientCapabilities=$keep"
    done
    installed right
    assert_kept right "$keep_mask"
    write_policy "$conf/$bad" '[Keep a]' 'User=nobody' 'Frob=1'
    installed mistake
    assert_refused mistake "/etc/capkeep/$bad:3: unknown key \"Frob\""
    assert_not_run "/etc/capkeep/$bad:3: error: unknown key \"Frob\"" "${in_etc[@]}" "$bin" run --
  done
}

@test "C8 a mistake in the file keeps nothing of the environment's rule, nor the other way round" {
  capture bare "$probes/call" "${steps[@]}"
  write_policy "$policy" '[Keep a]' 'Frob=1'
  by_file file CAPKEEP_AMBIENT="$bind"
  assert_refused file "$policy:2: unknown key"
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$bind"
  by_file variable CAPKEEP_AMBIENT=cap_kil
  assert_refused variable 'CAPKEEP_AMBIENT: unknown capability "cap_kil"; did you mean cap_kill?'
}

@test "C8 a mistake is said whatever the log is" {
  write_policy "$policy" '[Policy]' 'Log=none' '[Keep a]' 'Frob=1'
  for log in none syslog "$work/log"; do
    capture mistake LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" CAPKEEP_LOG="$log" "$probes/call" "${steps[@]}"
    [[ $(said_by mistake) == *"$policy:4: unknown key"* ]]
  done
}

# run_on_with_a_mistake LAUNCHER…: each a command with its arguments.
run_on_with_a_mistake() {
  local launcher
  write_policy "$policy" '[Keep a]' 'User=nobody' "AmbientCapabilities=$keep" 'Frob=1'
  for launcher; do
    # shellcheck disable=SC2086 # a command and its arguments
    capture bare $launcher
    # shellcheck disable=SC2086
    capture mistake "${preload[@]}" CAPKEEP_POLICY="$policy" $launcher
    same bare mistake 'capkeep\['
    assert_sets mistake "dump $no_caps $no_caps $no_caps $no_caps"
    [[ $(said_by mistake) == *"keeping=nothing $policy:4: "* ]]
  done
}

@test "C8 C5 real launchers run on with a mistake in the policy" {
  run_on_with_a_mistake "start-stop-daemon --start --chuid 65534:65534 --exec $work/dump -- a" \
    "setpriv --reuid 65534 --clear-groups $work/dump a" "chroot --userspec=65534:65534 / $work/dump a" \
    "perl -e \$<=\$>=65534;exec(@ARGV) $work/dump a"
}

@test "C8 C5 su runs on with a mistake in the policy" {
  need_su
  run_on_with_a_mistake "su nobody -s $work/dump"
}

@test "C8 the mistakes of a file are all told by run, each with its line" {
  write_policy "$policy" '[Keep a]' 'User=nobdy' 'Frob=1' '[Keep b]' '[Keep c]' 'Guard=2'
  capture run "$bin" run --policy "$policy" -- touch "$work/started"
  diff -u - <(said_by run | sed "s|^$policy||; s/\(error: [^\"]*\).*/\1/") <<'LINES'
:2: warning: User=: unknown user "nobdy"; did you mean nobody?
:3: error: unknown key 
:4: error: a section without a key
:6: error: Guard=: neither yes nor no: 
LINES
  [[ ! -e $work/started ]]
}

# --- variables

@test "C8 a variable that is nearly one of ours is a mistake, one that is far from all is not" {
  capture bare "$probes/call" "${steps[@]}"
  while read -r wrong right; do
    capture near "${matching[@]}" "$wrong=nobody" "$probes/call" "${steps[@]}"
    assert_refused near "unknown variable \"$wrong\"; did you mean $right?"
    assert_not_run "unknown variable \"$wrong\"; did you mean $right?" "$wrong=nobody" "$bin" run -a "$time" --
  done <<'NAMES'
CAPKEEP_AMBIANT CAPKEEP_AMBIENT
CAPKEEP_AMBIENTS CAPKEEP_AMBIENT
CAPKEEP_USERS CAPKEEP_USER
CAPKEEP_User CAPKEEP_USER
CAPKEEP_PROGRAMME CAPKEEP_PROGRAM
CAPKEEP_BOUNDIN CAPKEEP_BOUNDING
CAPKEEP_NO_NEW_PRIV CAPKEEP_NO_NEW_PRIVS
CAPKEEP_ON_FAIL_URE CAPKEEP_ON_FAILURE
CAPKEEP_POLCY CAPKEEP_POLICY
CAPKEEP_LOGS CAPKEEP_LOG
CAPKEEP_DISABLED CAPKEEP_DISABLE
CAPKEEP_METHODS CAPKEEP_METHOD
NAMES
  for far in CAPKEEP_OF_LATER_VERSIONS CAPKEEP_ CAPKEEP_THIS_NAME_IS_LONGER_THAN_ANY_OF_OURS_WILL_EVER_BE; do
    capture far "${matching[@]}" "$far=x" "$probes/call" "${steps[@]}"
    assert_kept far "$keep_mask"
  done
}

@test "C8 a variable that restricts a rule is a mistake where there is none" {
  etc_setup
  capture bare "$probes/call" "${steps[@]}"
  write_policy "$conf/capkeep.conf" '[Keep a]' "AmbientCapabilities=$keep"
  write_policy "$policy" '[Keep a]' "AmbientCapabilities=$keep"
  for setting in USER=nobody PROGRAM="$work/dump" LAUNCHER="$probes/call" BOUNDING="$keep" NO_NEW_PRIVS=yes GUARD=yes \
    DESCENDANTS=no ON_FAILURE=refuse; do
    sentence="CAPKEEP_${setting%%=*}: restricts a rule, and there is none: CAPKEEP_AMBIENT is not set"
    installed alone "CAPKEEP_$setting"
    assert_refused alone "$sentence"
    by_file with_file "CAPKEEP_$setting"
    assert_refused with_file "$sentence"
    assert_not_run "$sentence" "CAPKEEP_$setting" "$bin" run --policy "$policy" -b cap_kill -- || {
      # What `run` replaces it forgets; it is its own option that restricts nothing here.
      grep -q -- '-b: restricts' "$runs/not_run"
    }
  done
}

@test "C8 a variable with a wrong value keeps nothing" {
  capture bare "$probes/call" "${steps[@]}"
  while IFS='|' read -r setting sentence; do
    capture wrong "${matching[@]}" "$setting" "$probes/call" "${steps[@]}"
    assert_refused wrong "$sentence"
    assert_not_run "$sentence" CAPKEEP_AMBIENT="$time" "$setting" "$bin" run --
  done <<'SETTINGS'
CAPKEEP_AMBIENT=|CAPKEEP_AMBIENT: no value
CAPKEEP_AMBIENT=cap_kil|CAPKEEP_AMBIENT: unknown capability "cap_kil"; did you mean cap_kill?
CAPKEEP_USER=|CAPKEEP_USER: no value
CAPKEEP_USER= |CAPKEEP_USER: no value
CAPKEEP_USER=nobdy|CAPKEEP_USER: unknown user "nobdy"; did you mean nobody?
CAPKEEP_PROGRAM=dump|CAPKEEP_PROGRAM: not an absolute path: "dump"
CAPKEEP_BOUNDING=cap_kil|CAPKEEP_BOUNDING: unknown capability "cap_kil"; did you mean cap_kill?
CAPKEEP_BOUNDING=cap_kill|CAPKEEP_AMBIENT: the bounding set leaves out what is kept: cap_
CAPKEEP_IAB=cap_kil|CAPKEEP_IAB: unknown capability "cap_kil"; did you mean cap_kill?
CAPKEEP_LOG=here|CAPKEEP_LOG: not none, stderr, syslog or an absolute path: "here"
CAPKEEP_POLICY=/nonexistent/p.conf|no such policy file: "/nonexistent/p.conf"
CAPKEEP_POLICY=|: not an absolute path
SETTINGS
}

# --- who reads it

@test "C5 C8 a program in which nothing calls a wrapper reads no policy, and a shell does" {
  write_policy "$policy" '[Keep a]' 'AmbientCapabilities=cap_nonsense'
  capture bare cat /dev/null
  capture dormant LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" cat /dev/null
  same bare dormant
  capture shell LD_PRELOAD="$lib" CAPKEEP_POLICY="$policy" sh -c :
  grep -q 'event=policy-error keeping=nothing ' "$runs/shell"
}
