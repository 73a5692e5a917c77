# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What lib/complete expects of a bash.
PS1='$ '
bind '"\C-t": insert-completions'
bind -x '"\C-g": printf "%s\n" "$READLINE_LINE" >"$COMPLETE_PIPE"'
