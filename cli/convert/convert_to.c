#include "convert_to.h"

#include <stdio.h>

#include "../../shim/core/capset.h"
#include "../../shim/core/names.h"
#include "../common/users.h"

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

static void print_user(uid_t uid)
{
    const char *name = ck_users_name(uid);

    if (name != NULL)
        printf("%s", name);
    else
        printf("%lu", (unsigned long)uid);
}

/* What is asked of every equivalent that starts one program as one user. */
static int check_single(const char *what, const struct ck_policy *policy, const struct ck_rule *rule)
{
    if (rule->users.count != 1)
        return none(what, "it is for one user, and the rule is for any or for several");
    if (rule->programs.count > 1 || (rule->programs.count == 1 && policy->paths[rule->programs.first].directory))
        return none(what, "it starts one program, and the rule is for several");
    if (rule->no_descendants)
        return none(what, "it cannot take from the program's children what the program has (Descendants=no)");
    return 0;
}

/* Without Program= the place where it belongs is left open. */
static void print_program(const struct ck_policy *policy, const struct ck_rule *rule)
{
    printf("%s",
           rule->programs.count == 0 ? "PROGRAM" : ck_policy_text(policy, policy->paths[rule->programs.first].text));
}

static uint64_t bounding_of(const struct ck_rule *rule)
{
    return (rule->has_bounding ? rule->bounding_mask : UINT64_MAX) & ~rule->unbound_mask;
}

int ck_convert_to_setpriv(const struct ck_policy *policy, const struct ck_rule *rule)
{
    uint64_t inheritable_mask = rule->ambient_mask | rule->inheritable_mask;
    int status = check_single("setpriv", policy, rule);

    if (status != 0)
        return status;
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
    if (rule->has_bounding) {
        printf(" --bounding-set -all,");
        print_list(bounding_of(rule), "+", ",", true);
    } else if (rule->unbound_mask != 0) {
        printf(" --bounding-set ");
        print_list(rule->unbound_mask, "-", ",", true);
    }
    printf("%s ", rule->no_new_privs ? " --no-new-privs" : "");
    print_program(policy, rule);
    putchar('\n');
    return 0;
}

int ck_convert_to_systemd(const struct ck_policy *policy, const struct ck_rule *rule)
{
    int status = check_single("systemd", policy, rule);

    if (status != 0)
        return status;
    if (rule->inheritable_mask != 0)
        return none("systemd", "it has no directive for capabilities that are inheritable and not ambient (IAB=)");
    printf("[Service]\nUser=");
    print_user(policy->uids[rule->users.first]);
    printf("\nExecStart=");
    print_program(policy, rule);
    printf("\nAmbientCapabilities=");
    print_list(rule->ambient_mask, "", " ", false);
    putchar('\n');
    if (rule->has_bounding || rule->unbound_mask != 0) {
        printf("CapabilityBoundingSet=%s", rule->has_bounding ? "" : "~");
        print_list(rule->has_bounding ? bounding_of(rule) : rule->unbound_mask, "", " ", false);
        putchar('\n');
    }
    if (rule->no_new_privs)
        puts("NoNewPrivileges=yes");
    return 0;
}

/* pam_cap knows users and nothing else: whatever restricts a rule further cannot be said. */
static int check_pam_cap(const struct ck_rule *rule)
{
    if (rule->users.count == 0)
        return none("pam_cap", "its line for everybody is for root as well, and the rule is not");
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

static void print_iab(const struct ck_rule *rule)
{
    uint64_t left_mask = rule->ambient_mask | rule->inheritable_mask | rule->unbound_mask;

    while (left_mask != 0) {
        unsigned cap = ck_cap_take_lowest(&left_mask);
        uint64_t bit = ck_cap_bit(cap);

        printf("%s%s", (rule->unbound_mask & bit) != 0 ? "!" : "",
               (rule->ambient_mask & bit) != 0       ? "^"
               : (rule->inheritable_mask & bit) != 0 ? "%"
                                                     : "");
        print_cap(cap, false);
        if (left_mask != 0)
            putchar(',');
    }
}

int ck_convert_to_pam_cap(const struct ck_policy *policy, const struct ck_rule *rule)
{
    int status = check_pam_cap(rule);

    if (status != 0)
        return status;
    puts("# /etc/security/capability.conf, and in the service's PAM file: auth optional pam_cap.so keepcaps defer");
    print_iab(rule);
    for (uint32_t i = 0; i < rule->users.count; i++) {
        putchar(' ');
        print_user(policy->uids[rule->users.first + i]);
    }
    putchar('\n');
    return 0;
}
