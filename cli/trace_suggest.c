#include "trace_suggest.h"

#include <linux/capability.h>
#include <pwd.h>
#include <string.h>

#include "../shim/core/names.h"
#include "../shim/core/policy_rule.h"
#include "../shim/core/text.h"
#include "rootlike.h"

/* A program that was denied something, as a user. More of them than this are no policy for a person to read. */
#define WISHES_MAX 64U
struct wish {
    char exe[4096];
    char comm[17];
    uid_t uid;
    uint64_t asked_mask;  /* lost on the way, and so to be kept */
    uint64_t files_mask;  /* the same, but only to reach files past their modes */
    uint64_t absent_mask; /* never held here: nothing can keep it */
};

static struct wish wishes[WISHES_MAX];
static unsigned wish_count;

static struct wish *find_wish(const struct ck_trace_event *event, uid_t uid)
{
    struct wish *wish;

    for (unsigned i = 0; i < wish_count; i++) {
        if (wishes[i].uid == uid && strcmp(wishes[i].exe, event->exe) == 0)
            return &wishes[i];
    }
    if (wish_count == WISHES_MAX)
        return NULL;
    wish = &wishes[wish_count++];
    *wish = (struct wish){.uid = uid};
    (void)snprintf(wish->exe, sizeof(wish->exe), "%s", event->exe);    /* no path is longer */
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

void ck_trace_suggest_note(const struct ck_trace_event *event)
{
    uint64_t bit;
    struct wish *wish;

    /* What is permitted and not effective is the program's own to raise. For root there is nothing to keep. */
    if (event->kind != CK_TRACE_DENIED || event->is_held || event->after->uids.effective == 0)
        return;
    bit = ck_cap_bit(event->cap);
    wish = find_wish(event, event->after->uids.effective);
    if (wish == NULL)
        return;
    if (!event->lost_at.is_valid)
        wish->absent_mask |= bit;
    else if (is_over_files(event->cap))
        wish->files_mask |= bit;
    else
        wish->asked_mask |= bit;
}

static const char *user_name(uid_t uid)
{
    static char number[16];
    const struct passwd *account = getpwuid(uid);

    if (account != NULL)
        return account->pw_name;
    (void)snprintf(number, sizeof(number), "%u", uid); /* it fits */
    return number;
}

static void caps_text(uint64_t mask, char *text, size_t size)
{
    struct ck_text caps = ck_text_start(text, size);

    ck_text_caps(&caps, mask);
}

static void print_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+@%-";

    if (*word != '\0' && strspn(word, plain) == strlen(word)) {
        fprintf(out, " %s", word);
        return;
    }
    fputs(" '", out);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    }
    fputc('\'', out);
}

static void print_command(FILE *out, const struct wish *wish, const char *caps, char *const command[])
{
    fprintf(out, "# or: capkeep run -a %s --for-user %s --for-program %s --", caps, user_name(wish->uid), wish->exe);
    if (command == NULL || command[0] == NULL)
        fputs(" LAUNCHER", out);
    for (size_t i = 0; command != NULL && command[i] != NULL; i++)
        print_word(out, command[i]);
    fputc('\n', out);
}

static void print_warnings(FILE *out, uint64_t mask)
{
    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        const char *why = ck_rootlike_why(cap);

        if (why != NULL)
            fprintf(out, "# warning: %s amounts to root: %s\n", ck_cap_name(cap), why);
    }
}

static void print_wish(FILE *out, const struct wish *wish, char *const command[])
{
    char caps[2048];

    if (wish->asked_mask != 0) {
        caps_text(wish->asked_mask, caps, sizeof(caps));
        fprintf(out, "[Keep %s]\n%s=%s\n%s=%s\n%s=%s\n", wish->comm, ck_directive_key(CK_USER), user_name(wish->uid),
                ck_directive_key(CK_PROGRAM), wish->exe, ck_directive_key(CK_AMBIENT), caps);
        print_command(out, wish, caps, command);
        print_warnings(out, wish->asked_mask);
    }
    if (wish->files_mask != 0) {
        caps_text(wish->files_mask, caps, sizeof(caps));
        fprintf(out, "# not asked for: %s for %s: better give it the files that it could not reach\n", caps,
                wish->comm);
    }
    if (wish->absent_mask != 0) {
        caps_text(wish->absent_mask, caps, sizeof(caps));
        fprintf(out, "# never held here, so no policy can keep it: %s for %s\n", caps, wish->comm);
    }
}

void ck_trace_suggest_print(FILE *out, char *const command[])
{
    bool any = false;

    for (unsigned i = 0; i < wish_count; i++) {
        any |= wishes[i].asked_mask != 0;
        print_wish(out, &wishes[i], command);
    }
    if (!any)
        fputs("# no policy would have helped: nothing that was lost was missing\n", out);
}
