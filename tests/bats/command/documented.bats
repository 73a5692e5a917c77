#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The manual, the help texts and the README name what the code accepts: all of it, and nothing else. What is accepted, the
# command is asked itself (accepted.bash), or the tables of the library are read.
# shellcheck disable=SC2154 # the variables that find_what_is_tested sets

load ../lib/common
load ../lib/accepted
bats_require_minimum_version 1.5.0

# What takes many questions is asked once: for each verb a file with its options and one with its letters.
setup_file() {
  find_what_is_tested
  (hide_suite_environment && ask)
}

ask() {
  local verb
  for verb in $(accepted_verbs); do
    accepted_options "$verb" >"$BATS_FILE_TMPDIR/$verb.options"
    accepted_letters "$verb" | LC_ALL=C sort >"$BATS_FILE_TMPDIR/$verb.letters"
  done
}

setup() {
  find_what_is_tested
  hide_suite_environment
  root=$BATS_TEST_DIRNAME/../../..
  docs=$root/docs
  work=$BATS_TEST_TMPDIR
}

# section PAGE TITLE: what stands in a section of a page's source.
section() {
  awk -v title="# $2" '/^# / { inside = $0 == title; next } inside' "$docs/$1.scd" | grep .
}

# Each option of a verb as "[-a ]--ambient[=]", in the order of the names.
by_name() {
  sed -E 's/^(-. )?(--[^=]*)(.*)/\2\3 \1/; s/ *$//' | LC_ALL=C sort
}

# "*-a*, *--ambient* _CAPS_" at the beginning of a line.
options_of_manual() {
  section capkeep.1 "CAPKEEP ${1^^}" | sed -nE 's/\+\+$//; s/^(\*(-[a-z])\*, )?\*(--[a-z0-9-]+)\*( [^ ].*)?$/\2 \3\4/p' |
    sed -E 's/^ //; s/(--[a-z0-9-]+) .*/\1=/' | by_name
}

# "  -a, --ambient CAPS  what it does"
options_of_help() {
  "$bin" "$1" --help | sed -nE 's/^ +((-[a-z]), )?(--[a-z0-9-]+)([ =][]A-Za-z:[]+)?(  .*)?$/\2 \3\4/p' |
    sed -E 's/^ //; s/(--[a-z0-9-]+)[ =].*/\1=/' | by_name
}

# Without the letters: the command does not tell which long one a letter is.
options_of_command() {
  local option
  for option in $(<"$BATS_FILE_TMPDIR/$1.options"); do
    takes_value "$1" "$option" && echo "$option=" || echo "$option"
  done | by_name
}

letters() {
  grep -oE ' -[a-zA-Z0-9]$' | tr -d ' ' | LC_ALL=C sort
}

