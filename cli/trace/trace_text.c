/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shim/core/names.h"
#include "../../shim/core/text.h"
#include "../common/describe.h"
#include "trace_report.h"

static bool coloured;
static uint64_t known_mask; /* what the kernel knows */

static const char *red(void)
{
    return coloured ? "\033[31m" : "";
}

static const char *green(void)
{
    return coloured ? "\033[32m" : "";
}

static const char *plain(void)
{
    return coloured ? "\033[0m" : "";
}

static void begin(FILE *out, char *const command[])
{
    const char *no_color = getenv("NO_COLOR");

    (void)command; /* who reads this has typed it */
    known_mask = ck_describe_known_caps();
    coloured = isatty(fileno(out)) && (no_color == NULL || *no_color == '\0');
}

/* What programs call themselves, and files, with nothing in it that a terminal would obey. */
static void print_foreign(FILE *out, const char *string)
{
    char printable[4 * 4096];
    struct ck_text text = ck_text_start(printable, sizeof(printable));

    ck_text_printable(&text, string);
    fputs(printable, out);
}

/* Who, and how deep in the tree. */
static void print_who(FILE *out, const struct ck_trace_event *event)
{
    char comm[64];
    struct ck_text text = ck_text_start(comm, sizeof(comm));

    ck_text_printable(&text, event->comm);
    fprintf(out, "%*s%d %-15s ", (int)(2 * event->depth), "", event->tid, comm);
}

/* A denial, which may come again at once: then it is one line. */
static struct {
    char *line; /* without the time; NULL where none is kept back */
    double time;
    unsigned count;
} kept;

/* A program that tries again and again is to be seen doing so. */
#define KEPT_SECONDS 1.0

static void print_kept(FILE *out)
{
    if (kept.line == NULL)
        return;
    fprintf(out, "%8.3f %s", kept.time, kept.line);
    if (kept.count > 1)
        fprintf(out, " ×%u", kept.count);
    fputc('\n', out);
    free(kept.line);
    kept.line = NULL;
}

/* The beginning of each line, with when it was. */
static void print_start(FILE *out, const struct ck_trace_event *event)
{
    print_kept(out);
    fprintf(out, "%8.3f ", event->time);
    print_who(out, event);
}

static void print_more(FILE *out, const struct ck_trace_event *event)
{
    fprintf(out, "%8s %*s", "", (int)(2 * event->depth + 4), "");
}

static void print_caps(FILE *out, uint64_t mask)
{
    char names[2048];
    struct ck_text text = ck_text_start(names, sizeof(names));

    ck_describe_caps(&text, mask, known_mask);
    fputs(names, out);
}

/* The set with this number, in the order in which they are told. */
static uint64_t set_of(const struct ck_capset *caps, int set)
{
    const uint64_t sets[] = {caps->permitted, caps->effective, caps->inheritable, caps->ambient, caps->bounding};

    return sets[set];
}

static const char *const set_names[] = {"permitted", "effective", "inheritable", "ambient", "bounding"};
enum { SET_COUNT = 5 };

/* The capabilities that are in these sets of `caps` (bit N: set N), and in no other. */
static uint64_t in_just(const struct ck_capset *caps, unsigned sets)
{
    uint64_t mask = UINT64_MAX;

    for (int set = 0; set < SET_COUNT; set++)
        mask &= (sets >> set & 1) != 0 ? set_of(caps, set) : ~set_of(caps, set);
    return mask;
}

static void print_sets(FILE *out, unsigned sets)
{
    const char *between = "";

    for (int set = 0; set < SET_COUNT; set++) {
        if ((sets >> set & 1) == 0)
            continue;
        fprintf(out, "%s%s", between, set_names[set]);
        between = ", ";
    }
}

/* One line for each group of capabilities that left, or came into, the same sets. */
static void print_groups(FILE *out, const struct ck_trace_event *event, const struct ck_capset *caps,
                         const char *colour, const char *verb, const char *why)
{
    for (unsigned sets = 1; sets < 1U << SET_COUNT; sets++) {
        uint64_t mask = in_just(caps, sets);

        if (mask == 0)
            continue;
        print_more(out, event);
        fprintf(out, "%s%s ", colour, verb);
        print_caps(out, mask);
        fputs(verb[0] == 'l' ? " from " : " in ", out);
        print_sets(out, sets);
        fprintf(out, "%s%s\n", plain(), why);
    }
}

