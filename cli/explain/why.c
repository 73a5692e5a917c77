/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "why.h"

#include <string.h>

#include "../../shim/core/names.h"

/* In the texts %c stands for the capabilities, %C for them as Docker has them, and %f for the file. */

#define START_WITH "start the launcher by `capkeep run -a %c`"
#define BOUND "add it to the bounding set: --cap-add=%C of docker and podman, CapabilityBoundingSet= of its unit"

/* What depends on the policy comes first; NULL where it does not. */
struct remedy {
    const char *by_state[CK_WHY_STATE_COUNT];
    const char *always;
};

#define BY_POLICY(with_a_rule)                                                                                         \
    {{                                                                                                                 \
         [CK_WHY_NO_POLICY] = START_WITH,                                                                              \
         [CK_WHY_NO_RULE] = "add a rule that matches this user, program and launcher",                                 \
         [CK_WHY_OUT_OF_REACH] = CK_REACH_REMEDY,                                                                      \
         [CK_WHY_RULE] = (with_a_rule),                                                                                \
         [CK_WHY_LAUNCHER] = "start it with %c permitted",                                                             \
     },                                                                                                                \
     NULL}

#define ALWAYS(text) {{0}, (text)}

static const struct remedy by_rule[CK_RULE_COUNT] = {
    [CK_RULE_UID_CHANGE] = BY_POLICY("name it in a rule for this user"),
    [CK_RULE_UID_CHANGE_AMBIENT] = BY_POLICY("name it in a rule for this user"),
    [CK_RULE_EUID_CHANGE] = ALWAYS("it is still permitted: raise it in effective by capset"),
    [CK_RULE_FSUID_CHANGE] = ALWAYS("it is still permitted: raise it in effective by capset"),
    [CK_RULE_LAUNCHER_DROPPED] = ALWAYS("Guard=yes in the rule (capkeep run --guard)"),
    [CK_RULE_AMBIENT_FOLLOWS_PERMITTED] = ALWAYS("Guard=yes in the rule (capkeep run --guard)"),
    [CK_RULE_AMBIENT_FOLLOWS_INHERITABLE] = ALWAYS("Guard=yes in the rule (capkeep run --guard)"),
    [CK_RULE_BOUNDING_DROPPED] = ALWAYS("Guard=yes in the rule; once dropped, nothing brings it back"),
    [CK_RULE_AMBIENT_NOT_PERMITTED] = ALWAYS("start it with %c permitted, as `capkeep run -a %c` does"),
    [CK_RULE_AMBIENT_NOT_INHERITABLE] = ALWAYS("make it inheritable first (capset); `capkeep run -a %c` does both"),
    [CK_RULE_NO_AMBIENT_RAISE] = ALWAYS("start it without SECBIT_NO_CAP_AMBIENT_RAISE (SecureBits= of its unit)"),
    [CK_RULE_EXEC_NOT_AMBIENT] = BY_POLICY("name %f in Program= of the rule"),
    [CK_RULE_EXEC_FILE_CAPS] = ALWAYS("setcap -r %f"),
    [CK_RULE_EXEC_SETID] = ALWAYS("remove the set-ID bits: chmod ug-s %f"),
    [CK_RULE_EXEC_IDS_DIFFER] = ALWAYS("let the launcher set all of its ids, and the groups, alike"),
    [CK_RULE_EXEC_NOT_EFFECTIVE] = ALWAYS("set the effective bit, +e, of %f (setcap), or raise it by capset"),
    [CK_RULE_EXEC_NOT_INHERITABLE] = ALWAYS("start it with %c inheritable (setpriv --inh-caps), or setcap it +p"),
    [CK_RULE_EXEC_BOUNDING] = ALWAYS(BOUND),
    [CK_RULE_EXEC_NOROOT] = ALWAYS("start it without SECBIT_NOROOT (SecureBits= of its unit)"),
    [CK_RULE_EXEC_NOSUID] = ALWAYS("move %f to a mount without nosuid, or `capkeep run -a %c`"),
    [CK_RULE_EXEC_NNP] = ALWAYS("start it without no_new_privs (NoNewPrivileges=), or `capkeep run -a %c`"),
    [CK_RULE_EXEC_SHARED_FS] = ALWAYS("let it not share its root directory (CLONE_FS), or `capkeep run -a %c`"),
    [CK_RULE_EXEC_TRACED] = ALWAYS("trace it as root, or do not trace it"),
    [CK_RULE_EXEC_SCRIPT] = ALWAYS("`capkeep run -a %c`: ambient capabilities are the only ones that a script takes"),
    [CK_RULE_EXEC_USERNS] = ALWAYS("set it for this user namespace (setcap -n ROOTID %f)"),
    [CK_RULE_NEVER_HELD] = BY_POLICY("start the launcher with %c permitted"),
    [CK_RULE_USERNS] = ALWAYS("take on the user namespace before the user, or stay in this one"),
};

