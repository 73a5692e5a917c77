#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What bash, alone and with bash-completion, zsh and fish complete after "capkeep": real shells on a terminal, by their own line
# editors. The lists are held against what the command itself accepts.
# shellcheck disable=SC2154 # the variables that find_what_is_tested sets

load ../lib/common
load ../lib/accepted
bats_require_minimum_version 1.5.0

setup_file() {
  find_what_is_tested
  export bin build
  mkdir "$BATS_FILE_TMPDIR/path" "$BATS_FILE_TMPDIR/files"
  cat >"$BATS_FILE_TMPDIR/path/launcher-of-a-test" <<'SH'
#!/bin/sh
SH
  chmod 755 "$BATS_FILE_TMPDIR/path/launcher-of-a-test"
  printf '%s\n' '[Policy]' 'Log=none' '[Keep one]' 'X=1' '  [Keep  two words ]' '# [Keep none]' '[Keep three] ; x' '[Keep x=1:2]' \
    >"$BATS_FILE_TMPDIR/files/a policy.conf"
  cp "$BATS_FILE_TMPDIR/files/a policy.conf" "$BATS_FILE_TMPDIR/files/policy=1:2.conf"
  write_start_files
  (hide_suite_environment && expected_lists) >"$BATS_FILE_TMPDIR/lists"
}

setup() {
  hide_suite_environment
  cd "$BATS_FILE_TMPDIR/files" || return
  case $BATS_TEST_DESCRIPTION in
    *fish*) [[ $(command -v fish) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs fish" ;;
    *zsh*) [[ $(command -v zsh) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs zsh" ;;
    *bash-completion*) [[ -r $framework ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs the package bash-completion" ;;
  esac
}

framework=/usr/share/bash-completion/bash_completion

write_start_files() {
  cat >"$BATS_FILE_TMPDIR/bashrc" <<SH
. "$BATS_TEST_DIRNAME/../lib/complete.bash"
. "$build/completions/capkeep"
PATH="$BATS_FILE_TMPDIR/path:\$PATH"
complete -W 'alpha beta --gamma' launcher-of-a-test
SH
  { cat "$BATS_FILE_TMPDIR/bashrc" && echo ". $framework"; } >"$BATS_FILE_TMPDIR/bashrc-framework"
  mkdir "$BATS_FILE_TMPDIR/zsh"
  cat >"$BATS_FILE_TMPDIR/zsh/.zshrc" <<SH
fpath=("$build/completions" \$fpath)
. "$BATS_TEST_DIRNAME/../lib/complete.zsh"
path=("$BATS_FILE_TMPDIR/path" \$path)
compdef '_arguments "1:x:(alpha beta)" --gamma' launcher-of-a-test
SH
}

# By fish's own command, which needs no terminal. Nobody's configuration is in this home; that of the system has the
# completions of other programs.
complete_in_fish() {
  local typed
  for typed in "$@"; do
    printf '%s|%s\n' "$typed" "$(PATH="$BATS_FILE_TMPDIR/path:$PATH" HOME=$BATS_FILE_TMPDIR fish -c 'source $argv[1]; complete -C $argv[2]' \
      "$build/completions/capkeep.fish" "$typed" | cut -f 1 | sed -E 's/^--[a-z-]+=(.)/\1/' | sorted)"
  done | sed 's/ |/|/'
}

# complete_in SHELL TYPED…
complete_in() {
  local shell=$1
  shift
  if [[ $shell == fish ]]; then
    complete_in_fish "$@"
    return
  fi
  case $shell in
    bash) set -- bash --noprofile --rcfile "$BATS_FILE_TMPDIR/bashrc" -i -- "$@" ;;
    bash-completion) set -- bash --noprofile --rcfile "$BATS_FILE_TMPDIR/bashrc-framework" -i -- "$@" ;;
    zsh) set -- env ZDOTDIR="$BATS_FILE_TMPDIR/zsh" zsh -d -i -- "$@" ;;
  esac
  "$BATS_TEST_DIRNAME/../lib/complete" "$@"
}

