# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for capkeep(1)
# shellcheck shell=bash disable=SC2154 # of the tables
# It needs nothing but bash; where bash-completion is loaded, the words of a launcher are completed as its own.

# Made of the tables of options, global, as bash-completion reads this file in a function. _capkeep_options: a letter stands
# before the option that it is short for; what takes a value ends in "=". _capkeep_kinds and _capkeep_operands: what a value,
# or an operand, is.
@TABLES@

# _capkeep_words LIST TEXT [HEAD]: what of a list begins with the text, behind what was typed before it.
_capkeep_words() {
  mapfile -t COMPREPLY < <(compgen -P "${3-}" -W "$1" -- "$2")
}

# By readline itself, which sees to blanks, quotes and "~".
_capkeep_files() {
  compopt -o default
}

# _capkeep_names TEXT SEPARATORS: the last name of a list, with or without its "cap_", in capitals where it was begun so.
_capkeep_names() {
  local last=${1##*["$2"]} names=$_capkeep_caps
  [[ ! $last ]] || names+=" ${names//cap_/}"
  [[ $last != *[[:upper:]]* ]] || names=${names^^}
  _capkeep_words "$names" "$last" "${1%"$last"}"
  # A comma may follow as well as a blank.
  compopt -o nospace
}

_capkeep_pids() {
  local pids
  pids=$(printf '%s\n' /proc/[0-9]*)
  _capkeep_words "${pids//\/proc\//}" "$1"
}

# _capkeep_rules TEXT QUOTED FILE: the rules of a policy file, or of the installed ones.
_capkeep_rules() {
  local files=(@CONF_DIR@/capkeep.conf @CONF_DIR@/capkeep.conf.d/*.conf) file=${CAPKEEP_POLICY-} rule
  # As it was typed: a file whose name really has a quote or a backslash in it is not found.
  [[ ! $3 ]] || file=${3//[\\\"\']/}
  [[ ! $file ]] || files=("${file/#\~\//~/}")
  while IFS= read -r rule; do
    [[ $2 ]] || printf -v rule %q "$rule"
    [[ $rule != "$1"* ]] || COMPREPLY+=("$rule")
  done < <(sed -n 's/^[[:blank:]]*\[Keep[[:blank:]]\{1,\}\(.*[^[:blank:]]\)[[:blank:]]*\].*/\1/p' "${files[@]}" 2>/dev/null)
}

_capkeep_program() {
  if [[ $1 == */* ]]; then
    _capkeep_files
  else
    mapfile -t COMPREPLY < <(compgen -c -- "$1" | sort -u)
  fi
}

# _capkeep_launcher INDEX TEXT: at this word of COMP_WORDS begins a command line of its own.
_capkeep_launcher() {
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$1"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif ((COMP_CWORD == $1)); then
    _capkeep_program "$2"
  else
    _capkeep_files
  fi
}

# _capkeep_groups TEXT: the last one of a list.
_capkeep_groups() {
  local last=${1##*,}
  mapfile -t COMPREPLY < <(compgen -P "${1%"$last"}" -g -- "$last")
  compopt -o nospace
}

# _capkeep_value VERB OPTION TEXT
_capkeep_value() {
  local kind=${_capkeep_kinds[$1$2]-}
  case $kind in
    caps) _capkeep_names "$3" , ;;
    iab) _capkeep_names "$3" ',^%!' ;;
    user) mapfile -t COMPREPLY < <(compgen -u -- "$3") ;;
    groups) _capkeep_groups "$3" ;;
    process) _capkeep_pids "$3" ;;
    program) _capkeep_program "$3" ;;
    words\ * | destination\ *) _capkeep_words "${kind#* }" "$3" ;;&
    file) _capkeep_files ;;
    destination\ *) [[ $3 != /* ]] || _capkeep_files ;;
  esac
}

# _capkeep_kind_of_operand VERB: what `given` makes of it.
_capkeep_kind_of_operand() {
  local option kind=${_capkeep_operands[$1]-}
  for option in "${!given[@]}"; do
    [[ ! ${_capkeep_operands[$1$option]-} ]] || kind=${_capkeep_operands[$1$option]}
  done
  printf '%s\n' "$kind"
}

# _capkeep_operand VERB TEXT QUOTED NUMBER: the NUMBERth, from 0, of a verb that starts nothing.
_capkeep_operand() {
  local kind
  kind=$(_capkeep_kind_of_operand "$1")
  [[ $kind == *' many' ]] || (($4 == 0)) || return 0
  case ${kind% many} in
    process) _capkeep_pids "$2" ;;
    verb) _capkeep_words "$_capkeep_verbs" "$2" ;;
    program) _capkeep_program "$2" ;;
    file) _capkeep_files ;;
    rule) _capkeep_rules "$2" "$3" "${given[--policy]-}" ;;
  esac
}

# _capkeep_find VERB WORD: as it stands in the list of the verb's options, in its long form, in `option`.
_capkeep_find() {
  local pattern='[[:space:]]'"$2"'[[:space:]]+(--[a-z0-9-]+=?)'
  [[ $2 != --* ]] || pattern='[[:space:]]('"$2"'=?)[[:space:]]'
  option=
  [[ $2 =~ ^--?[a-z0-9-]+$ && " ${_capkeep_options[$1]} " =~ $pattern ]] || return
  option=${BASH_REMATCH[1]}
}

# Bash splits words at "=" and ":" as well. In `words` they are as capkeep will see them, up to the cursor; `starts` says
# where each begins in COMP_WORDS.
_capkeep_split() {
  local line=${COMP_LINE:0:COMP_POINT} index piece
  for ((index = 0; index <= COMP_CWORD; index++)); do
    if ((index == 0)) || [[ $line == [[:blank:]]* ]]; then
      line=${line#"${line%%[![:blank:]]*}"}
      words+=('')
      starts+=("$index")
    fi
    piece=${COMP_WORDS[index]}
    ((index < COMP_CWORD)) || piece=$line
    words[-1]+=$piece
    line=${line#"$piece"}
  done
}

# What stands before the word at the cursor: the options in `given`, the number of `operands`, an option that waits for
# its value in `option`. `launcher` is the word with which a launcher begins, or would begin.
_capkeep_read() {
  local index=2
  while ((index < last)); do
    launcher=$((index + 1))
    if [[ $option ]]; then
      given[${option%=}]=${words[index]} option=
    elif [[ ${words[index]} == -- ]]; then
      ended=yes operands=$((operands + last - index - 1))
      return
    elif [[ ${words[index]} != -?* && ${_capkeep_operands[$verb]} == command ]]; then
      ended=yes launcher=$index
      return
    elif [[ ${words[index]} != -?* ]]; then
      operands=$((operands + 1))
    elif [[ ${words[index]} == --*=* ]]; then
      given[${words[index]%%=*}]=${words[index]#*=}
    elif _capkeep_find "$verb" "${words[index]}" && [[ $option != *= ]]; then
      given[$option]=yes option=
    fi
    index=$((index + 1))
  done
}

_capkeep() {
  local words=() starts=() last verb word replaced=$2 quoted='' option='' ended='' operands=0 launcher=2
  local -A given=()
  _capkeep_split
  last=$((${#words[@]} - 1)) verb=${words[1]} word=${words[-1]}
  if ((last == 1)); then
    COMPREPLY=()
    [[ $word != -* ]] || _capkeep_words '-h --help --version' "$word"
    [[ $word == -* ]] || _capkeep_words "$_capkeep_verbs" "$word"
    return
  fi
  [[ ${_capkeep_options[$verb]+known} ]] || return
  _capkeep_read
  if [[ $ended || ! $option && $word != -* ]]; then
    if [[ ${_capkeep_operands[$verb]} == command ]]; then
      [[ ! $ended && $(_capkeep_kind_of_operand "$verb") == none ]] || _capkeep_launcher "${starts[launcher]}" "$word"
      return
    fi
  elif [[ ! $option && $word == --*=* ]]; then
    _capkeep_find "$verb" "${word%%=*}" || return
    word=${word#*=}
  elif [[ ! $option && $word == -[!-]?* ]] && _capkeep_find "$verb" "${word:0:2}"; then
    word=${word:2}
  elif [[ ! $option ]]; then
    _capkeep_words "${_capkeep_options[$verb]//=/}" "$word"
    return
  fi
  # Bash has taken an opening quote from what is to be completed.
  [[ $word != [\"\']* ]] || quoted=yes word=${word:1}
  if [[ $option ]]; then
    _capkeep_value "$verb" "${option%=}" "$word"
  else
    _capkeep_operand "$verb" "$word" "$quoted" "$operands"
  fi
  # What is replaced may be less than the value, where bash has split it, or more: -uUSER. Bash replaces nothing behind a
  # "=", but bash-completion, behind sudo(8), says that it is the "=".
  [[ $replaced != [=:] ]] || replaced=
  if [[ $word == *"$replaced" ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${word%"$replaced"}"}")
  else
    COMPREPLY=("${COMPREPLY[@]/#/"${replaced%"$word"}"}")
  fi
}

complete -F _capkeep capkeep
