/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_result.h"

#include <linux/capability.h>
#include <string.h>

#include "../../shim/core/capset.h"
#include "../../shim/core/text.h"
#include "learn_advice.h"
#include "learn_file.h"

/* --- evidence */

/* With which error this call fails without the capability: by the run with nothing. A process has another number there. */
static int error_without(const struct ck_learn_result *result, unsigned cap, const struct ck_learn_call *call)
{
    const struct ck_learn_report *report = result->nothing;
    int error = 0;

    for (unsigned i = 0; i < report->call_count; i++) {
        const struct ck_learn_call *denied = &report->calls[i];

        if ((denied->denied_mask & ck_cap_bit(cap)) == 0 || strcmp(denied->call, call->call) != 0)
            continue;
        if (strcmp(denied->object, call->object) == 0)
            return denied->error;
        error = denied->error;
    }
    return error;
}

static bool is_same_work(const struct ck_learn_call *one, const struct ck_learn_call *other)
{
    return strcmp(one->call, other->call) == 0 && strcmp(one->object, other->object) == 0 &&
           strcmp(one->comm, other->comm) == 0;
}

static unsigned add_evidence(const struct ck_learn_result *result, unsigned cap, const struct ck_learn_call *call,
                             struct ck_learn_evidence *evidence, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (is_same_work(evidence[i].call, call)) {
            evidence[i].count += call->count;
            return count;
        }
    }
    if (count == CK_LEARN_EVIDENCE_MAX)
        return count;
    evidence[count] = (struct ck_learn_evidence){call, error_without(result, cap, call), call->count};
    return count + 1;
}

unsigned ck_learn_evidence(const struct ck_learn_result *result, unsigned cap,
                           struct ck_learn_evidence ret_evidence[CK_LEARN_EVIDENCE_MAX])
{
    unsigned count = 0;

    for (unsigned i = 0; i < result->last->call_count; i++) {
        if ((result->last->calls[i].granted_mask & ck_cap_bit(cap)) != 0)
            count = add_evidence(result, cap, &result->last->calls[i], ret_evidence, count);
    }
    for (unsigned i = 0; count == 0 && i < result->nothing->call_count; i++) {
        if ((result->nothing->calls[i].denied_mask & ck_cap_bit(cap)) != 0)
            count = add_evidence(result, cap, &result->nothing->calls[i], ret_evidence, count);
    }
    return count;
}

static bool is_over_files(unsigned cap)
{
    return cap == CAP_DAC_OVERRIDE || cap == CAP_DAC_READ_SEARCH || cap == CAP_FOWNER || cap == CAP_CHOWN;
}

unsigned ck_learn_instead(const struct ck_learn_result *result, unsigned cap,
                          char ret_lines[CK_LEARN_INSTEAD_MAX][CK_LEARN_INSTEAD_SIZE])
{
    struct ck_learn_evidence evidence[CK_LEARN_EVIDENCE_MAX];
    bool is_seen = ck_learn_evidence(result, cap, evidence) > 0;
    const struct ck_account *account = &result->options->account;
    unsigned count = 0;

    if (ck_learn_advice(cap, is_seen ? evidence[0].call : NULL, account, ret_lines[0], CK_LEARN_INSTEAD_SIZE))
        count++;
    if (is_seen && is_over_files(cap) &&
        ck_learn_file_describe(evidence[0].call->object, account, ret_lines[count], CK_LEARN_INSTEAD_SIZE))
        count++;
    return count;
}

uint64_t ck_learn_not_needed(const struct ck_learn_result *result)
{
    return (result->last->seen.denied_mask | result->nothing->seen.denied_mask) & ~result->answer.set;
}

const struct ck_learn_past *ck_learn_find_past(const struct ck_learn_result *result, uint64_t set, bool has_passed)
{
    for (unsigned i = result->run_count; i > 0; i--) {
        const struct ck_learn_past *past = &result->runs[i - 1];
        if (past->run.set == set && past->outcome.has_passed == has_passed && !past->run.is_told_root)
            return past;
    }
    return NULL;
}