@test "documented: the manual renders without a warning, in a narrow terminal as well" {
  [[ $(command -v man) && -e $build/docs/capkeep.1 ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs man-db and scdoc"
  for page in capkeep.1 capkeep.conf.5 libcapkeep.8; do
    for width in 60 80; do
      MANWIDTH=$width man --warnings=w -E UTF-8 -l "$build/docs/$page" >"$work/page" 2>"$work/warnings" </dev/null
      # groff 1.22 measures that by the one page which it lengthens as it goes, so by where the table happens to stand.
      sed -i '/table text block will not fit on one page$/d' "$work/warnings"
      diff -u --label none --label "warnings of $page" /dev/null "$work/warnings"
      grep -q '^NAME$' "$work/page"
    done
  done
}

@test "documented: each verb has its section, its lines in the synopsis and its help" {
  accepted_verbs | sort >"$work/verbs"
  diff -u "$work/verbs" <(sed -nE 's/^# CAPKEEP ([A-Z]+)$/\L\1/p' "$docs/capkeep.1.scd" | sort)
  diff -u "$work/verbs" <(section capkeep.1 SYNOPSIS | sed -nE 's/^\*capkeep ([a-z]+).*/\1/p' | sort -u)
  while read -r verb; do
    "$bin" "$verb" --help | grep -q "^Usage: capkeep ${verb/help/VERB}"
  done <"$work/verbs"
}

@test "documented: the options of each verb in its help and in the manual are those that it accepts" {
  for verb in $(accepted_verbs); do
    options_of_command "$verb" >"$work/accepted"
    options_of_manual "$verb" >"$work/manual"
    diff -u --label "$verb accepts" --label "its section in capkeep.1.scd" "$work/accepted" <(sed 's/ -.$//' "$work/manual")
    diff -u --label "$verb accepts" --label "capkeep.1.scd" "$BATS_FILE_TMPDIR/$verb.letters" <(letters <"$work/manual")
    # The help of `help` is the summary.
    [[ $verb == help ]] || diff -u --label capkeep.1.scd --label "capkeep $verb --help" "$work/manual" <(options_of_help "$verb")
  done
}

# The words of an option, in the synopsis or in its heading, as "*text*|*json*".
words_of_manual() {
  { section capkeep.1 SYNOPSIS | grep -F "*capkeep $1" && section capkeep.1 "CAPKEEP ${1^^}" | grep '^\*-'; } |
    grep -oE -- "$2\*? \*[a-z_-]+\*(\|\*[a-z_-]+\*)+" | sed -E 's/.* //; s/\*//g' | tr '|' '\n' | sort -u
}

@test "documented: the words that an option knows are those that it accepts" {
  for verb in $(accepted_verbs); do
    for option in $(<"$BATS_FILE_TMPDIR/$verb.options"); do
      accepted_words "$verb" "$option" | sort >"$work/accepted"
      [[ -s $work/accepted ]] || continue
      diff -u --label "$verb $option accepts" --label capkeep.1.scd "$work/accepted" <(words_of_manual "$verb" "$option")
      while read -r word; do
        "$bin" "$verb" --help | grep -qw -- "$word"
      done <"$work/accepted"
      echo "$verb $option" >>"$work/seen"
    done
  done
  # Else nothing was looked at.
  diff -u - <(sort "$work/seen") <<'SEEN'
convert --from
convert --to
explain --format
explain --from
learn --format
run --method
status --format
trace --format
SEEN
}

# Command lines of ours in code, each on a line: behind "capkeep", up to the command that it starts or the end.
examples() {
  {
    sed -n '/^```/,/^```/p' "$docs"/*.scd
    sed -n '/^```/,/^```/p; s/^    //p' "$root/README.md" "$docs"/*.md
    sed -n 's/^    //p' "$docs"/recipes/*/README.md
    grep -ohE '`(sudo )?capkeep [^`]*`' "$root/README.md" "$docs"/{,recipes/,recipes/*/}*.md "$docs"/*.scd | tr -d '`'
    sed 's/^# //' "$root/config/capkeep.conf" | grep -oE '`capkeep [^`]*`' | tr -d '`'
    section capkeep.1 SYNOPSIS | sed 's/[*_]//g; s/++$//; s/[][|]/ /g'
  } | grep -oE '(^|\$ |sudo )capkeep [a-z]+( .*|$)' | sed -E 's/^(\$ |sudo )*capkeep //; s/ -- .*//' | sort -u
}

@test "documented: the examples use no other verbs and options" {
  local line verb word count=0
  while read -r line; do
    verb=${line%% *}
    [[ $verb == VERB || -e $BATS_FILE_TMPDIR/$verb.options ]] || { echo "no verb: capkeep $line"; return 1; }
    for word in $line; do
      [[ $word == -?* && $word != -- ]] || continue
      count=$((count + 1))
      grep -qxFh -- "${word%%=*}" "$BATS_FILE_TMPDIR/$verb".{options,letters} || { echo "no option $word: capkeep $line"; return 1; }
    done
  done < <(examples)
  ((count > 40))
  # Each verb has an example in its manual.
  while read -r verb; do
    [[ $verb == help ]] || section capkeep.1 EXAMPLES | grep -q "^capkeep $verb"
  done < <(accepted_verbs)
}

# --- the policy: "Key CAPKEEP_VARIABLE" of each directive, by the library's own table.

directives() {
  sed -nE 's/^ *\[CK_[A-Z_]+\] = \{"([A-Za-z]+)", "(CAPKEEP_[A-Z_]+)".*/\1 \2/p' "$root/shim/core/policy_rule.c" | sort
}

# knows_key KEY [SECTION]
knows_key() {
  printf '[%s]\n%s=\n' "${2-Keep a}" "$1" >"$work/key.conf"
  ! "$bin" check --policy "$work/key.conf" 2>&1 | grep "unknown key"
}

@test "documented: the keys of a policy in capkeep.conf(5)" {
  directives | cut -d ' ' -f 1 >"$work/keys"
  diff -u --label accepted --label "capkeep.conf.5.scd [Keep NAME]" "$work/keys" \
    <(section capkeep.conf.5 '[Keep NAME]' | sed -nE 's/^\*([A-Za-z]+)=\*(_.*_)?$/\1/p' | sort)
  section capkeep.conf.5 '[Policy]' | sed -nE 's/^\*([A-Za-z]+)=\*(_.*_)?$/\1/p' >"$work/policy-keys"
  diff -u <(printf '%s\n' Log LogLevel) "$work/policy-keys"
  run ! knows_key Nonsense
  run ! knows_key Nonsense Policy
  while read -r key; do
    knows_key "$key" Policy
  done <"$work/policy-keys"
  while read -r key; do
    knows_key "$key"
  done <"$work/keys"
  # What adds up may be given twice, the others not.
  while read -r key; do
    printf '[Keep a]\n%s=\n%s=\n' "$key" "$key" >"$work/key.conf"
    if "$bin" check --policy "$work/key.conf" 2>&1 | grep -q "given a second time"; then
      echo "once $key"
    else
      echo "adds up $key"
    fi
  done <"$work/keys" | sort >"$work/twice"
  diff -u <(sed -n 's/^adds up //p' "$work/twice") \
    <(tr '\n' ' ' <"$docs/capkeep.conf.5.scd" | grep -oE '(\*[A-Za-z]+=\*(, | and ))+\*[A-Za-z]+=\* may be given several' |
      grep -oE '[A-Za-z]+=' | tr -d = | sort)
}

@test "documented: the variables of the environment in libcapkeep(8), with the keys that they are" {
  # What the library and the command have in them, whole words alone.
  cat "$lib" "$bin" | grep -aoE 'CAPKEEP_[A-Z_]*[A-Z]' | sort -u |
    grep -vxE 'CAPKEEP_(STATUS|OUTPUT|LEARN_WITHOUT)' >"$work/variables" # of capkeep learn alone
  sed -nE 's/^\|  (CAPKEEP_[A-Z_]+)$/\1/p' "$docs/libcapkeep.8.scd" | sort >"$work/manual"
  diff -u --label "in the library and the command" --label libcapkeep.8.scd "$work/variables" "$work/manual"
  diff -u <(directives) <(sed -nE '/^\|  CAPKEEP_/ { N; s/^\|  ([A-Z_]+)\n:  ([A-Za-z]+)=.*/\2 \1/p }' "$docs/libcapkeep.8.scd" |
    grep -vE '^Log(Level)? ' | sort)
  # No other is spoken of anywhere, but those of the test suite.
  diff -u /dev/null <(grep -ohE 'CAPKEEP_[A-Z_]*[A-Z]' "$docs"/*.scd "$docs"/*.md "$root/README.md" "$root/SECURITY.md" | sort -u |
    grep -vxE 'CAPKEEP_(STATUS|OUTPUT|LEARN_WITHOUT)' | comm -23 - "$work/variables")
}

@test "documented: the README's table of keys, variables and options" {
  # The option of a row is the directive of the row: it sets that variable.
  sed -nE 's/^\| (`([A-Za-z]+)=[a-z]*`)? *\| `(CAPKEEP_[A-Z_]+)[=1]*` \| (`(-[a-z-]+)(=no)?`)? *\|.*/\2 \3 \5/p' "$root/README.md" >"$work/rows"
  diff -u <(directives) <(awk 'NF == 3 && $1 !~ /^Log/ && $1 ~ /^[A-Z][a-z A-Z]*[A-Za-z]$/ { print $1, $2 }' "$work/rows" | sort)
  diff -u <(sed -nE 's/^\|  (CAPKEEP_[A-Z_]+)$/\1/p' "$docs/libcapkeep.8.scd" | grep -vE 'LOWER|PUT_BACK' | sort) <(grep -oE 'CAPKEEP_[A-Z_]+' "$work/rows" | sort)
  ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION" "needs root"
  while read -r key variable option; do
    [[ $option && ! $key =~ ^(Log|CAPKEEP_) ]] || continue
    case $key in
      User) value=65534 ;;
      Program | Launcher) value=/bin/true ;;
      IAB) value=^cap_kill ;;
      AmbientCapabilities | CapabilityBoundingSet) value=cap_kill ;;
      Descendants) value=no ;;
      OnFailure) value=refuse ;;
      *) value='' ;;
    esac
    # Spread over two words where it takes a value, or else alone.
    "$bin" run -a cap_kill --log none "$option" ${value:+"$value"} -- env >"$work/environment"
    grep -qE "^$variable=(.* )?${value/^/\\^}|^$variable=yes" "$work/environment" || { echo "$option does not set $variable"; return 1; }
  done <"$work/rows"
}

