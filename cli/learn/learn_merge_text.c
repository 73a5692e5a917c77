/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../../shim/core/capset.h"
#include "../common/json_read.h"
#include "../common/suggestion.h"
#include "learn_merge.h"
#include "learn_print.h"

static void print_head(FILE *out, const struct ck_learn_merger *merger)
{
    fprintf(out, "# %u results of learn%s%s\n", merger->count, merger->is_one_program ? ", as " : "",
            merger->is_one_program ? merger->inputs[0].user : "");
    if (!merger->is_proven)
        fputs("# not proven, as not all of them are\n", out);
}

/* What a result that is no proof says of itself. */
static void print_unproven(FILE *out, const struct ck_learn_merger *merger)
{
    for (unsigned i = 0; i < merger->count; i++) {
        const struct ck_learn_input *input = &merger->inputs[i];

        if (input->is_proven)
            continue;
        fputs("#  ", out);
        ck_suggestion_print_word(out, input->file);
        fputs(": ", out);
        ck_learn_print_foreign(out, input->verdict);
        fputc('\n', out);
    }
}

static void print_policy(FILE *out, const struct ck_learn_merger *merger)
{
    const struct ck_learn_input *first = merger->inputs;

    if (merger->set == 0) {
        fputs("# no capability\n", out);
    } else if (!merger->is_one_program) {
        fputs("# no rule: they are not of one program and user; all together: ", out);
        ck_learn_print_caps(out, merger->set, ' ');
        fputc('\n', out);
    } else {
        ck_learn_print_rule(out, first->program, first->user, NULL, merger->set);
    }
}

static void print_members(FILE *out, const struct ck_learn_merger *merger)
{
    fputs(merger->set != 0 ? "#\n# needed by:\n" : "", out);
    for (uint64_t rest = merger->set; rest != 0;) {
        unsigned cap = ck_cap_take_lowest(&rest);

        fputs("#   ", out);
        ck_learn_print_caps(out, ck_cap_bit(cap), ',');
        fputc(' ', out);
        for (unsigned i = 0; i < merger->count; i++) {
            if (ck_learn_merge_has(&merger->inputs[i], cap))
                ck_suggestion_print_word(out, merger->inputs[i].file);
        }
        fputc('\n', out);
    }
}

/* --- what differs */

static void print_text(FILE *out, const char *text)
{
    fputc(' ', out);
    ck_learn_print_foreign(out, text != NULL ? text : "?");
}

static void print_command(FILE *out, struct json_object *command)
{
    for (size_t i = 0; command != NULL && i < ck_json_count(command); i++)
        ck_suggestion_print_word(out, ck_json_text_at(command, i));
    fputs(command == NULL ? " ?" : "", out);
}

enum what { PROGRAM, COMMAND, KERNEL };

static void print_differences(FILE *out, const struct ck_learn_merger *merger, enum what what)
{
    static const char *const names[] = {"programs or users", "commands", "kernels"};

    fprintf(out, "# warning: the %s differ:\n", names[what]);
    for (unsigned i = 0; i < merger->count; i++) {
        const struct ck_learn_input *input = &merger->inputs[i];

        fputs("#  ", out);
        ck_suggestion_print_word(out, input->file);
        fputc(':', out);
        if (what == COMMAND)
            print_command(out, input->command);
        else
            print_text(out, what == PROGRAM ? input->program : input->kernel);
        if (what == PROGRAM) {
            fputs(", as", out);
            print_text(out, input->user);
        }
        fputc('\n', out);
    }
}

void ck_learn_merge_text(FILE *out, const struct ck_learn_merger *merger)
{
    print_head(out, merger);
    print_unproven(out, merger);
    print_policy(out, merger);
    print_members(out, merger);
    if (!merger->is_one_program)
        print_differences(out, merger, PROGRAM);
    if (!merger->is_one_command)
        print_differences(out, merger, COMMAND);
    if (!merger->is_one_kernel)
        print_differences(out, merger, KERNEL);
    ck_suggestion_print_warnings(out, merger->set);
}
