# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for capkeep(1)
# What follows the functions is made of the tables of options.

# __capkeep_words VERB: of the words behind the verb, the options and the operands, each on a line: "o NAME" and "a WORD";
# "c" where a command line of its own has begun. Status 1 where the verb is another one.
function __capkeep_words
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]; or return 1
    set -l valued __capkeep_valued_$argv[1]
    set -l waits 0
    for word in $words[3..]
        if test $waits = 1
            set waits 0
        else if test $word = --
            echo c
            return 0
        else if string match -qr -- '^-.' $word
            echo o (string replace -r '=.*' '' -- $word)
            contains -- $word $$valued; and set waits 1
        else if contains $argv[1] run trace
            echo c
            return 0
        else
            echo a $word
        end
    end
    return 0
end

# __capkeep_in [VERB]: an option of that verb may stand here, or a verb.
function __capkeep_in
    if test (count $argv) = 0
        test (count (commandline -opc)) = 1
        return
    end
    set -l words (__capkeep_words $argv[1]); or return 1
    not contains c $words
end

# __capkeep_operand VERB [OPTION]: an operand may stand here, with that option.
function __capkeep_operand
    set -l words (__capkeep_words $argv[1]); or return 1
    test (count $argv) = 1; or contains "o $argv[2]" $words; or return 1
    if contains $argv[1] status run trace
        not contains 'o --all' $words; and not contains 'o --pid' $words; and not contains 'o -p' $words
    else
        not contains 'o --pid' $words; and not string match -q 'a *' $words
    end
end

# The last name of a list, with or without its "cap_".
function __capkeep_caps
    set -l value (commandline -ct | string replace -r '^--[a-z-]+=' '')
    set -l head (string replace -r '[^,]*$' '' -- "$value")
    printf '%s\n' $head$__capkeep_names
    test "$value" = "$head"; or printf '%s\n' $head(string replace cap_ '' $__capkeep_names)
end

function __capkeep_iab
    set -l head (string replace -r '[^,^%!]*$' '' -- (commandline -ct | string replace -r '^--[a-z-]+=' ''))
    printf '%s\n' $head$__capkeep_names
end

function __capkeep_user
    __fish_complete_users
end

function __capkeep_groups
    __fish_complete_list , __fish_print_groups 2>/dev/null
end

function __capkeep_process
    __fish_complete_pids
end

function __capkeep_verb
    printf '%s\n' $__capkeep_verbs
end

# The rules of the policy file that was named, or of the installed ones.
function __capkeep_rule
    set -l files @CONF_DIR@/capkeep.conf @CONF_DIR@/capkeep.conf.d/*.conf
    set -l words (commandline -opc)
    set -q CAPKEEP_POLICY; and set files $CAPKEEP_POLICY
    if set -l at (contains -i -- --policy $words)
        set files $words[(math $at + 1)]
    end
    sed -n 's/^[[:blank:]]*\[Keep[[:blank:]]\{1,\}\(.*[^[:blank:]]\)[[:blank:]]*\].*/\1/p' $files 2>/dev/null
end

# A launcher, and what it completes by itself.
function __capkeep_command
    set -l words (commandline -opc)
    set -l valued __capkeep_valued_$words[2]
    if set -l at (contains -i -- -- $words)
        complete -C (string join ' ' -- (string escape -- $words[(math $at + 1)..]) (commandline -ct))
    else
        __fish_complete_subcommand --fcs-skip=2 -- $$valued
    end
end

complete -c capkeep -f
complete -c capkeep -n __capkeep_in -s h -l help -d 'print a summary'
complete -c capkeep -n __capkeep_in -l version -d 'print the version'
@TABLES@