# --- the library

@test "documented: the wrapped functions in libcapkeep(8) are those of symbols.def, and so are those that are not" {
  in_list() {
    section libcapkeep.8 "$1" | grep '^\*' | sed 's/\\//g' | grep -oE '[a-z_][a-z0-9_]*' | sort
  }
  diff -u --label symbols.def --label libcapkeep.8.scd \
    <(sed -nE 's/^CK_SYMBOL\(([a-z0-9_]+),.*/\1/p' "$root/shim/symbols.def" | sort) <(in_list 'WHAT IS WRAPPED')
  diff -u --label symbols.def --label libcapkeep.8.scd \
    <(sed -nE '/Not wrapped, and why/,/\*\//s/^ \*   (([a-z_]+(, | and kin)?)+)  .*/\1/p' "$root/shim/symbols.def" |
      sed 's/ and kin//; s/, /\n/g' | sort) <(in_list 'WHAT IS NOT WRAPPED')
}

@test "documented: the events and reasons of the log in libcapkeep(8)" {
  sed -nE '/ reason_words\[/,/^\};/s/^ *\[CK_[A-Z_]+\] = "([a-z-]+)",/\1/p' "$root/shim/core/decide.c" | sort >"$work/reasons"
  [[ -s $work/reasons ]]
  diff -u --label decide.c --label libcapkeep.8.scd "$work/reasons" \
    <(section libcapkeep.8 LOG | sed -nE 's/^\|. (\*.*)/\1/p' | grep -oE '[a-z-]+' | sort)
  { cat "$root/shim/core/record.c" "$root/shim/cold/init.c" | grep -oE 'return [^;]*"[a-z-]+"[^;]*;|event=[a-z-]+' |
    grep -v 'event=$' | grep -oE '"[a-z-]+"|=[a-z-]+' | tr -d '"='; } | sort -u >"$work/events"
  diff -u --label "record.c, init.c" --label libcapkeep.8.scd "$work/events" \
    <(section libcapkeep.8 LOG | sed -nE 's/^\*event=\*([^;]+);.*/\1/p' | tr -d '_ ' | tr , '\n' | sort)
}