# completes SHELL <<TABLE: each line is "typed|all of the completions, sorted"; a TAB at the end of what is typed is "\t",
# and then the line as it is after that.
completes() {
  local line typed=()
  cat >"$BATS_TEST_TMPDIR/expected"
  while IFS= read -r line; do
    line=${line%|*}
    typed+=("${line/%\\t/$'\t'}")
  done <"$BATS_TEST_TMPDIR/expected"
  # The blank at the end of what is typed does not count in the table, nor does the Tab.
  # Nor do the processes of others whose numbers begin with that of the process of ours.
  complete_in "$1" "${typed[@]}" | sed -E 's/\|([0-9]+)( \1[0-9]+)+$/|\1/' >"$BATS_TEST_TMPDIR/completed"
  diff -u <(sed -E 's/(\\t| )\|/|/' "$BATS_TEST_TMPDIR/expected") "$BATS_TEST_TMPDIR/completed"
}

# In one line and sorted, as `complete` prints them.
sorted() {
  LC_ALL=C sort | paste -sd ' '
}

# --- the lists

expected_lists() {
  local verb option values
  echo "capkeep |$(accepted_verbs | sorted)"
  echo "capkeep help |$(accepted_verbs | sorted)"
  echo "capkeep -|--help --version -h"
  for verb in $(accepted_verbs); do
    echo "capkeep $verb -|$({ accepted_options "$verb" && accepted_letters "$verb"; } | sorted)"
    for option in $(accepted_options "$verb"); do
      values=$(accepted_words "$verb" "$option" | sorted)
      [[ ! $values ]] || printf '%s\n' "capkeep $verb $option |$values" "capkeep $verb $option=|$values"
    done
  done
  echo "capkeep run -a |$(accepted_capabilities | sorted)"
  echo "capkeep explain --ambient=|$(accepted_capabilities | sorted)"
  echo "capkeep run -b cap_|$(accepted_capabilities | sorted)"
}

@test "completions: verbs, options, their words and the capabilities are those that capkeep accepts: bash" {
  completes bash <"$BATS_FILE_TMPDIR/lists"
}

@test "completions: verbs, options, their words and the capabilities are those that capkeep accepts: bash-completion" {
  completes bash-completion <"$BATS_FILE_TMPDIR/lists"
}

@test "completions: verbs, options, their words and the capabilities are those that capkeep accepts: zsh" {
  zsh -n "$build/completions/_capkeep"
  completes zsh <"$BATS_FILE_TMPDIR/lists"
}

@test "completions: verbs, options, their words and the capabilities are those that capkeep accepts: fish" {
  completes fish <"$BATS_FILE_TMPDIR/lists"
}

# What the policy's parser judges, and no word list of the command's own.
@test "completions: the words that a policy knows are accepted" {
  complete_in bash 'capkeep run --on-failure ' 'capkeep run --descendants=' 'capkeep run --log ' >"$BATS_TEST_TMPDIR/words"
  diff -u - "$BATS_TEST_TMPDIR/words" <<'WORDS'
capkeep run --on-failure|continue refuse
capkeep run --descendants=|no
capkeep run --log|none stderr syslog
WORDS
  for option in --on-failure=continue --on-failure=refuse --descendants=no --log=none --log=stderr --log=syslog; do
    run -127 "$bin" run -u 65534 -a kill "$option" -- /nonexistent
    [[ $output == *"/nonexistent: No such file or directory" && $output != *error* ]]
  done
}

# --- what stands in the place of an argument

