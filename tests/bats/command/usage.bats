#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What capkeep says of itself and of a wrong use: alike for all verbs, in one line, with the nearest name, status 125.

load ../lib/common
bats_require_minimum_version 1.5.0

setup_file() {
  find_what_is_tested
  export bin
}

setup() {
  hide_suite_environment
  echo '^cap_kill nobody' >"$BATS_TEST_TMPDIR/capability.conf"
  printf '[Keep one]\nUser=nobody\nProgram=/bin/true\nAmbientCapabilities=cap_kill\n[Keep two]\nUser=nobody\nIAB=cap_kill\n' >"$BATS_TEST_TMPDIR/policy.conf"
  verbs=(run check explain status trace convert help)
}

# wrong SENTENCE ARGUMENT…: exactly this line on standard error, nothing else, and 125.
wrong() {
  local sentence=$1
  shift
  run --separate-stderr "$bin" "$@"
  diff -u <(printf '%s\n' "125 " "$sentence") <(printf '%s\n' "$status $output" "$stderr")
}

@test "usage: help, --help and VERB --help print to standard output and end with 0" {
  run -0 --separate-stderr "$bin" --help
  [[ ! $stderr ]]
  for verb in "${verbs[@]}"; do
    grep -qE "^  $verb +[a-z]" <<<"$output"
  done
  [[ $("$bin" help) == "$output" && $("$bin" help help) == "$output" && $("$bin" help --help) == "$output" ]]
  for verb in "${verbs[@]}"; do
    run -0 --separate-stderr "$bin" "$verb" --help
    [[ ! $stderr && $output == "Usage: capkeep "* ]]
    [[ $("$bin" help "$verb") == "$output" ]]
    # Also behind other things, as long as it is not the command's own.
    [[ $("$bin" help "$verb" 2>&1) == "$("$bin" "$verb" --help junk 2>&1)" ]]
  done
  [[ $("$bin" -h) == "$("$bin" --help)" && $("$bin" help -h) == "$("$bin" --help)" ]]
  for verb in "${verbs[@]}"; do
    [[ $("$bin" "$verb" -h) == "$("$bin" "$verb" --help)" ]]
  done
  run -0 --separate-stderr "$bin" --version
  [[ ! $stderr && $output =~ ^capkeep\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "usage: without a verb, the summary goes to standard error" {
  run -125 --separate-stderr "$bin"
  [[ ! $output && $stderr == "$("$bin" --help)" ]]
}

@test "usage: an unknown verb, or an unknown option in front of it" {
  wrong 'capkeep: unknown verb "runn"; did you mean run?' runn --help
  wrong 'capkeep: unknown verb "explian"; did you mean explain?' explian
  wrong 'capkeep: unknown verb "stat"; did you mean status?' help stat
  wrong 'capkeep: unknown option --hepl; did you mean --help?' --hepl
  wrong 'capkeep: unknown option --versoin; did you mean --version?' --versoin
  wrong 'capkeep: help: unexpected argument check' help run check
}

@test "usage: an unknown option is told alike by all verbs, with the nearest one" {
  for verb in "${verbs[@]}"; do
    wrong "capkeep: $verb: unknown option --hepl; did you mean --help?" "$verb" --hepl
    wrong "capkeep: $verb: unknown option --hepl; did you mean --help?" "$verb" --hepl=x /bin/true
    wrong "capkeep: $verb: unknown option -Z; see \`capkeep $verb --help\`" "$verb" -Z
    wrong "capkeep: $verb: unknown option --0123456789; see \`capkeep $verb --help\`" "$verb" --0123456789
    wrong "capkeep: $verb: --help takes no value" "$verb" --help=yes
    wrong "capkeep: $verb: --he takes no value" "$verb" --he=
  done
  wrong 'capkeep: run: unknown option --ambiant; did you mean --ambient?' run --ambiant=cap_kill -- true
  wrong 'capkeep: run: unknown option --FORUSER; did you mean --for-user?' run --FORUSER nobody true
  wrong 'capkeep: explain: unknown option --polcy; did you mean --policy?' explain -a kill --polcy x true
  wrong 'capkeep: trace: unknown option --sugest; did you mean --suggest?' trace -f json --sugest true
  wrong 'capkeep: check: unknown option -s; did you mean --strict?' check --policy=x -sq
  wrong 'capkeep: run: unknown option -m; did you mean --method?' run -m ptrace true
}

@test "usage: an option without its value, or with one that it does not take" {
  while read -r verb option; do
    wrong "capkeep: $verb: $option needs a value" "$verb" "$option"
  done <<'OPTIONS'
run --ambient
run -a
run -u
run --meth
check --policy
explain -a
explain --pid
status --format
trace -o
trace --output
convert --from
OPTIONS
  wrong 'capkeep: run: --guard takes no value' run -a kill --guard=yes true
  wrong 'capkeep: status: --all takes no value' status --all=1
}

@test "usage: a shortened option that may be several" {
  wrong 'capkeep: run: --for may be --for-user, --for-program, --for-launcher' run --for nobody true
  wrong 'capkeep: explain: --p may be --policy, --pid' explain --p=1
}

@test "usage: a mistake in a value is told by the option's name, as it was written" {
  wrong 'capkeep: error: -a: unknown capability "cap_killl"; did you mean cap_kill?' run -u nobody -a cap_killl true
  wrong 'capkeep: error: --ambient: unknown capability "x"' run -u nobody --ambient x true
  wrong 'capkeep: error: --bounding: unknown capability "x"' run -a kill --bound x true
  wrong 'capkeep: error: -b: restricts a rule, and there is none: there is no -a' run -b kill true
  wrong 'capkeep: error: --for-user: unknown user "nobodyy"; did you mean nobody?' run -a kill --for-user nobodyy true
  wrong 'capkeep: error: --on-failure: neither continue nor refuse: "x"' run -a kill --on-failure x true
  wrong 'capkeep: error: --log: not none, stderr, syslog or an absolute path: "x"' run -a kill --log x true
  wrong 'capkeep: error: -a: unknown capability "x"' explain -u nobody -a x /bin/true
  wrong 'capkeep: run: --iab was given twice; several of them need a policy file' run --iab ^cap_kill --iab cap_chown true
  # What the environment says is told by the variable.
  CAPKEEP_AMBIENT=x wrong 'capkeep: error: CAPKEEP_AMBIENT: unknown capability "x"' run true
}

@test "usage: a word that an option does not know" {
  wrong 'capkeep: run: --method=ptrcae is none of auto, preload, ptrace, securebits' run --method ptrcae true
  wrong 'capkeep: explain: --format=html is none of text, json' explain --format=html /bin/true
  wrong 'capkeep: explain: --from= is none of current, root' explain --from= /bin/true
  wrong 'capkeep: status: --format=JSON is none of text, json' status --format JSON
  wrong 'capkeep: trace: --format=xml is none of text, json, html' trace -f xml true
  wrong 'capkeep: convert: --from=setpriv is none of systemd, pam_cap, openrc' convert --from setpriv /dev/null
  wrong 'capkeep: convert: --to=openrc is none of setpriv, systemd, pam_cap, systemd-dropin' convert --to openrc rule
  for pid in 0 -1 '' x 1x ' 1' 99999999999; do
    wrong "capkeep: explain: not a process ID: --pid=$pid" explain --pid="$pid"
    wrong "capkeep: trace: not a process ID: --pid=$pid" trace --pid="$pid"
  done
}

@test "usage: output that is lost is a failure, of all verbs and formats" {
  local line
  while read -r line; do
    # shellcheck disable=SC2086 # words
    run -125 sh -c 'exec "$@" 2>&1 >/dev/full' sh "$bin" $line
    [[ $output == *'capkeep: standard output: '* ]] || { echo "$line: $output"; return 1; }
  done <<LINES
--help
-h
--version
help
help run
run --help
trace --help
convert -h
check
status
status --format json --all
status $$
explain /bin/true
explain --format json /bin/true
explain -u nobody -a cap_kill /bin/true
explain --format json -u nobody -a cap_kill /bin/true
explain --pid $$
explain --format json --pid $$
convert --from pam_cap $BATS_TEST_TMPDIR/capability.conf
convert --to setpriv --policy $BATS_TEST_TMPDIR/policy.conf one
convert --to systemd --policy $BATS_TEST_TMPDIR/policy.conf one
convert --to pam_cap --policy $BATS_TEST_TMPDIR/policy.conf two
LINES
  run -125 sh -c 'exec "$1" --version >&-' sh "$bin"
  # What has nothing to say loses nothing. (In a user namespace there may be something to say of the file.)
  [[ $("$bin" check --policy "$BATS_TEST_TMPDIR/policy.conf" || :) ]] ||
    run -0 sh -c 'exec "$1" check --policy "$2" >&-' sh "$bin" "$BATS_TEST_TMPDIR/policy.conf"
}
