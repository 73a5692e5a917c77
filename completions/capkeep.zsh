#compdef capkeep
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# zsh completion for capkeep(1)
# _capkeep_verbs, _capkeep_caps and a function a verb are made of the tables of options.

@TABLES@

# The last name of a list, with or without its "cap_", in capitals where it was begun so.
_capkeep_name() {
  local -a names=($_capkeep_caps)
  [[ -z $PREFIX ]] || names+=(${names#cap_})
  [[ $PREFIX != *[[:upper:]]* ]] || names=(${(U)names})
  local expl
  _wanted capabilities expl capability compadd "$@" -a names
}

_capkeep_capabilities() {
  _sequence -s , _capkeep_name
}

_capkeep_groups() {
  _sequence -s , _groups
}

# The marks stand in front of a name: "^" ambient, "%" inheritable, "!" not in the bounding set.
_capkeep_iab() {
  compset -P '*,'
  compset -P '[\^%!\\]#'
  _capkeep_name -S '' "$@"
}

_capkeep_log() {
  local expl
  if [[ $PREFIX == /* ]]; then
    _files
  else
    _wanted destinations expl destination compadd none stderr syslog
  fi
}

# The rules of the policy file that was named, or of the installed ones.
_capkeep_rules() {
  # As it was typed, and once more with backslashes by _arguments.
  local file=${(Q)${(Q)opt_args[--policy]}} expl
  local -a files=(@CONF_DIR@/capkeep.conf(N) @CONF_DIR@/capkeep.conf.d/*.conf(N)) rules
  : ${file:=$CAPKEEP_POLICY}
  [[ -z $file ]] || files=(${~file})
  (( $#files )) && rules=(${(f)"$(sed -n \
    's/^[[:blank:]]*\[Keep[[:blank:]]\{1,\}\(.*[^[:blank:]]\)[[:blank:]]*\].*/\1/p' $files 2>/dev/null)"})
  _wanted rules expl rule compadd -a rules
}

_capkeep_processes() {
  local -a processes
  local process
  for process in /proc/<->(N:t); do
    processes+=("$process:$(</proc/$process/comm)") 2>/dev/null
  done
  _describe -t processes process processes
}

_capkeep_program() {
  _alternative 'commands:program: _command_names -e' 'files:program:_files -g "*(-*)"'
}

# Where no option stands before a "--", zsh 5.9 takes it for the command's first word.
_capkeep_command_line() {
  if [[ $words[1] == -- ]]; then
    shift words
    (( CURRENT-- ))
  fi
  _normal
}

_capkeep() {
  local curcontext=$curcontext context state state_descr line ret=1
  typeset -A opt_args
  _arguments -C -A '-*' : \
    '(- 1 *)-h[print a summary]' \
    '(- 1 *)--help[print a summary]' \
    '(- 1 *)--version[print the version]' \
    '(-)1:verb:_capkeep_verbs' \
    '*:: :->verb' && ret=0
  if [[ $state == verb ]] && (( $+functions[_capkeep_$line[1]] )); then
    curcontext=${curcontext%:*:*}:capkeep-$line[1]:
    _capkeep_$line[1] && ret=0
  fi
  return ret
}

_capkeep "$@"