static void print_losses(FILE *out, const struct ck_trace_event *event)
{
    char why[512];

    for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
        const struct ck_rule_info *info = ck_rule_describe((enum ck_kernel_rule)rule);

        (void)snprintf(why, sizeof(why), " (%s: %s)", info->code, info->text); /* a cut reason is still one */
        print_groups(out, event, &event->losses.by_rule[rule], red(), "lost", why);
    }
    print_groups(out, event, &event->unexplained, red(), "lost",
                 event->asked ? " (by no rule of the model)" : " (the model does not know this case)");
}

static void print_gains(FILE *out, const struct ck_trace_event *event)
{
    const struct ck_capset *before = &event->before->caps;
    const struct ck_capset *after = &event->after->caps;
    const struct ck_capset gained = {
        .permitted = after->permitted & ~before->permitted,
        .effective = after->effective & ~before->effective,
        .inheritable = after->inheritable & ~before->inheritable,
        .ambient = after->ambient & ~before->ambient,
        .bounding = after->bounding & ~before->bounding,
    };

    print_groups(out, event, &gained, green(), "gained", "");
}

static void print_uid(FILE *out, uid_t uid)
{
    char name[1024];
    struct ck_text text = ck_text_start(name, sizeof(name));

    ck_describe_user(&text, uid);
    fputs(name, out);
}

static void print_uids(FILE *out, const struct ck_uids *uids)
{
    print_uid(out, uids->real);
    if (uids->real == uids->effective && uids->effective == uids->saved)
        return;
    fputc(',', out);
    print_uid(out, uids->effective);
    fputc(',', out);
    print_uid(out, uids->saved);
}

static void print_securebits(FILE *out, uint32_t securebits)
{
    char names[256];
    struct ck_text text = ck_text_start(names, sizeof(names));

    ck_describe_securebits(&text, securebits);
    fputs(names, out);
}

static void print_change(FILE *out, const struct ck_trace_event *event)
{
    const struct ck_thread *before = event->before;
    const struct ck_thread *after = event->after;

    if (memcmp(&before->uids, &after->uids, sizeof(before->uids)) != 0) {
        fputs(" uid ", out);
        print_uids(out, &before->uids);
        fputs(" -> ", out);
        print_uids(out, &after->uids);
    }
    if (before->fsuid != after->fsuid && after->fsuid != after->uids.effective) {
        fputs(" fsuid ", out);
        print_uid(out, after->fsuid);
    }
    if (before->securebits != after->securebits) {
        fputs(" securebits ", out);
        print_securebits(out, before->securebits);
        fputs(" -> ", out);
        print_securebits(out, after->securebits);
    }
    if (after->no_new_privs && !before->no_new_privs)
        fputs(" no_new_privs set", out);
    if (event->leaves_here)
        fputs(" enters a user namespace: what it has from now on is over that", out);
    fputc('\n', out);
    print_losses(out, event);
    print_gains(out, event);
    if (event->disagrees) {
        print_more(out, event);
        fprintf(out, "%sthe model says otherwise: permitted ", red());
        print_caps(out, event->predicted.permitted);
        fputs(", ambient ", out);
        print_caps(out, event->predicted.ambient);
        fprintf(out, "%s\n", plain());
    }
}

static void print_exec(FILE *out, const struct ck_trace_event *event)
{
    const char *name = event->script[0] == '/' ? event->script : event->program;

    print_start(out, event);
    fputs("exec ", out);
    print_foreign(out, name);
    if (strcmp(name, event->exe) != 0) {
        fputs(" (", out);
        print_foreign(out, event->exe);
        fputc(')', out);
    }
    fputs(", uid ", out);
    print_uids(out, &event->after->uids);
    fputs(", permitted ", out);
    print_caps(out, event->after->caps.permitted);
    fputs(event->secure ? ", secure" : "", out);
    print_change(out, event);
}

static const char *error_name(int error)
{
    const char *name = strerrorname_np(error);

    return name != NULL ? name : "?";
}

static const char *cap_name(unsigned cap)
{
    static char number[16];

    if (ck_cap_name(cap) != NULL)
        return ck_cap_name(cap);
    (void)snprintf(number, sizeof(number), "%u", cap); /* it fits */
    return number;
}

