# What lib/complete expects of a bash.
PS1='$ '
bind '"\C-t": insert-completions'
bind -x '"\C-g": printf "%s\n" "$READLINE_LINE" >"$COMPLETE_PIPE"'
