/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace_suggest.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "../../model/exec.h"
#include "../../shim/cold/kernel.h"
#include "../../shim/core/policy_rule.h"
#include "../../shim/core/text.h"
#include "../../trace/proc/file.h"
#include "../common/shell.h"
#include "../common/suggestion.h"

/* Somebody who was denied something, as a user. More of them than this are no policy for a person to read. */
#define WISHES_MAX 64U
#define FILES_MAX 4U
struct wish {
    char path[4096];  /* the program that was executed after the loss, or the launcher itself where none was */
    bool is_launcher; /* the second */
    char comm[17];
    uid_t uid;
    uint64_t asked_mask;    /* lost on the way, and so to be kept */
    uint64_t guarded_mask;  /* of these, what the launcher has lowered by itself */
    uint64_t files_mask;    /* lost, but only to reach files past their modes */
    uint64_t probed_mask;   /* lost, and only tried whether it is gone */
    uint64_t itself_mask;   /* lost in a set-user-ID program, which drops what it had by its own bit */
    uint64_t cleared_mask;  /* lost on the way, and the program would not have it by a policy either */
    uint64_t hopeless_mask; /* lost in a way that no policy changes */
    uint64_t absent_mask;   /* never held here: nothing can keep it */
    const char *launcher;   /* by which it came to be that user; NULL where none is known, or they differ */
    char *files[FILES_MAX]; /* that it could not reach, each with the call */
    bool has_more_files;
};

static struct wish wishes[WISHES_MAX];
static unsigned wish_count;

/* What a program, as a user, was found to use. */
#define USES_MAX 256U
struct use {
    char path[4096];
    uid_t uid;
    uint64_t mask;
};

static struct use uses[USES_MAX];
static unsigned use_count;

/* Something has left a set, or was refused, whether or not a call has failed for it. */
static bool any_loss;

static struct wish *find_wish(const struct ck_trace_event *event)
{
    const struct ck_loss_place *place = &event->lost_at;
    const char *path = place->is_valid && place->program != NULL ? place->program : event->exe;
    /* A launcher that lowers what it has while it is root still becomes somebody else later. */
    uid_t uid = place->is_valid && place->uid != 0 ? place->uid : event->after->uids.effective;
    bool is_launcher = place->is_valid && place->program == NULL;
    struct wish *wish;

    for (unsigned i = 0; i < wish_count; i++) {
        if (wishes[i].uid == uid && wishes[i].is_launcher == is_launcher && strcmp(wishes[i].path, path) == 0)
            return &wishes[i];
    }
    if (wish_count == WISHES_MAX)
        return NULL;
    wish = &wishes[wish_count++];
    *wish = (struct wish){.uid = uid, .is_launcher = is_launcher, .launcher = event->launcher};
    (void)snprintf(wish->path, sizeof(wish->path), "%s", path);        /* no path is longer */
    (void)snprintf(wish->comm, sizeof(wish->comm), "%s", event->comm); /* of one size */
    return wish;
}

/*
 * Programs try files that they may not have, and go on without. Whoever needs one is better helped by its mode or
 * owner than by a capability over all files.
 */
static bool is_over_files(unsigned cap)
{
    return cap == CAP_DAC_OVERRIDE || cap == CAP_DAC_READ_SEARCH || cap == CAP_FOWNER;
}

/* Each once. Without memory it is not named. */
static void note_file(struct wish *wish, const struct ck_trace_event *event)
{
    char *file = NULL;

    if (event->object[0] == '\0' || asprintf(&file, "%s %s", event->call, event->object) < 0)
        return;
    unsigned i = 0;
    while (i < FILES_MAX && wish->files[i] != NULL && strcmp(wish->files[i], file) != 0)
        i++;
    if (i < FILES_MAX && wish->files[i] == NULL) {
        wish->files[i] = file;
        return;
    }
    wish->has_more_files |= i == FILES_MAX;
    free(file);
}