static const struct remedy not_held = BY_POLICY("start it again by a launcher that has %c and the library");

static const struct {
    const char *section; /* as of a rule */
    const char *remedy;
} by_reason[CK_REASON_COUNT] = {
    [CK_LOST_NOT_PERMITTED] = {"Thread capability sets", "start the launcher with %c permitted, as root has it"},
    [CK_LOST_DROPPED] = {"Programmatically adjusting capability sets", "Guard=yes in the rule (capkeep run --guard)"},
    [CK_LOST_GONE] = {"Effect of user ID changes on capabilities", CK_REACH_REMEDY},
    [CK_LOST_NOT_BOUNDING] = {"Capability bounding set", BOUND},
    [CK_LOST_NO_AMBIENT_RAISE] = {"The securebits flags: establishing a capabilities-only environment",
                                  "start the launcher without SECBIT_NO_CAP_AMBIENT_RAISE (SecureBits= of its unit)"},
    [CK_LOST_KEEP_CAPS] = {"The securebits flags: establishing a capabilities-only environment",
                           "start the launcher without SECBIT_KEEP_CAPS_LOCKED (SecureBits= of its unit)"},
    [CK_LOST_CAPSET] = {"Programmatically adjusting capability sets", "allow capset in the seccomp filter"},
    [CK_LOST_RAISE] = {"Thread capability sets", "allow prctl in the seccomp filter"},
    [CK_LOST_HARDENING] =
        {"capkeep.conf(5): OnFailure=",
         "start the launcher with cap_setpcap (Descendants=: a dynamic program), or OnFailure=continue"},
    [CK_LOST_UNREADABLE] = {"libcapkeep(8): LOG", "allow capget, getresuid and prctl in the seccomp filter"},
    [CK_LOST_THREADS] = {"libcapkeep(8): LOG", "allow rt_sigaction in the seccomp filter"},
    [CK_LOST_UNSEEN] = {"capkeep.conf(5): Program=", "let the launcher see %f: /proc, descriptors, a seccomp filter"},
    [CK_LOST_FILE_CAPS] = {"Transformation of capabilities during execve()", "setcap -r %f"},
    [CK_LOST_SET_ID] = {"Transformation of capabilities during execve()", "remove the set-ID bits: chmod ug-s %f"},
    [CK_LOST_IDS_DIFFER] = {"Transformation of capabilities during execve()",
                            "let the launcher set all of its ids, and the groups, alike"},
    [CK_LOST_RESET_IDS] = {"Effect of user ID changes on capabilities",
                           "spawn without POSIX_SPAWN_RESETIDS, or with the saved user ID 0"},
};

/* A long list would bury the sentence. */
#define NAMES_MAX 3

static void add_caps(uint64_t mask, struct ck_text *text)
{
    if (__builtin_popcountll(mask) > NAMES_MAX)
        ck_text_string(text, "CAPS");
    else
        ck_text_caps(text, mask);
}

