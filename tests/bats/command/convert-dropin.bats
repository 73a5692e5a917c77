#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep convert --to systemd-dropin`: what it prints is a drop-in to systemd's own parser, and a launcher that is started
# with the environment that it gives keeps what the policy says.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/policies

setup() {
  policies_setup
}

convert() {
  "$bin" convert --to systemd-dropin "$@"
}

# one_rule LINE…: as a policy, named r.
one_rule() {
  printf '%s\n' '[Keep r]' "$@" >"$policy"
}

# environment_of FILE: the variables that a drop-in gives, as words in `variables`.
environment_of() {
  mapfile -d '' -t variables < <(python3 -c 'import shlex, sys
for line in open(sys.argv[1], encoding="utf-8"):
    if line.startswith("Environment="):
        for word in shlex.split(line[len("Environment="):]):
            assert word.replace("%%", "").count("%") == 0, "a specifier: " + word
            print(word.replace("%%", "%"), end="\0")' "$1")
  ((${#variables[@]}))
}

# verified FILE: systemd finds no fault with a unit that has it.
verified() {
  [[ $(type -P systemd-analyze) ]] || { skip_because "$BATS_TEST_DESCRIPTION" 'no systemd-analyze'; return; }
  mkdir -p "$work/units/capkeep-test.service.d"
  printf '[Service]\nExecStart=/bin/true\n' >"$work/units/capkeep-test.service"
  cp "$1" "$work/units/capkeep-test.service.d/capkeep.conf"
  run -0 env SYSTEMD_UNIT_PATH="$work/units:" systemd-analyze verify --man=no capkeep-test.service
  [[ ! $output ]] || { echo "$output"; return 1; }
}

# starts_the_same ARGUMENT…: a launcher with the drop-in's environment alone leaves what one by `capkeep run` leaves.
starts_the_same() {
  convert "$@" >"$work/capkeep.conf"
  verified "$work/capkeep.conf"
  environment_of "$work/capkeep.conf"
  capture by_dropin env -i CAPKEEP_LOG=none "${variables[@]}" "$probes/call" "${steps[@]}"
  capture by_run env -i "$bin" run --log none --policy "$policy" -- "$probes/call" "${steps[@]}"
  same by_run by_dropin
}

@test "C1 C3 convert --to systemd-dropin: a policy and a rule of it, started with that, end in the same state" {
  local rule
  local -a lines
  for rule in 'AmbientCapabilities=cap_kill' 'AmbientCapabilities=cap_kill,cap_sys_time|CapabilityBoundingSet=cap_kill,cap_sys_time|NoNewPrivileges=yes' \
    'IAB=^cap_kill,%cap_chown,!cap_sys_admin' 'AmbientCapabilities=cap_kill|IAB=%cap_chown' "AmbientCapabilities=cap_kill|Program=$work/*" \
    'AmbientCapabilities=cap_kill|Guard=yes|Descendants=no' 'AmbientCapabilities=cap_kill|User=games daemon' \
    'AmbientCapabilities=cap_kill|Program=/usr/bin/true' \
    "AmbientCapabilities=cap_kill|Launcher=$probes/call|OnFailure=refuse"; do
    mapfile -t lines < <(tr '|' '\n' <<<"$rule")
    one_rule 'User=nobody' "${lines[@]}"
    starts_the_same --policy "$policy"
    starts_the_same --policy "$policy" r
    # Else two that keep nothing would be the same.
    [[ $rule != 'AmbientCapabilities=cap_kill' ]] || grep -q '^CapAmb.*0020$' "$runs/by_dropin"
  done
}

@test "convert --to systemd-dropin: of the environment, and of what is installed" {
  run -0 env CAPKEEP_AMBIENT=cap_kill CAPKEEP_USER='nobody games' "$bin" convert --to systemd-dropin
  diff -u - <(grep -v LD_PRELOAD <<<"$output") <<'UNIT'
# /etc/systemd/system/NAME.service.d/capkeep.conf; then systemctl daemon-reload
[Service]
Environment="CAPKEEP_USER=nobody games"
Environment="CAPKEEP_AMBIENT=cap_kill"
UNIT
  [[ $output == *"Environment=\"LD_PRELOAD=$lib\""* ]]
  one_rule User=nobody AmbientCapabilities=cap_kill
  # What is installed stays in its place, and nothing but the library is named; a rule of it goes along if it is asked for.
  installed() {
    mkdir "$work/etc"
    copy_etc "$work/etc"
    mkdir -p "$work/etc/capkeep"
    cp "$policy" "$work/etc/capkeep/capkeep.conf"
    mount --bind "$work/etc" /etc
    "$bin" convert --to systemd-dropin | grep -c Environment=
    "$bin" convert --to systemd-dropin r | grep -c Environment=
  }
  inner_variables+=(work policy)
  [[ $(private_mounts installed) == $'1\n3' ]]
}

@test "C9 convert --to systemd-dropin: any name of a program is the same to systemd" {
  local name
  # shellcheck disable=SC2016 # names
  for name in 'a b' '$x' '100%' '%i' "it's" '"q"' 'back\slash' '\x41' $'\xc3\xa9'; do
    mkdir -p "$work/ $name"
    cp "$probes/dump" "$work/ $name/dump"
    one_rule User=nobody "Program=$work/ $name/dump" AmbientCapabilities=cap_kill
    steps=("${dropped[@]}" path="$work/ $name/dump" arg=a execve)
    starts_the_same --policy "$policy" r
    grep -q '^CapAmb.*0020$' "$runs/by_dropin" || { echo "of: $name"; return 1; }
  done
}

# none WORD LINE…: 1, nothing printed, and the reason has this word.
none() {
  local word=$1
  shift
  one_rule "$@"
  run -1 --separate-stderr convert --policy "$policy" r
  [[ -z $output && $stderr == *"has no equivalent: "*"$word"* ]] || { echo "$output$stderr"; return 1; }
}

@test "convert --to systemd-dropin: why there is no equivalent, and wrong uses" {
  none 'several' User=nobody AmbientCapabilities=cap_kill Program=/bin/true Program=/bin/false
  none 'keeps nothing' User=nobody NoNewPrivileges=yes
  none 'UTF-8' User=nobody AmbientCapabilities=cap_kill $'Program=/opt/a\xffb'
  none 'control' User=nobody AmbientCapabilities=cap_kill $'Program=/opt/a\tb'
  # As a whole it can still be named.
  one_rule User=nobody AmbientCapabilities=cap_kill Program=/bin/true Program=/bin/false
  run -0 convert --policy "$policy"
  [[ $output == *"Environment=\"CAPKEEP_POLICY=$policy\""* ]]
  run -125 convert --policy "$policy" other
  run -125 convert --policy "$policy" r r
  : >"$policy"
  run -125 convert --policy "$policy"
  [[ $output == *'the policy has no rule'* ]]
  # The others need one.
  run -125 "$bin" convert --to systemd --policy "$policy"
}