/* A launcher that wants to become root again at once only makes sure that it cannot. */
static bool is_probe(const struct ck_trace_event *event)
{
    return event->lost_at.program == NULL && strncmp(event->call, "set", 3) == 0 &&
           (event->cap == CAP_SETUID || event->cap == CAP_SETGID);
}

/* What the launcher's own calls have lowered stays with Guard=. */
static bool is_own_doing(enum ck_kernel_rule rule)
{
    return rule == CK_RULE_LAUNCHER_DROPPED || rule == CK_RULE_AMBIENT_FOLLOWS_PERMITTED ||
           rule == CK_RULE_AMBIENT_FOLLOWS_INHERITABLE || rule == CK_RULE_BOUNDING_DROPPED;
}

/* By the change of the uid, or by an exec with nothing ambient: that is what capkeep is for. */
static bool can_be_kept(enum ck_kernel_rule rule)
{
    return is_own_doing(rule) || rule == CK_RULE_UID_CHANGE || rule == CK_RULE_UID_CHANGE_AMBIENT ||
           rule == CK_RULE_EUID_CHANGE || rule == CK_RULE_EXEC_NOT_AMBIENT || rule == CK_RULE_EXEC_NOT_EFFECTIVE ||
           rule == CK_RULE_COUNT;
}

/* Whether what is ambient arrives in the program at `path`, as the one that was denied had been started. */
static bool passes(const struct ck_trace_event *event, const char *path, uint64_t bit)
{
    unsigned char caps[CK_FILE_CAPS_SIZE];
    struct ck_thread before = *event->after;
    struct ck_outcome outcome;
    struct ck_kernel kernel;
    struct ck_file file;
    bool is_secure;

    before.caps.permitted |= bit;
    before.caps.inheritable |= bit;
    before.caps.ambient |= bit;
    ck_kernel_read(&kernel);
    return ck_file_read(path, caps, &file) < 0 || ck_exec_call(&kernel, &before, &file, &outcome, &is_secure) < 0 ||
           (outcome.after.caps.ambient & bit) != 0;
}

static void note_lost(struct wish *wish, const struct ck_trace_event *event)
{
    uint64_t bit = ck_cap_bit(event->cap);

    if (is_probe(event)) {
        wish->probed_mask |= bit;
    } else if (event->lost_at.by_itself) {
        wish->itself_mask |= bit;
    } else if (!can_be_kept(event->lost_at.rule)) {
        wish->hopeless_mask |= bit;
    } else if (is_over_files(event->cap)) {
        wish->files_mask |= bit;
        note_file(wish, event);
    } else if (!passes(event, event->exe, bit) || !passes(event, wish->path, bit)) {
        wish->cleared_mask |= bit;
    } else {
        wish->asked_mask |= bit;
        wish->guarded_mask |= is_own_doing(event->lost_at.rule) ? bit : 0;
    }
}

static void note_denied(const struct ck_trace_event *event)
{
    struct wish *wish;

    /* What is permitted and not effective is the program's own to raise. For root there is nothing to keep. */
    if (event->held == CK_HELD_PERMITTED || event->after->uids.effective == 0)
        return;
    wish = find_wish(event);
    if (wish == NULL)
        return;
    if (wish->launcher != NULL && event->launcher != NULL && strcmp(wish->launcher, event->launcher) != 0)
        wish->launcher = NULL;
    if (event->lost_at.is_valid)
        note_lost(wish, event);
    else
        wish->absent_mask |= ck_cap_bit(event->cap);
}

static void note_used(const struct ck_trace_event *event)
{
    uid_t uid = event->after->uids.effective;
    struct use *use = uses;

    while (use < uses + use_count && (use->uid != uid || strcmp(use->path, event->exe) != 0))
        use++;
    if (use == uses + USES_MAX)
        return;
    if (use == uses + use_count) {
        use->uid = uid;
        (void)snprintf(use->path, sizeof(use->path), "%s", event->exe); /* no path is longer */
        use_count++;
    }
    use->mask |= event->used_mask;
}