/* "NET_RAW". An option of docker takes one; several are left to the reader. */
static void add_docker_cap(uint64_t mask, struct ck_text *text)
{
    const char *name = mask != 0 ? ck_cap_name(ck_cap_take_lowest(&mask)) : NULL;

    if (name == NULL || mask != 0) {
        ck_text_string(text, "CAP");
        return;
    }
    for (name += strlen("cap_"); *name != '\0'; name++)
        ck_text_char(text, *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name);
}

static void fill_in(const char *remedy, const struct ck_why_case *the_case, struct ck_text *text)
{
    for (; *remedy != '\0'; remedy++) {
        if (*remedy != '%') {
            ck_text_char(text, *remedy);
            continue;
        }
        remedy++;
        if (*remedy == 'c')
            add_caps(the_case->caps_mask, text);
        else if (*remedy == 'C')
            add_docker_cap(the_case->caps_mask, text);
        else
            ck_text_printable(text, the_case->file);
    }
}

static void add_section(const char *section, struct ck_text *text)
{
    if (strstr(section, "): ") == NULL)
        ck_text_string(text, "capabilities(7): ");
    ck_text_string(text, section);
}

/* A launch has one call that changes the user, and one that starts the program. */
static const char *call_of(enum ck_kernel_rule rule, const char *code)
{
    if (rule == CK_RULE_UID_CHANGE || rule == CK_RULE_UID_CHANGE_AMBIENT || rule == CK_RULE_EUID_CHANGE)
        return "setresuid";
    return strncmp(code, "exec-", strlen("exec-")) == 0 ? "execve" : NULL;
}

/* What is not in bounding can be had by nobody. That comes before all else where it was just not there. */
static bool is_absence(enum ck_kernel_rule rule)
{
    return rule == CK_RULE_NEVER_HELD || rule == CK_RULE_AMBIENT_NOT_PERMITTED;
}

static void describe_rule(enum ck_kernel_rule rule, const struct ck_why_case *the_case, struct ck_why *why,
                          struct ck_text *section, struct ck_text *remedy)
{
    const struct ck_rule_info *info = ck_rule_describe(rule);
    const char *always = by_rule[rule].always;
    const char *chosen = always != NULL ? always : by_rule[rule].by_state[the_case->state];

    why->code = info->code;
    why->text = info->text;
    why->call = call_of(rule, info->code);
    add_section(info->section, section);
    fill_in(is_absence(rule) && !the_case->is_bounding ? BOUND : chosen, the_case, remedy);
}

static void describe_reason(enum ck_reason reason, const struct ck_why_case *the_case, struct ck_why *why,
                            struct ck_text *section, struct ck_text *remedy)
{
    const char *chosen = by_reason[reason].remedy;

    why->code = ck_reason_word(reason);
    why->text = ck_reason_text(reason);
    why->call = NULL;
    if (chosen == NULL)
        return;
    add_section(by_reason[reason].section, section);
    fill_in(reason == CK_LOST_NOT_PERMITTED && !the_case->is_bounding ? BOUND : chosen, the_case, remedy);
}

static void describe_not_held(const struct ck_why_case *the_case, struct ck_why *why, struct ck_text *section,
                              struct ck_text *remedy)
{
    why->code = "not-held";
    why->text = "it is not permitted now; whether it once was, and where it was lost, /proc does not tell";
    why->call = NULL;
    add_section("Thread capability sets", section);
    fill_in(not_held.by_state[the_case->state], the_case, remedy);
}

void ck_why_describe(unsigned why, const struct ck_why_case *the_case, struct ck_why *ret_why)
{
    struct ck_text section = ck_text_start(ret_why->section, sizeof(ret_why->section));
    struct ck_text remedy = ck_text_start(ret_why->remedy, sizeof(ret_why->remedy));

    if (why < CK_REASON_COUNT)
        describe_reason((enum ck_reason)why, the_case, ret_why, &section, &remedy);
    else if (why == CK_WHY_NOT_HELD)
        describe_not_held(the_case, ret_why, &section, &remedy);
    else
        describe_rule((enum ck_kernel_rule)(why - CK_REASON_COUNT), the_case, ret_why, &section, &remedy);
}