arguments() {
  local pid=$1
  cat <<TABLE
capkeep ru\t|capkeep run 
capkeep run --meth\t|$2
capkeep run --method ptr\t|capkeep run --method ptrace 
capkeep run --method=ptr\t|capkeep run --method=ptrace 
capkeep run --method=s|securebits
capkeep run -a kil|kill
capkeep run -akil|-akill
capkeep run --ambient net_|net_admin net_bind_service net_broadcast net_raw
capkeep run --ambient=CAP_NET_B|CAP_NET_BIND_SERVICE CAP_NET_BROADCAST
capkeep run -a cap_kill,cap_sys_ti|cap_kill,cap_sys_time
capkeep run --bounding=kill,8,sys_ti|kill,8,sys_time
capkeep explain -a NET_BI|NET_BIND_SERVICE
capkeep run --iab ^cap_ki|^cap_kill
capkeep run --iab=!%cap_chown,^ki|!%cap_chown,^kill
capkeep run -u daemo|daemon
capkeep run --user=daemo|daemon
capkeep run --for-user daemo|daemon
capkeep explain -u daemo|daemon
capkeep explain --pid $pid|$pid
capkeep trace -p $pid|$pid
capkeep trace --pid=$pid|$pid
capkeep status $pid|$pid
capkeep status 1 $pid|$pid
capkeep status 99999999|
capkeep status --all $pid|
capkeep run --log=/etc/passw|/etc/passwd /etc/passwd-
capkeep run --log-level fail|failures
capkeep run --log-level=|all changes failures
capkeep run --policy a\t|capkeep run --policy a\ policy.conf 
capkeep check --policy=a\t|capkeep check --policy=a\ policy.conf 
capkeep check a\t|capkeep check a\ policy.conf 
capkeep run launcher-of-a\t|capkeep run launcher-of-a-test 
capkeep run -a kill --guard -- launcher-of-a\t|capkeep run -a kill --guard -- launcher-of-a-test 
capkeep trace --format json launcher-of-a\t|capkeep trace --format json launcher-of-a-test 
capkeep explain launcher-of-a\t|capkeep explain launcher-of-a-test 
capkeep explain --launcher launcher-of-a\t|capkeep explain --launcher launcher-of-a-test 
capkeep explain -u daemon -- launcher-of-a\t|capkeep explain -u daemon -- launcher-of-a-test 
capkeep run /usr/bin/env\t|capkeep run /usr/bin/env
capkeep convert --from openrc a\t|capkeep convert --from openrc a\ policy.conf 
capkeep convert --policy a\ policy.conf --to systemd o\t|capkeep convert --policy a\ policy.conf --to systemd one 
capkeep convert --policy=a\ policy.conf --to=systemd |one three two\ words x=1:2
capkeep convert --to systemd --policy a\ policy.conf tw\t|capkeep convert --to systemd --policy a\ policy.conf two\ words 
capkeep convert --to systemd --policy a\ policy.conf x=1:\t|capkeep convert --to systemd --policy a\ policy.conf x=1:2 
capkeep convert --to systemd --policy policy=1:2.conf th\t|capkeep convert --to systemd --policy policy=1:2.conf three 
capkeep run --argv0 |
capkeep nonsense |
capkeep run launcher-of-a-test --gua|
capkeep run -- launcher-of-a-test --gua|
TABLE
}

@test "completions: arguments: bash" {
  sleep 3000 3>&- &
  arguments $! 'capkeep run --method ' | completes bash
  kill $!
}

@test "completions: arguments: bash-completion" {
  sleep 3000 3>&- &
  arguments $! 'capkeep run --method ' | completes bash-completion
  kill $!
}

@test "completions: arguments: zsh" {
  sleep 3000 3>&- &
  arguments $! 'capkeep run --method=' | completes zsh
  kill $!
}

@test "completions: arguments: fish" {
  sleep 3000 3>&- &
  # What the comparison starts is another $!.
  local waiting=$!
  completes fish <<TABLE
capkeep ru|run
capkeep run --method ptr|ptrace
capkeep run --method=s|securebits
capkeep run -a cap_kill,cap_sys_ti|cap_kill,cap_sys_time
capkeep run --ambient=net_b|net_bind_service net_broadcast
capkeep run --iab ^cap_ki|^cap_kill
capkeep run -u daemo|daemon
capkeep run --groups root,daemo|root,daemon
capkeep status 1 $waiting|$waiting
capkeep status --all $waiting|
capkeep explain --pid $waiting|$waiting
capkeep run --log=/etc/passw|/etc/passwd /etc/passwd-
capkeep run --log-level fail|failures
capkeep run --log-level=|all changes failures
capkeep run launcher-of-a|launcher-of-a-test
capkeep explain launcher-of-a|launcher-of-a-test
capkeep run launcher-of-a-test --gua|
capkeep run -- launcher-of-a-test --gua|
capkeep run -a kill cat --show-a|--show-all
capkeep run -a kill -- cat --show-a|--show-all
capkeep convert --policy policy=1:2.conf --to systemd th|three
capkeep nonsense |
TABLE
  kill "$waiting"
}