static bool takes_away(const struct ck_trace_event *event)
{
    const struct ck_capset *before = &event->before->caps;
    const struct ck_capset *after = &event->after->caps;

    return (before->permitted & ~after->permitted) != 0 || (before->effective & ~after->effective) != 0 ||
           (before->ambient & ~after->ambient) != 0;
}

void ck_trace_suggest_note(const struct ck_trace_event *event)
{
    switch (event->kind) {
    case CK_TRACE_CREDENTIAL:
    case CK_TRACE_CAPABILITY:
    case CK_TRACE_EXEC:
        any_loss |= takes_away(event);
        return;
    case CK_TRACE_REFUSED:
        any_loss = true;
        return;
    case CK_TRACE_DENIED:
        any_loss = true;
        note_denied(event);
        return;
    case CK_TRACE_USED:
        note_used(event);
        return;
    case CK_TRACE_START:
    case CK_TRACE_EXIT:
        return;
    }
}

static void caps_text(uint64_t mask, char *text, size_t size)
{
    struct ck_text caps = ck_text_start(text, size);

    ck_text_caps(&caps, mask);
}

/* One line: what, of which capabilities, for whom; a name may hold anything. */
static void print_foreign(FILE *out, const char *what, const char *caps, const char *name)
{
    char printable[4 * 4096];
    struct ck_text text = ck_text_start(printable, sizeof(printable));

    ck_text_printable(&text, name);
    fprintf(out, "%s%s for %s\n", what, caps, printable);
}

static bool has_rule(const struct wish *wish)
{
    return wish->asked_mask != 0 && !ck_shell_is_one(wish->path);
}

/* A name that no other section has. */
static void print_section(FILE *out, const struct wish *wish)
{
    unsigned same = 1;

    for (const struct wish *other = wishes; other < wish; other++)
        same += has_rule(other) && strcmp(other->comm, wish->comm) == 0;
    ck_suggestion_print_section(out, wish->comm, same);
}

static void print_command(FILE *out, const struct wish *wish, const char *path, const char *caps, char *const command[])
{
    fprintf(out, "# or: capkeep run -a %s --for-user %s --for-%s", caps, ck_suggestion_user(wish->uid),
            wish->is_launcher ? "launcher" : "program");
    ck_suggestion_print_word(out, path);
    fputs(wish->guarded_mask != 0 ? " --guard --" : " --", out);
    if (command[0] == NULL)
        fputs(" LAUNCHER", out);
    for (size_t i = 0; command[i] != NULL; i++)
        ck_suggestion_print_word(out, command[i]);
    fputc('\n', out);
}

/* What makes the rule narrower, for whoever knows that the program, and what it starts, can do with that. */
static void print_tighter(FILE *out, const struct wish *wish, const char *caps)
{
    char launcher[4096];

    fputs("# tighter, where it and what it starts need no more:\n", out);
    if (wish->launcher != NULL && !wish->is_launcher && ck_suggestion_can_name(wish->launcher)) {
        ck_suggestion_unversioned(wish->launcher, launcher, sizeof(launcher));
        fprintf(out, "# %s=%s\n", ck_directive_key(CK_LAUNCHER), launcher);
    }
    fprintf(out, "# %s=%s\n# %s=yes\n", ck_directive_key(CK_BOUNDING), caps, ck_directive_key(CK_NO_NEW_PRIVS));
}

/* `is_only`: the command line can have one rule, and so helps where it is the only one. */
static void print_rule(FILE *out, const struct wish *wish, char *const command[], bool is_only)
{
    char caps[2048];
    char path[4096];

    caps_text(wish->asked_mask, caps, sizeof(caps));
    if (!ck_suggestion_can_name(wish->path)) {
        print_foreign(out, "# no rule can name the program that needs ", caps, wish->path);
        return;
    }
    ck_suggestion_unversioned(wish->path, path, sizeof(path));
    print_section(out, wish);
    fprintf(out, "%s=%s\n%s=%s\n%s=%s\n", ck_directive_key(CK_USER), ck_suggestion_user(wish->uid),
            ck_directive_key(wish->is_launcher ? CK_LAUNCHER : CK_PROGRAM), path, ck_directive_key(CK_AMBIENT), caps);
    if (wish->guarded_mask != 0)
        fprintf(out, "%s=yes\n", ck_directive_key(CK_GUARD));
    print_tighter(out, wish, caps);
    if (is_only)
        print_command(out, wish, path, caps, command);
    ck_suggestion_print_warnings(out, wish->asked_mask);
}