# --- exit statuses

@test "documented: the exit statuses are what the manual says of them" {
  printf '[Keep a]\nUser=65534\nAmbientCapabilities=cap_kill\n' >"$work/good.conf"
  printf '[Keep a]\nUser=65534\nAmbientCapabilities=cap_sys_admin\n' >"$work/doubtful.conf"
  printf '[Keep a]\nAmbientCapabilities=nonsense\n' >"$work/bad.conf"
  run -0 "$bin" check --policy "$work/good.conf"
  run -1 "$bin" check --policy "$work/bad.conf"
  run -0 "$bin" check --policy "$work/doubtful.conf"
  run -1 "$bin" check --strict --policy "$work/doubtful.conf"
  run -0 "$bin" explain --from root -u 65534 -a cap_kill /bin/true
  run -1 "$bin" explain --from root --launcher "$build/tests/launchers/drop-static" -u 65534 -a cap_kill /bin/true
  run -0 "$bin" status $$
  run -1 "$bin" status 2147483647
  run -0 "$bin" convert --to systemd --policy "$work/good.conf" a
  run -1 "$bin" convert --from openrc /dev/null
  for verb in $(accepted_verbs); do
    run -0 "$bin" "$verb" --help
    [[ $verb == help || $output == *"Exit status: "*125* ]]
    run -125 "$bin" "$verb" --nonsense
  done
  [[ $("$bin" run --help) == *"126 found but not executable; 127 not found"* ]]
  [[ $("$bin" trace --help) == *"126 found but not executable; 127 not found; 128+N"* ]]
  diff -u - <(section capkeep.1 'EXIT STATUS' | sed -nE 's/^\*([0-9+N]+)\*$/\1/p') <<'STATUSES'
125
126
127
128+N
STATUSES
  diff -u <(printf '%s\n' 125 126 127) <(sed -nE 's/^\| (12[0-9]) \|.*/\1/p' "$root/README.md")
  for way in "trace -o $work/trace" "run --log none -a cap_kill"; do
    [[ $way == trace* ]] || ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION: capkeep run" "needs root"
    # shellcheck disable=SC2086 # words
    {
      run -7 "$bin" $way -- sh -c 'exit 7'
      run -126 "$bin" $way -- /dev/null
      run -127 "$bin" $way -- /nonexistent
    }
  done
}