@test "completions: a launcher's own arguments: bash" {
  completes bash <<'TABLE'
capkeep run -a kill launcher-of-a-test a\t|capkeep run -a kill launcher-of-a-test a\ policy.conf 
capkeep run --log=/a:b --policy=policy=1:2.conf --guard -- launcher-of-a-test a\t|capkeep run --log=/a:b --policy=policy=1:2.conf --guard -- launcher-of-a-test a\ policy.conf 
capkeep trace launcher-of-a-test -- --sugg|
TABLE
}

@test "completions: a launcher's own arguments: bash-completion" {
  completes bash-completion <<'TABLE'
capkeep run -a kill launcher-of-a-test |--gamma alpha beta
capkeep run -a kill -- launcher-of-a-test be\t|capkeep run -a kill -- launcher-of-a-test beta 
capkeep run --log=/a:b --policy=policy=1:2.conf --guard -- launcher-of-a-test al\t|capkeep run --log=/a:b --policy=policy=1:2.conf --guard -- launcher-of-a-test alpha 
capkeep trace --output=x launcher-of-a-test --g|--gamma
sudo capkeep run --method=|auto preload ptrace securebits
sudo capkeep run -u daemo\t|sudo capkeep run -u daemon 
capkeep run -- capkeep trace --format=|html json text
TABLE
}

@test "completions: a launcher's own arguments: zsh" {
  completes zsh <<'TABLE'
capkeep run -a kill launcher-of-a-test |alpha beta
capkeep run -a kill -- launcher-of-a-test be\t|capkeep run -a kill -- launcher-of-a-test beta 
capkeep run --log=/a:b --policy=policy=1:2.conf --guard -- launcher-of-a-test al\t|capkeep run --log=/a:b --policy=policy=1:2.conf --guard -- launcher-of-a-test alpha 
capkeep trace --output=x launcher-of-a-test --g|--gamma
sudo capkeep run --method=|auto preload ptrace securebits
sudo capkeep run -u daemo\t|sudo capkeep run -u daemon 
capkeep run -- capkeep trace --format=|html json text
TABLE
}

@test "completions: the rules of the policy that counts, and inside quotes: bash" {
  CAPKEEP_POLICY="$PWD/a policy.conf" completes bash <<'TABLE'
capkeep convert --to pam_cap |one three two\ words x=1:2
capkeep convert --to pam_cap "two w\t|capkeep convert --to pam_cap "two words" 
capkeep convert --policy "a policy.conf" --to pam_cap on\t|capkeep convert --policy "a policy.conf" --to pam_cap one 
capkeep convert --policy /nonexistent --to pam_cap |
capkeep run --method="pt\t|capkeep run --method="ptrace" 
capkeep run -a "cap_kill,sys_ti|cap_kill,sys_time
TABLE
}

@test "completions: the rules of the policy that counts, and inside quotes: zsh" {
  CAPKEEP_POLICY="$PWD/a policy.conf" completes zsh <<'TABLE'
capkeep convert --to pam_cap |one three two\ words x=1:2
capkeep convert --to pam_cap "two w\t|capkeep convert --to pam_cap "two words" 
capkeep convert --policy "a policy.conf" --to pam_cap on\t|capkeep convert --policy "a policy.conf" --to pam_cap one 
capkeep convert --policy /nonexistent --to pam_cap |
capkeep run --method="pt\t|capkeep run --method=ptrace 
TABLE
}

@test "completions: two Tabs list them: bash" {
  "$BATS_TEST_DIRNAME/../lib/terminal" "send=. '$build/completions/capkeep'; echo read-\$?\n" 'wait=^read-0' 'wait=\$ $' \
    $'send=capkeep run --meth\t' 'wait=--method $' $'send=\t\t' 'wait=^auto +preload +ptrace +securebits' $'send=pt\t' 'wait=--method ptrace $'
}