static void print_other(FILE *out, const struct wish *wish, uint64_t mask, const char *what, const char *why)
{
    char caps[2048];

    if (mask == 0)
        return;
    caps_text(mask, caps, sizeof(caps));
    print_foreign(out, what, caps, wish->comm);
    fprintf(out, "#   %s\n", why);
}

/* A capability over all files, for one that is closed to the program. */
static void print_files(FILE *out, const struct wish *wish)
{
    print_other(out, wish, wish->files_mask, "# not asked for: ",
                wish->files[0] == NULL
                    ? "better change the mode or owner of the files that it could not reach"
                    : "better change the mode or owner of what it could not reach, or of a folder above:");
    for (unsigned i = 0; i < FILES_MAX && wish->files[i] != NULL; i++)
        fprintf(out, "#     %s\n", wish->files[i]);
    if (wish->has_more_files)
        fputs("#     and others, told above\n", out);
}

static void print_wish(FILE *out, const struct wish *wish, char *const command[], bool is_only)
{
    if (has_rule(wish))
        print_rule(out, wish, command, is_only);
    else
        print_other(out, wish, wish->asked_mask, "# not asked for: ",
                    "a shell was started, and what it is given all has that it starts; start a script or a program "
                    "instead, for which there can be a rule");
    print_files(out, wish);
    print_other(out, wish, wish->probed_mask,
                "# not asked for: ", "the launcher only made sure that it is gone, and with it may refuse to go on");
    print_other(out, wish, wish->itself_mask,
                "# cannot be kept: ", "the program is set-user-ID, and gives up by itself what that gave it");
    print_other(out, wish, wish->cleared_mask, "# cannot be kept: ",
                "the program has file capabilities, or is set-user-ID or set-group-ID: nothing ambient arrives in it");
    print_other(out, wish, wish->hopeless_mask, "# cannot be kept: ",
                "the rule by which it was lost is told above; capkeep(1) tells what cannot be kept");
    print_other(out, wish, wish->absent_mask, "# cannot be kept: ", "it was never held here");
}

static void print_uses(FILE *out)
{
    char caps[2048];
    char printable[4 * 4096];

    for (unsigned i = 0; i < use_count; i++) {
        struct ck_text text = ck_text_start(printable, sizeof(printable));

        ck_text_printable(&text, uses[i].path);
        caps_text(uses[i].mask, caps, sizeof(caps));
        fprintf(out, "# used, as %s, by %s: %s\n", ck_suggestion_user(uses[i].uid), printable, caps);
    }
}

void ck_trace_suggest_print(FILE *out, char *const command[], bool missed_some)
{
    unsigned rules = 0;

    for (unsigned i = 0; i < wish_count; i++)
        rules += has_rule(&wishes[i]);
    for (unsigned i = 0; i < wish_count; i++)
        print_wish(out, &wishes[i], command, rules == 1);
    if (wish_count > 0)
        fputs("# what is denied may be more or less than what is needed: `capkeep learn` proves which set is enough\n",
              out);
    print_uses(out);
    if (missed_some)
        fputs("# the machine was too busy to see all that was used: there may be more\n", out);
    if (rules == 0)
        fputs(any_loss ? "# no policy would have helped: no call failed for want of what one could have kept\n"
                       : "# no policy would have helped: nothing was lost\n",
              out);
    if (wish_count == WISHES_MAX)
        fprintf(out, "# there were denials for more programs than %u, which are not looked at\n", WISHES_MAX);
}
