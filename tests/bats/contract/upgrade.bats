#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# A policy or the library is replaced while a launcher runs that lives long: what was loaded stays in force, whole, for
# every launch; what is new counts from the launcher's restart on (C8). As package managers and editors do it, by rename,
# and for policy files also by writing over them.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and setup_launchers set

load ../lib/common
load ../lib/launchers

# The assertions are made where the launcher runs.
inner_variables+=(library policy one three capability_names capability_number status_key)

setup() {
  setup_launchers
  need_sandbox
  prepare_launch bare "$BATS_TEST_TMPDIR/bare" 600
  # In a folder that no other user can write to.
  local folder=$BATS_RUN_TMPDIR/upgrade-$BATS_TEST_NUMBER
  mkdir -p "$folder/lib"
  chmod 755 "$folder" "$folder/lib"
  library=$folder/lib/libcapkeep.so policy=$folder/policy
  cp "$lib" "$library"
  write_policy "$policy" "$one"
  with+=(LD_PRELOAD="$library" CAPKEEP_POLICY="$policy")
}

# write_policy FILE CAPS…
write_policy() {
  printf '[Policy]\nLog=none\n[Keep a]\nUser=nobody\nProgram=%s\nAmbientCapabilities=%s\n' "$probe" "$2" >"$1"
}

# replace FILE NEW: as a package manager does.
replace() {
  mv -f -- "$2" "$1"
}

# A library of the same name that is another: it keeps nothing at all.
new_library() {
  cp "$build/tests/probes/second_preload.so" "$library.new"
  replace "$library" "$library.new"
}

new_policy() {
  write_policy "$policy.new" "${three[*]}"
  replace "$policy" "$policy.new"
}

# --- xinetd, which forks and drops by itself for each connection

start_xinetd() {
  printf 'service probe\n{\ntype = UNLISTED\nport = 2000\nsocket_type = stream\nprotocol = tcp\nwait = no\n' >"$dir/conf"
  printf 'user = nobody\nserver = %s\nserver_args = %s\n}\n' "$probe" "$out" >>"$dir/conf"
  "${with[@]}" xinetd -dontfork -f "$dir/conf" -pidfile "$dir/pid" &
  launcher=$!
  wait_until 10 listens
}

# Without a connection, which would be a launch.
listens() {
  grep -q ':07D0 .* 0A ' /proc/net/tcp /proc/net/tcp6
}

stop_xinetd() {
  kill -TERM "$launcher"
  wait "$launcher" || :
  wait_until 10 not_listening
}

not_listening() {
  ! listens
}

# gives CAPS…: one launch, and what its program has; none for nothing.
gives() {
  rm -f "$out"
  port_answers 2000
  wait_until 10 test -s "$out"
  assert_caps "$out" "prm=$*" "eff=$*" "amb=$*" "uid=$uid"
}

policy_session() {
  start_xinetd
  gives "$one"
  new_policy
  gives "$one"
  gives "$one"
  stop_xinetd
  start_xinetd
  gives "${three[@]}"
  # Written over where it lies: what was read stays as it was read.
  write_policy "$policy" "$one"
  gives "${three[@]}"
  : >"$policy"
  gives "${three[@]}"
  rm "$policy"
  gives "${three[@]}"
  stop_xinetd
}

@test "C8 xinetd: another policy counts from its restart on" {
  command -v xinetd >/dev/null || skip_because xinetd "it is not installed"
  sandbox policy_session
}

broken_session() {
  start_xinetd
  printf '[Keep a]\nAmbientCapabilities=cap_sys_tine\n' >"$policy.new"
  replace "$policy" "$policy.new"
  gives "$one"
  stop_xinetd
  start_xinetd 2>"$dir/said"
  gives
  stop_xinetd
}

@test "C8 xinetd: a policy that is broken meanwhile breaks nothing before its restart, and says so then" {
  command -v xinetd >/dev/null || skip_because xinetd "it is not installed"
  sandbox broken_session
  grep -q "event=policy-error keeping=nothing $policy:2: " "$dir/said"
}

library_session() {
  start_xinetd
  gives "$one"
  new_library
  gives "$one"
  gives "$one"
  stop_xinetd
  start_xinetd
  gives
  stop_xinetd
  cp "$lib" "$library.new"
  replace "$library" "$library.new"
  start_xinetd
  gives "$one"
  rm "$library"
  gives "$one"
  stop_xinetd
}

@test "C8 xinetd: another library counts from its restart on" {
  command -v xinetd >/dev/null || skip_because xinetd "it is not installed"
  sandbox library_session
}

# --- supervisord, an interpreter; its programs are started and restarted by it as they end

# The probe, again and again; the supervisor runs the next one when the file of the last has been taken away.
supervisor_session() {
  printf '[supervisord]\nnodaemon=true\nuser=root\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=%s\n' "$dir/pid" >"$dir/conf"
  printf '[program:probe]\ncommand=%s\nuser=nobody\nautorestart=true\nstartsecs=0\nstartretries=100000\n' \
    "$probe_command" >>"$dir/conf"
  start_supervisord
  runs_again "$one"
  new_policy
  new_library
  runs_again "$one"
  runs_again "$one"
  stop_supervisord
  cp "$lib" "$library.new"
  replace "$library" "$library.new"
  start_supervisord
  runs_again "${three[@]}"
  stop_supervisord
}

start_supervisord() {
  "${with[@]}" supervisord -c "$dir/conf" &
  launcher=$!
}

stop_supervisord() {
  kill -TERM "$launcher"
  wait "$launcher" || :
}

runs_again() {
  rm -f "$out"
  wait_until 20 test -s "$out"
  assert_caps "$out" "prm=$*" "eff=$*" "amb=$*" "uid=$uid"
}

@test "C8 supervisord: another policy and library count from its restart on" {
  command -v supervisord >/dev/null || skip_because supervisord "it is not installed"
  sandbox supervisor_session
}
