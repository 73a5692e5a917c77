# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the command accepts, asked of the command itself: the measure for its help, its manual and its completions.
# shellcheck disable=SC2154 # bin

# The verbs of the summary; `capkeep VERB --help` shows that each is one.
accepted_verbs() {
  local verb verbs
  verbs=$("$bin" --help | sed -nE 's/^  ([a-z]+) +[a-z].*/\1/p')
  for verb in $verbs; do
    "$bin" "$verb" --help >/dev/null
    echo "$verb"
  done
}

# An empty name could be any of the options, so all of them are told; but where there is one alone, it is that one.
accepted_options() {
  "$bin" "$1" --= 2>&1 | sed -n "s/^capkeep: $1: -- may be //p; s/^capkeep: $1: -- takes no value$/--help/p" | tr -d ' ' | tr ',' '\n'
}

accepted_letters() {
  local letter
  for letter in {a..z} {A..Z} {0..9}; do
    [[ $("$bin" "$1" "-$letter" --= 2>&1) == *"unknown option -$letter;"* ]] || echo "-$letter"
  done
}

takes_value() {
  ! "$bin" "$1" "$2=" --= 2>&1 | grep -qxF "capkeep: $1: $2 takes no value"
}

# accepted_words VERB OPTION: where it takes one word of several. Values that are looked at with the operands need those.
accepted_words() {
  local operands=()
  [[ $1 != convert ]] || operands=(/dev/null)
  "$bin" "$1" "$2=" "${operands[@]}" 2>&1 </dev/null | sed -n "s/^capkeep: $1: $2= is none of //p" | tr -d ' ' | tr ',' '\n'
}

# The names of all capabilities that it knows: it writes a number for the others.
accepted_capabilities() {
  local all
  all=$(seq -s , 0 63)
  "$bin" explain --from root -u 1 -a "$all" --format json /bin/true | jq -r '.wanted[] | strings'
}
