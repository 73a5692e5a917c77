#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The documents say what is so: the picture's states are those of a launch, and the commands of docs/how-it-works.md print
# what stands below them.

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  docs=$BATS_TEST_DIRNAME/../../../docs
  # As a fresh login has it: some container engines hand down inheritable capabilities.
  clean=(setpriv --inh-caps=-all --ambient-caps=-all)
  all=$(sed -n 's/^CapBnd:\t//p' /proc/self/status)
}

# The states of launch.txt: launch, uid and the five sets, a line each.
told_states() {
  awk -F '  +' '
    /^launch  / { launch = $2 }
    /^[a-z]/ && $2 ~ /^[0-9]+$/ { print launch, $2, $3, $4, $5, $6, $7 }' "$docs/launch.txt"
}

# observed_states LAUNCH RUN: the same of what a run has printed.
observed_states() {
  awk -F '\t' -v launch="$1" -v all="$all" '
    function name(mask) {
      return mask == all ? "all" : mask == "0000000000000000" ? "none" : mask == "0000000002000000" ? "cap_sys_time" : mask
    }
    $1 == "Uid:" { uid = $2 }
    $1 == "CapInh:" { i = name($2) } $1 == "CapPrm:" { p = name($2) } $1 == "CapEff:" { e = name($2) }
    $1 == "CapBnd:" { b = name($2) } $1 == "CapAmb:" { print launch, uid, p, e, i, name($2), b }' "$runs/$2"
}

@test "documents: the states in the picture are those of a launch, by each way to keep" {
  launcher=("$probes/call" groups=65534 status "setresuid=65534,65534,65534" status
    path="$probes/call" arg=program arg=status arg=path="$probes/dump" arg=execve execve)
  capture without "${clean[@]}" "${launcher[@]}"
  for way in preload ptrace; do
    capture "$way" "${clean[@]}" "$bin" run -a cap_sys_time --method="$way" --log none -- "${launcher[@]}"
    diff -u <(told_states) <(
      observed_states "Without capkeep" without
      observed_states "With capkeep" "$way"
    )
  done
}

# Writes each command to try.N.command and what it is to print to try.N.told, in order.
split_console() {
  awk '
    /^```/ { inside = $0 == "```console"; next }
    inside && /^# / { base = sprintf("try.%02d", ++count); print substr($0, 3) >(base ".command"); printf "" >(base ".told"); next }
    inside { print >(base ".told") }' "$1"
}

@test "documents: the commands of how-it-works.md print what stands below them" {
  need_set_user_id # as file capabilities do not count there either
  for program in capsh setpriv setcap python3; do
    command -v "$program" >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "$program is not installed"
  done
  : >"$work/probe"
  setcap cap_net_raw=ep "$work/probe" || skip_because "$BATS_TEST_DESCRIPTION" "the file system has no file capabilities"
  mkdir "$work/steps" "$work/empty"
  chmod 755 "$work/empty"
  (cd "$work/steps" && split_console "$docs/how-it-works.md")
  steps=("$work"/steps/*.command)
  ((${#steps[@]} > 15))
  # The name on the page is that of the installed command.
  mkdir "$work/bin"
  ln -s "$bin" "$work/bin/capkeep"
  for step in "${steps[@]}"; do
    cat "$step"
    (cd "$work/empty" && "${clean[@]}" env -i PATH="$work/bin:/usr/sbin:/usr/bin:/sbin:/bin" bash "$step") </dev/null 2>&1 |
      sed "s/\b$all\b/000001ffffffffff/" >"${step%.command}.printed" || true
    diff -u "${step%.command}.told" "${step%.command}.printed"
  done
}

@test "documents: packaging.md has the options of the build, and by name what a build without privileges leaves out" {
  root=$BATS_TEST_DIRNAME/../../..
  diff -u --label meson_options.txt --label packaging.md <(sed -n "s/^option('\([a-z_]*\)'.*/\1/p" "$root/meson_options.txt" | sort) \
    <(sed -n 's/^| `\([a-z_]*\)` | .*/\1/p' "$docs/packaging.md" | sort)
  diff -u --label tests/bats --label packaging.md <(cd "$root/tests/bats" && printf '%s\n' */*.bats | sed 's/\.bats$//' | sort) \
    <(sed -n '/^| folder of `tests\/bats` |/,/^$/p' "$docs/packaging.md" | awk -F ' *[|,] *' '
      NR > 2 { for (i = 3; i < NF; i++) print $2 "/" $i }' | sort)
}

@test "documents: scripts/test lists what there is, and tells a wrong name, before it does anything" {
  script=$BATS_TEST_DIRNAME/../../../scripts/test
  diff -u <(printf '%s\n' unit sanitized audit && basename -s .bats "$BATS_TEST_DIRNAME"/../*/*.bats | sort) \
    <("$script" --list | sed -n '1,3s/ .*//p'; "$script" --list | sed '1,3d; s/ .*//' | sort)
  grep -qxE 'launchers +\(not by --quick: needs installed launchers\)' <("$script" --list)
  run ! grep -E '^run +' <("$script" --list)
  export CAPKEEP_BUILD_DIR=$work/build
  run --separate-stderr "$script" polcy run unti foo
  [[ $status -eq 2 && ! $output ]]
  diff -u - <(printf '%s\n' "$stderr") <<'TEXT'
scripts/test: there is no test "polcy"; scripts/test --list has all names
scripts/test: there is no test "unti"; scripts/test --list has all names
scripts/test: there is no test "foo"; scripts/test --list has all names
TEXT
  run --separate-stderr "$script" --quick run
  [[ $status -eq 2 && $stderr == Usage:* && ! -e $work/build ]]
}

@test "documents: scripts/machine lists what there is, and tells a wrong call in a line, before it does anything" {
  script=$BATS_TEST_DIRNAME/../../../scripts/machine
  names=$(sed -nE 's/^(debian[^ ]*) .*/\1/p' "$BATS_TEST_DIRNAME/../../machines/machines")
  [[ $(wc -l <<<"$names") -ge 2 && $("$script" --list | cut -d ' ' -f 1) == "$names" ]]
  export CAPKEEP_BUILD_DIR=$work/build
  # said WORDS ARGUMENT…
  said() {
    run --separate-stderr "$script" "${@:2}"
    [[ $status -eq 125 && ! $output && $stderr == "scripts/machine: $1" ]]
  }
  said 'which machine, and what is to be run there? --list has the machines, --help an example'
  said 'what is to be run in debian13?' debian13
  said 'what is to be run in debian13?' debian13 --
  said "there is no machine \"debain13\"; there are $(paste -s -d ' ' <<<"$names")" debain13 -- true
  said "there is no machine \".*\"; there are $(paste -s -d ' ' <<<"$names")" '.*' true
  said 'there is no option "--time"; --help has all' --time 5 debian13 true
  said '--time-limit takes a number from 1 on, not "soon"' --time-limit soon debian13 true
  said '--time-limit takes a number from 1 on, not "0"' --time-limit 0 debian13 true
  said '--memory takes a number from 1 on, not ""' --memory
  said '--before takes a command' --before
  [[ ! -e $work/build ]]
}