static void read_last_line(const char *path, char *ret_line, size_t size)
{
    char line[512];
    FILE *file = fopen(path, "re");

    ret_line[0] = '\0';
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        (void)snprintf(ret_line, size, "%s", line); /* of one size */
    if (file != NULL)
        (void)fclose(file); /* read only: nothing is lost with it */
}

bool ck_learn_differs(const char *one, const char *other)
{
    char one_line[512];
    char other_line[512];

    read_last_line(one, one_line, sizeof(one_line));
    read_last_line(other, other_line, sizeof(other_line));
    return strcmp(one_line, other_line) != 0;
}

/* --- the reason */

/* What was refused though all that was asked for was there. */
static void describe_refusal(struct ck_text *text, const struct ck_learn_call *call)
{
    ck_text_string(text, call->call);
    if (call->object[0] != '\0')
        ck_text_char(text, ' ');
    ck_text_string(text, call->object);
    ck_text_string(text, ": ");
    ck_text_string(text, strerrordesc_np(call->error));
    ck_text_string(text, call->granted_mask == 0 ? ", and no capability was asked for"
                                                 : ", with each capability that was asked for");
    ck_text_string(text, ": a mode, a read-only file system, a seccomp filter, a security module or a namespace");
}

static void describe_obstacle(struct ck_text *text, const struct ck_learn_obstacle *obstacle, uint64_t from_mask)
{
    uint64_t missing_mask = obstacle->call.denied_mask & ~from_mask;

    if (obstacle->is_apart) {
        ck_text_string(text, "it enters a user namespace, in which no capability counts for what is outside: ");
        ck_text_string(text, obstacle->call.call);
        ck_text_string(text, obstacle->call.object[0] != '\0' ? " " : "");
        ck_text_string(text, obstacle->call.object);
    } else if (obstacle->is_raised) {
        ck_text_string(text,
                       "a program in it is set-user-ID, set-group-ID or has file capabilities, and what is ambient "
                       "does not reach it");
    } else if (missing_mask != 0) {
        ck_text_string(text, "it was denied what it is not given here: ");
        ck_text_caps(text, missing_mask);
    } else if (obstacle->call.denied_mask != 0) {
        ck_text_string(text, "it lowers its capabilities itself, and was denied them after that");
    } else {
        describe_refusal(text, &obstacle->call);
    }
}

/* It fails by its own decision: then its last line is the best that there is. */
static void describe_end(struct ck_text *text, const struct ck_learn_past *all)
{
    char line[512];

    if (all->outcome.has_timed_out) {
        ck_text_string(text, "it did not end in time, and was denied nothing until then");
        return;
    }
    ck_text_string(text, "nothing was denied that it would have needed; ");
    read_last_line(all->run.output, line, sizeof(line));
    line[strcspn(line, "\n")] = '\0';
    if (line[0] != '\0') {
        ck_text_string(text, "its last words: ");
        ck_text_printable(text, line);
        return;
    }
    ck_text_string(text, "it said nothing, and ended with ");
    ck_text_number(text, (unsigned)all->outcome.status);
}

bool ck_learn_reason(const struct ck_learn_result *result, char ret_reason[CK_LEARN_REASON_SIZE])
{
    const struct ck_learn_report *report = result->everything;
    const struct ck_learn_past *all = ck_learn_find_past(result, result->options->from_mask, false);
    struct ck_text text = ck_text_start(ret_reason, CK_LEARN_REASON_SIZE);
    bool has_obstacle = report->obstacle.call.call[0] != '\0';

    if (result->passes_as_root)
        ck_text_string(&text, "it looks at its uid, which no capability changes; told that it is root, it passes");
    else if (has_obstacle)
        describe_obstacle(&text, &report->obstacle, result->options->from_mask);
    else if (result->is_uid_reason)
        ck_text_string(&text, "it looks at its uid, which no capability changes");
    else if (all != NULL)
        describe_end(&text, all);
    return ret_reason[0] != '\0';
}
