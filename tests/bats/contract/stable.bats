#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What others build on, held to what tests/stable has recorded of it: the policy format, the log, JSON, exit statuses.
# shellcheck disable=SC2030,SC2031,SC2154 # subshells on purpose; the variables that find_what_is_tested sets

load ../lib/common
bats_require_minimum_version 1.5.0

setup() {
  find_what_is_tested
  hide_suite_environment
  export bin lib
  stable=$BATS_TEST_DIRNAME/../../stable
  # Root's alone, where a policy counts, but for what the users are to reach.
  make_shared_dir "$BATS_TEST_TMPDIR"
  export work=$BATS_TEST_TMPDIR/work
  mkdir -m 755 "$work"
  record=${STABLE_RECORD-} # what there is now is written down instead
  inner_variables+=(stable bin lib work record)
}

# What the other files rely on.
asserts_after_run() {
  run ! false
  false
  true
}

@test "a sandbox: an assertion that comes after a run counts" {
  need_root
  run -1 sandbox asserts_after_run
}

need_root() {
  ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION" "needs root"
  can_unshare --mount --net --pid --fork || skip_because "$BATS_TEST_DESCRIPTION" "no namespaces to be had"
  id games >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "needs the user games"
  install -o games -m 600 /dev/null "$work/own"
}

@test "stable: a policy means what it did" {
  local policy
  for policy in "$stable"/policy/*.conf; do
    "$build/tests/unit/print_rules" "$policy" >"$work/rules"
    [[ ! $record ]] || cp "$work/rules" "${policy%.conf}.rules"
    diff -u "${policy%.conf}.rules" "$work/rules"
  done
}

# run_example NAME: what it prints, in $work/NAME.
run_example() {
  cd "$work"
  (
    set -euo pipefail
    # shellcheck disable=SC1090
    . "$stable/output/$1.sh"
  ) >"$work/$1.out"
}

# shape FILE: each field of its JSON with its type, a line each; of a trace, behind the kind of event.
shape() {
  jq -sr 'def shape($path):
      if type == "object" then ($path + " object"), (to_entries[] | .key as $key | .value | shape($path + "." + $key))
      elif type == "array" then ($path + " array"), (.[] | shape($path + "[]"))
      else $path + " " + type end;
    .[] | shape(if type == "object" and has("event") then .event else "" end)' "$1" | sort -u
}

# same_shape NAME: each recorded field is there, with its type. What was null may be anything now, and fields may be added.
same_shape() {
  run_example "$1"
  [[ ! $record ]] || jq . "$work/$1.out" >"$stable/output/$1.json"
  shape "$work/$1.out" >"$work/now"
  shape "$stable/output/$1.json" >"$work/recorded"
  awk 'NR == FNR { now[$0]; path[$1]; next } !($0 in now) && !($2 == "null" && $1 in path) { print "missing: " $0; bad = 1 }
    END { exit bad }' "$work/now" "$work/recorded"
}

# Of a log: names of files, of which machines have their own, become their kind. The sentence on a mistake may change.
tokens() {
  run ! grep -vE '^capkeep\[[0-9]+\]: event=' "$1"
  sed -E 's/^capkeep\[[0-9]+\]: //; s|=/[^ ]*|=PATH|g; s/^(event=policy-[a-z]+( keeping=[a-z]+)?) .*/\1/' "$1"
}

same_log() {
  run_example log
  [[ ! $record ]] || cp "$work/log.out" "$stable/output/log.log"
  tokens "$work/log.out" >"$work/now"
  tokens "$stable/output/log.log" >"$work/recorded"
  # Each recorded line is there with all of its fields; others may have been added.
  awk 'NR == FNR { line[NR] = " " $0 " "; next }
    { found = 0
      for (i in line) { all = 1; for (f = 1; f <= NF; f++) all = all && index(line[i], " " $f " "); found = found || all }
      if (!found) { print "missing: " $0; bad = 1 } }
    END { exit bad }' "$work/now" "$work/recorded"
}

same_statuses() {
  local wanted command status number=0
  while read -r wanted command; do
    [[ $wanted != '#' ]] || continue
    mkdir -m 755 "$work/$((++number))"
    status=0
    (cd "$work/$number" && bash -c "$command") >"$work/said" 2>&1 </dev/null || status=$?
    [[ $status == "$wanted" ]] || { echo "$status instead of $wanted: $command"; cat "$work/said"; return 1; }
  done <"$stable/statuses"
}

# same_shapes GREP-OPTION: of the examples that say, or with -L do not say, that they take the word of the kernel.
same_shapes() {
  local example
  while read -r example; do
    example=$(basename "$example" .sh)
    sandbox same_shape "$example" || { echo "$example"; cat "$work/$example.out"; return 1; }
  done < <(grep "$1" '^# By the word of the kernel' "$stable"/output/*.sh | grep -v /log.sh)
}

@test "stable: JSON has each recorded field, of its type" {
  need_root
  same_shapes -L
}

@test "stable: JSON has each recorded field, of its type, where the kernel tells what it is asked for" {
  need_root
  "$bin" learn --once -u games -- true >/dev/null 2>"$work/said" || (($? == 1)) ||
    skip_because "$BATS_TEST_DESCRIPTION" "the kernel does not tell what it is asked for"
  same_shapes -l
}

@test "stable: the log has each recorded line, with its fields" {
  need_root
  sandbox same_log
}

@test "stable: exit statuses" {
  need_root
  sandbox same_statuses
}

@test "stable: each verb that writes JSON has an example, and each key of a policy" {
  local verb
  for verb in explain status trace learn; do
    [[ -e $stable/output/$verb.json ]]
  done
  # In the manual's words.
  sed -n 's/^\*\([A-Za-z]*\)=\*.*/\1/p' "$BATS_TEST_DIRNAME/../../../docs/capkeep.conf.5.scd" | sort -u >"$work/keys"
  grep -qx AmbientCapabilities "$work/keys"
  sed -n 's/^ *\([A-Za-z]*\) *=.*/\1/p' "$stable"/policy/*.conf | sort -u | diff -u "$work/keys" -
}