static void print_place(FILE *out, const struct ck_loss_place *place)
{
    fprintf(out, "%s in ", place->call);
    print_foreign(out, place->comm);
    fprintf(out, " (pid %d)", place->pid);
    if (place->rule != CK_RULE_COUNT)
        fprintf(out, ", rule %s", ck_rule_describe(place->rule)->code);
}

static void print_denied(FILE *out, const struct ck_trace_event *event)
{
    static const char *const held[] = {
        [CK_HELD_NOT] = "",
        [CK_HELD_PERMITTED] = ", which is permitted here, but not effective",
        [CK_HELD_NAMESPACE] = ", which it has over its own user namespace alone",
    };

    print_who(out, event);
    fprintf(out, "%s%s%s%s: %s, %s %s%s%s", red(), event->call, event->object[0] != '\0' ? " " : "", event->object,
            error_name(event->error), event->exact ? "needs" : "is likely to need", cap_name(event->cap), plain(),
            held[event->held]);
    if (event->lost_at.is_valid) {
        fputs(", lost at ", out);
        print_place(out, &event->lost_at);
    } else if (event->held == CK_HELD_NOT) {
        fputs(", which was never held here", out);
    }
}

static void keep_denied(FILE *out, const struct ck_trace_event *event)
{
    char *line = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&line, &size);

    if (memory == NULL)
        return; /* the end counts it */
    print_denied(memory, event);
    (void)fclose(memory); /* without memory the line is cut, or there is none */
    if (kept.line != NULL && line != NULL && strcmp(kept.line, line) == 0 && event->time - kept.time < KEPT_SECONDS) {
        kept.count++;
        free(line);
        return;
    }
    print_kept(out);
    kept.line = line;
    kept.time = event->time;
    kept.count = 1;
}

static void print_refused(FILE *out, const struct ck_trace_event *event)
{
    const struct ck_refusal *refusal = &event->refusal;

    print_start(out, event);
    fprintf(out, "%s%s: %s, %s", red(), event->call, error_name(event->error), refusal->what);
    if (refusal->mask != 0) {
        fputs(": no ", out);
        print_caps(out, refusal->mask);
    }
    fprintf(out, "%s (%s: %s)\n", plain(), refusal->code, refusal->text);
}

static void print_exit(FILE *out, const struct ck_trace_event *event)
{
    if (WIFEXITED(event->status) && WEXITSTATUS(event->status) == 0)
        return;
    print_start(out, event);
    if (WIFEXITED(event->status))
        fprintf(out, "exited with %d\n", WEXITSTATUS(event->status));
    else
        fprintf(out, "killed by signal %d (%s)\n", WTERMSIG(event->status), strsignal(WTERMSIG(event->status)));
}

static void print_kind(FILE *out, const struct ck_trace_event *event)
{
    switch (event->kind) {
    case CK_TRACE_START:
        return; /* its exec or its first change tells enough */
    case CK_TRACE_CREDENTIAL:
    case CK_TRACE_CAPABILITY:
        print_start(out, event);
        fprintf(out, "%s", event->call);
        print_change(out, event);
        return;
    case CK_TRACE_EXEC:
        print_exec(out, event);
        return;
    case CK_TRACE_DENIED:
        keep_denied(out, event);
        return;
    case CK_TRACE_REFUSED:
        print_refused(out, event);
        return;
    case CK_TRACE_USED:
        return; /* --suggest sums that up */
    case CK_TRACE_EXIT:
        print_exit(out, event);
        return;
    }
}

static bool print_event(FILE *out, const struct ck_trace_event *event)
{
    print_kind(out, event);
    return kept.line != NULL;
}

static void print_end(FILE *out, const struct ck_trace_totals *totals, const char *suggestion)
{
    print_kept(out);
    fprintf(out, "%u processes, %u execs, %u changes of credentials or capabilities, %u calls denied",
            totals->processes, totals->execs, totals->changes, totals->denials);
    if (totals->refusals != 0)
        fprintf(out, ", %u refused", totals->refusals);
    fprintf(out, "%s\n", totals->exact ? "" : " (guessed from a table; the kernel's tracepoint cannot be read)");
    fputs(suggestion != NULL ? suggestion : "", out);
}

const struct ck_trace_form ck_trace_text = {begin, print_event, print_kept, print_end};
