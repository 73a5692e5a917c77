/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "convert_to.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../../shim/core/capset.h"
#include "../../shim/core/names.h"
#include "../common/users.h"
#include "../common/utf8.h"

/* What is itself in a shell and in a unit. */
#define PLAIN_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.,:+=@-"

static int none(const char *what, const char *why)
{
    fprintf(stderr, "capkeep: convert: %s has no equivalent: %s\n", what, why);
    return 1;
}

/* A capability by its name, or by its number where this build knows none; without "cap_" where `bare`. */
static void print_cap(unsigned cap, bool bare)
{
    const char *name = ck_cap_name(cap);

    if (name != NULL)
        printf("%s", bare ? name + 4 : name);
    else
        printf("%s%u", bare ? "cap_" : "", cap);
}

static void print_list(uint64_t mask, const char *before_each, const char *between, bool bare)
{
    while (mask != 0) {
        printf("%s", before_each);
        print_cap(ck_cap_take_lowest(&mask), bare);
        if (mask != 0)
            printf("%s", between);
    }
}

/* A name that no shell, unit or list of users takes for anything else; NULL where the account has none. */
static const char *plain_name(uid_t uid)
{
    const char *name = ck_users_name(uid);
    bool is_plain = name != NULL && (isalpha((unsigned char)name[0]) != 0 || name[0] == '_');

    for (const char *at = name; is_plain && *at != '\0'; at++)
        is_plain = isalnum((unsigned char)*at) != 0 || strchr("_.-", *at) != NULL;
    return is_plain ? name : NULL;
}

static void print_user(uid_t uid)
{
    const char *name = plain_name(uid);

    if (name != NULL)
        printf("%s", name);
    else
        printf("%lu", (unsigned long)uid);
}

/* What is asked of every equivalent that starts one program as one user. */
static int check_single(const char *what, const struct ck_policy *policy, const struct ck_rule *rule)
{
    if (rule->for_nobody)
        return none(what, "no user of the rule exists here");
    if (rule->users.count != 1)
        return none(what, "it is for one user, and the rule is for any or for several");
    if (policy->uids[rule->users.first] == 0)
        return none(what, "it would start the program as root, and the rule is for nobody: root loses nothing");
    if (rule->programs.count > 1 || (rule->programs.count == 1 && policy->paths[rule->programs.first].directory))
        return none(what, "it starts one program, and the rule is for several");
    if (rule->no_descendants)
        return none(what, "it cannot take from the program's children what the program has (Descendants=no)");
    return 0;
}

/* Without Program= the place where it belongs is left open. */
static const char *program_of(const struct ck_policy *policy, const struct ck_rule *rule)
{
    return rule->programs.count == 0 ? "PROGRAM" : ck_policy_text(policy, policy->paths[rule->programs.first].text);
}

/* As the shell reads it: within single quotes nothing has a meaning but the quote itself. */
static void print_for_shell(const char *text)
{
    if (text[strspn(text, PLAIN_LETTERS)] == '\0') {
        printf("%s", text);
        return;
    }
    putchar('\'');
    for (; *text != '\0'; text++)
        printf(*text == '\'' ? "'\\''" : "%c", *text);
    putchar('\'');
}

/* systemd.service(5), "COMMAND LINES": ":" keeps "$" as it is, a "%" is doubled; no path with a quote is accepted. */
static void print_for_unit(const char *path)
{
    bool is_plain = path[strspn(path, PLAIN_LETTERS)] == '\0';

    printf("%s%s", strchr(path, '$') != NULL ? ":" : "", is_plain ? "" : "\"");
    for (; *path != '\0'; path++)
        printf(*path == '%' ? "%%%%" : "%c", *path);
    printf("%s", is_plain ? "" : "\"");
}

static void print_bounding_for_setpriv(const struct ck_rule *rule)
{
    if (rule->has_bounding) {
        printf(" --bounding-set -all%s", ck_rule_bounding(rule) != 0 ? "," : "");
        print_list(ck_rule_bounding(rule), "+", ",", true);
    } else if (rule->unbound_mask != 0) {
        printf(" --bounding-set ");
        print_list(rule->unbound_mask, "-", ",", true);
    }
}

int ck_convert_to_setpriv(const struct ck_policy *policy, const struct ck_rule *rule)
{
    uint64_t inheritable_mask = rule->ambient_mask | rule->inheritable_mask;
    int status = check_single("setpriv", policy, rule);

    if (status != 0)
        return status;
    if (ck_users_name(policy->uids[rule->users.first]) == NULL)
        return none("setpriv", "the user has no account here, and so no groups that it could be started with");
    printf("setpriv --reuid ");
    print_user(policy->uids[rule->users.first]);
    printf(" --regid \"$(id -g ");
    print_user(policy->uids[rule->users.first]);
    printf(")\" --init-groups");
    if (inheritable_mask != 0) {
        printf(" --inh-caps ");
        print_list(inheritable_mask, "+", ",", true);
    }
    if (rule->ambient_mask != 0) {
        printf(" --ambient-caps ");
        print_list(rule->ambient_mask, "+", ",", true);
    }
    print_bounding_for_setpriv(rule);
    printf("%s ", rule->no_new_privs ? " --no-new-privs" : "");
    print_for_shell(program_of(policy, rule));
    putchar('\n');
    return 0;
}

static bool can_be_in_unit(const char *path)
{
    for (const char *at = path; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f || strchr("\"'\\", *at) != NULL)
            return false;
    }
    return ck_utf8_is(path);
}

