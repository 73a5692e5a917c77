# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What lib/complete expects of a zsh.
PS1='$ '
autoload -Uz compinit && compinit -u -D
everything() { _main_complete; compstate[insert]=all }
zle -C everything complete-word everything
tell() { print -r -- $BUFFER >$COMPLETE_PIPE }
zle -N tell
bindkey -e
bindkey '^T' everything
bindkey '^G' tell
