/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_print.h"

#include <string.h>

#include "../../shim/core/capset.h"
#include "../../shim/core/policy_rule.h"
#include "../../shim/core/text.h"
#include "../common/describe.h"
#include "../common/shell.h"
#include "../common/suggestion.h"

const char *ck_learn_name_all(const struct ck_learn_options *options)
{
    static char names[2048];
    struct ck_text text = ck_text_start(names, sizeof(names));

    ck_describe_caps(&text, options->from_mask, options->known_mask);
    return names;
}

void ck_learn_print_caps(FILE *out, uint64_t mask, char separator)
{
    char names[2048];
    struct ck_text text = ck_text_start(names, sizeof(names));

    ck_text_caps(&text, mask);
    for (char *c = names; *c != '\0'; c++)
        *c = *c == ',' ? separator : *c;
    fputs(names, out);
}

void ck_learn_print_foreign(FILE *out, const char *text)
{
    char printable[4 * 1024];
    struct ck_text copy = ck_text_start(printable, sizeof(printable));

    ck_text_printable(&copy, text);
    fputs(printable, out);
}

static void print_run(FILE *out, const char *user, char *const command[], uint64_t set)
{
    fprintf(out, "# or: capkeep run -u %s -a ", user);
    ck_learn_print_caps(out, set, ',');
    fputs(" --", out);
    for (char *const *word = command; *word != NULL; word++)
        ck_suggestion_print_word(out, *word);
    fputc('\n', out);
}

void ck_learn_print_rule(FILE *out, const char *program, const char *user, char *const command[], uint64_t set)
{
    bool can_be_named = ck_suggestion_can_name(program);
    char name[4096];

    if (can_be_named) {
        ck_suggestion_unversioned(program, name, sizeof(name));
        ck_suggestion_print_section(out, strrchr(program, '/') + 1, 1);
        fprintf(out, "%s=%s\n%s=%s\n%s=", ck_directive_key(CK_USER), user, ck_directive_key(CK_PROGRAM), name,
                ck_directive_key(CK_AMBIENT));
        ck_learn_print_caps(out, set, ' ');
        fputc('\n', out);
    } else {
        fputs("# no rule can name the program\n", out);
    }
    if (command != NULL)
        print_run(out, user, command, set);
    if (can_be_named && ck_shell_is_one(program))
        fprintf(out,
                "# warning: %s is a shell, and the rule gives this to all that %s has it do; better is a script, which "
                "counts by its own name\n",
                program, user);
}

void ck_learn_print_mask(FILE *out, const char *what, uint64_t mask, const char *remark)
{
    if (mask == 0)
        return;
    fprintf(out, "# %s: ", what);
    ck_learn_print_caps(out, mask, ',');
    fprintf(out, "%s\n", remark);
}

void ck_learn_print_cap(FILE *out, unsigned cap, const char *text)
{
    fputs("#   ", out);
    ck_learn_print_caps(out, ck_cap_bit(cap), ',');
    fprintf(out, "  %s", text);
}

void ck_learn_print_advice(FILE *out, const struct ck_learn_result *result, uint64_t set)
{
    bool any = false;

    while (set != 0) {
        char lines[CK_LEARN_INSTEAD_MAX][CK_LEARN_INSTEAD_SIZE];
        unsigned cap = ck_cap_take_lowest(&set);
        unsigned count = ck_learn_instead(result, cap, lines);

        for (unsigned i = 0; i < count; i++) {
            fputs(any ? "" : "# better than a capability:\n", out);
            ck_learn_print_cap(out, cap, lines[i]);
            fputc('\n', out);
            any = true;
        }
    }
}

void ck_learn_print_call(FILE *out, const struct ck_learn_call *call, uint64_t mask, bool is_helped)
{
    fputs("#   ", out);
    ck_learn_print_caps(out, mask, ',');
    fprintf(out, "  %s%s%s  ", call->call, call->object[0] != '\0' ? " " : "", call->object);
    ck_learn_print_foreign(out, call->comm);
    if (call->error != 0)
        fprintf(out, is_helped ? " (%s without)" : " -> %s", strerrorname_np(call->error));
    if (call->error_with != 0)
        fprintf(out, " -> %s", strerrorname_np(call->error_with));
    if (call->count > 1)
        fprintf(out, ", %u times", call->count);
    fputc('\n', out);
}

void ck_learn_print_gaps(FILE *out, const struct ck_learn_report *report)
{
    if (report->is_full)
        fprintf(out, "# warning: calls of more than %u kinds: not all of them are listed, but all count\n",
                CK_LEARN_CALLS_MAX);
    if (report->seen.has_lost)
        fputs("# warning: the kernel had more to tell at once than there was room for: there may be more than this\n",
              out);
}