int ck_convert_to_systemd(const struct ck_policy *policy, const struct ck_rule *rule)
{
    int status = check_single("systemd", policy, rule);

    if (status != 0)
        return status;
    if (rule->inheritable_mask != 0)
        return none("systemd", "it has no directive for capabilities that are inheritable and not ambient (IAB=)");
    if ((rule->ambient_mask & rule->unbound_mask) != 0)
        return none("systemd", "it keeps nothing that the bounding set has not (IAB=)");
    if (!can_be_in_unit(program_of(policy, rule)))
        return none("systemd", "it accepts no path with a quote, a backslash or a letter that is not UTF-8");
    printf("[Service]\nUser=");
    print_user(policy->uids[rule->users.first]);
    printf("\nExecStart=");
    print_for_unit(program_of(policy, rule));
    putchar('\n');
    if (rule->ambient_mask != 0) {
        printf("AmbientCapabilities=");
        print_list(rule->ambient_mask, "", " ", false);
        putchar('\n');
    }
    if (rule->has_bounding || rule->unbound_mask != 0) {
        printf("CapabilityBoundingSet=%s", rule->has_bounding ? "" : "~");
        print_list(rule->has_bounding ? ck_rule_bounding(rule) : rule->unbound_mask, "", " ", false);
        putchar('\n');
    }
    if (rule->no_new_privs)
        puts("NoNewPrivileges=yes");
    return 0;
}

/* It compares names, and reads no numbers. */
static int check_pam_users(const struct ck_policy *policy, const struct ck_rule *rule)
{
    if (rule->for_nobody)
        return none("pam_cap", "no user of the rule exists here");
    if (rule->users.count == 0)
        return none("pam_cap", "its line for everybody is for root as well, and the rule is not");
    for (uint32_t i = 0; i < rule->users.count; i++) {
        if (policy->uids[rule->users.first + i] == 0)
            return none("pam_cap", "it would give to root, and the rule does not: root loses nothing");
        if (plain_name(policy->uids[rule->users.first + i]) == NULL)
            return none("pam_cap", "it is for names, and a user of the rule has none here");
    }
    return 0;
}

/* pam_cap knows users and nothing else: whatever restricts a rule further cannot be said. */
static int check_pam_cap(const struct ck_policy *policy, const struct ck_rule *rule)
{
    int status = check_pam_users(policy, rule);

    if (status != 0)
        return status;
    if ((rule->ambient_mask | rule->inheritable_mask | rule->unbound_mask) == 0)
        return none("pam_cap", "it has no line for a rule that keeps nothing");
    if (rule->programs.count > 0 || rule->launchers.count > 0)
        return none("pam_cap", "it gives to a user's whole session, and the rule is for a program or a launcher");
    if (rule->has_bounding)
        return none("pam_cap", "its text names what leaves the bounding set, which depends on the kernel; use IAB=");
    if (rule->no_new_privs)
        return none("pam_cap", "it does not set no_new_privs");
    if (rule->no_descendants)
        return none("pam_cap", "what it gives is for all of a session (Descendants=no)");
    return 0;
}

void ck_convert_users_text(struct ck_text *text, const struct ck_policy *policy, const struct ck_rule *rule)
{
    for (uint32_t i = 0; i < rule->users.count; i++) {
        uid_t uid = policy->uids[rule->users.first + i];
        const char *name = plain_name(uid);

        ck_text_string(text, i > 0 ? " " : "");
        if (name != NULL)
            ck_text_string(text, name);
        else
            ck_text_number(text, uid);
    }
}

void ck_convert_iab_text(struct ck_text *text, const struct ck_rule *rule)
{
    uint64_t left_mask = rule->ambient_mask | rule->inheritable_mask | rule->unbound_mask;

    for (bool is_first = true; left_mask != 0; is_first = false) {
        uint64_t bit = ck_cap_bit(ck_cap_take_lowest(&left_mask));

        ck_text_string(text, is_first ? "" : ",");
        ck_text_string(text, (rule->unbound_mask & bit) != 0 ? "!" : "");
        ck_text_string(text, (rule->ambient_mask & bit) != 0 ? "^" : (rule->inheritable_mask & bit) != 0 ? "%" : "");
        ck_text_caps(text, bit);
    }
}

static void print_iab(const struct ck_rule *rule)
{
    char iab[4096];
    struct ck_text text = ck_text_start(iab, sizeof(iab));

    ck_convert_iab_text(&text, rule);
    printf("%s", iab);
}

/* What is behind 4095 letters of a line it takes for another line; the first one for a user counts. */
#define USERS_OF_LINE 1000U

int ck_convert_to_pam_cap(const struct ck_policy *policy, const struct ck_rule *rule)
{
    int status = check_pam_cap(policy, rule);
    size_t used = 0;

    if (status != 0)
        return status;
    puts("# /etc/security/capability.conf, and in the service's PAM file: auth optional pam_cap.so keepcaps defer");
    for (uint32_t i = 0; i < rule->users.count; i++) {
        const char *name = plain_name(policy->uids[rule->users.first + i]); /* it has one */

        if (used == 0)
            print_iab(rule);
        printf(" %s", name);
        used += strlen(name) + 1;
        if (used > USERS_OF_LINE || i + 1 == rule->users.count) {
            putchar('\n');
            used = 0;
        }
    }
    return 0;
}
