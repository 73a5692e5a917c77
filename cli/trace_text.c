#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../shim/core/names.h"
#include "../shim/core/text.h"
#include "trace_report.h"

static bool coloured;

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

static void begin(FILE *out)
{
    const char *no_color = getenv("NO_COLOR");

    coloured = isatty(fileno(out)) && (no_color == NULL || *no_color == '\0');
}

/* The beginning of each line: when, who, how deep in the tree. */
static void print_start(FILE *out, const struct ck_trace_event *event)
{
    fprintf(out, "%8.3f %*s%d %-15s ", event->time, (int)(2 * event->depth), "", event->tid, event->comm);
}

static void print_more(FILE *out, const struct ck_trace_event *event)
{
    fprintf(out, "%8s %*s", "", (int)(2 * event->depth + 4), "");
}

/* Names; or "all 40", perhaps "but" some, where it is most of a large set. */
static void print_caps(FILE *out, uint64_t mask, uint64_t whole_mask)
{
    char names[2048];
    struct ck_text text = ck_text_start(names, sizeof(names));
    uint64_t rest_mask = whole_mask & ~mask;

    if (__builtin_popcountll(mask) > 3 && __builtin_popcountll(rest_mask) <= 3) {
        fprintf(out, "all %d", __builtin_popcountll(whole_mask));
        mask = rest_mask;
        if (rest_mask == 0)
            return;
        fputs(" but ", out);
    }
    ck_text_caps(&text, mask);
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
                         const struct ck_capset *whole, const char *colour, const char *verb, const char *why)
{
    for (unsigned sets = 1; sets < 1U << SET_COUNT; sets++) {
        uint64_t mask = in_just(caps, sets);

        if (mask == 0)
            continue;
        print_more(out, event);
        fprintf(out, "%s%s ", colour, verb);
        print_caps(out, mask, set_of(whole, __builtin_ctz(sets)));
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
        print_groups(out, event, &event->losses.by_rule[rule], &event->before->caps, red(), "lost", why);
    }
    print_groups(out, event, &event->unexplained, &event->before->caps, red(), "lost", "");
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

    print_groups(out, event, &gained, after, green(), "gained", "");
}

static void print_uids(FILE *out, const struct ck_uids *uids)
{
    if (uids->real == uids->effective && uids->effective == uids->saved)
        fprintf(out, "%u", uids->real);
    else
        fprintf(out, "%u,%u,%u", uids->real, uids->effective, uids->saved);
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
    if (before->securebits != after->securebits)
        fprintf(out, " securebits %#x -> %#x", before->securebits, after->securebits);
    if (after->no_new_privs && !before->no_new_privs)
        fputs(" no_new_privs set", out);
    fputc('\n', out);
    print_losses(out, event);
    print_gains(out, event);
    if (event->disagrees) {
        print_more(out, event);
        fprintf(out, "%sthe model says otherwise: permitted ", red());
        print_caps(out, event->predicted.permitted, 0);
        fputs(", ambient ", out);
        print_caps(out, event->predicted.ambient, 0);
        fprintf(out, "%s\n", plain());
    }
}

static void print_exec(FILE *out, const struct ck_trace_event *event)
{
    bool is_script = event->script[0] == '/' && strcmp(event->script, event->exe) != 0;

    print_start(out, event);
    fprintf(out, "exec %s", is_script ? event->script : event->exe);
    if (is_script)
        fprintf(out, " (%s)", event->exe);
    fputs(", uid ", out);
    print_uids(out, &event->after->uids);
    fputs(", permitted ", out);
    print_caps(out, event->after->caps.permitted, event->after->caps.permitted);
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

static void print_denied(FILE *out, const struct ck_trace_event *event)
{
    print_start(out, event);
    fprintf(out, "%s%s: %s, %s %s%s", red(), event->call, error_name(event->error),
            event->exact ? "needs" : "is likely to need", cap_name(event->cap), plain());
    if (event->lost_at.is_valid) {
        const struct ck_loss_place *place = &event->lost_at;
        fprintf(out, ", lost at %s in %s (pid %d)", place->call, place->comm, place->pid);
        if (place->rule != CK_RULE_COUNT)
            fprintf(out, ", rule %s", ck_rule_describe(place->rule)->code);
    } else if (event->is_held) {
        fputs(", which is permitted here, but not effective", out);
    } else {
        fputs(", which was never held here", out);
    }
    fputc('\n', out);
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

static void print_event(FILE *out, const struct ck_trace_event *event)
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
        print_denied(out, event);
        return;
    case CK_TRACE_EXIT:
        print_exit(out, event);
        return;
    }
}

static void print_end(FILE *out, const struct ck_trace_totals *totals)
{
    fprintf(out, "%u processes, %u execs, %u changes of credentials or capabilities, %u calls denied%s\n",
            totals->processes, totals->execs, totals->changes, totals->denials,
            totals->exact ? "" : " (likely: this kernel does not tell)");
}

const struct ck_trace_form ck_trace_text = {begin, print_event, print_end};
