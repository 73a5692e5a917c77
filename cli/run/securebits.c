/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "securebits.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>

#include "../../shim/core/decide.h"
#include "../../shim/core/policy_rule.h"
#include "../../shim/core/text.h"
#include "../../shim/hot/creds_read.h"
#include "../../shim/hot/sys.h"
#include "../common/exit.h"

#define GIVEN(directive) (UINT32_C(1) << (directive))

/* What a rule may say: the rest restricts it to changes that nobody sees here. */
#define UNRESTRICTED (GIVEN(CK_AMBIENT) | GIVEN(CK_IAB) | GIVEN(CK_NO_NEW_PRIVS) | GIVEN(CK_ON_FAILURE))

static int refuse(const char *sentence)
{
    return ck_fail("run", "--method=securebits: %s", sentence);
}

static int refuse_caps(uint64_t mask, const char *why)
{
    char names[1024];
    struct ck_text text = ck_text_start(names, sizeof(names));

    ck_text_caps(&text, mask);
    return ck_fail("run", "--method=securebits: %s cannot be kept: %s", names, why);
}

/* All rules together, if they are such as this method can keep. */
static int add_up(const struct ck_policy *policy, uint64_t *ret_ambient_mask, uint64_t *ret_inheritable_mask)
{
    *ret_ambient_mask = *ret_inheritable_mask = 0;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];
        uint32_t restricting = rule->given & ~UNRESTRICTED;

        if (restricting != 0)
            return ck_fail("run",
                           "--method=securebits: rule \"%s\" has %s=, which needs a method that sees the launcher's "
                           "calls",
                           ck_policy_text(policy, rule->name),
                           ck_directive_key((enum ck_directive)__builtin_ctz(restricting)));
        if (rule->unbound_mask != 0)
            return refuse("the launcher needs its bounding set, so it cannot be cut down beforehand");
        *ret_ambient_mask |= rule->ambient_mask;
        *ret_inheritable_mask |= rule->inheritable_mask;
    }
    return 0;
}

static int check(const struct ck_creds *now, uint64_t ambient_mask)
{
    uint64_t missing_mask = ambient_mask & ~now->caps.permitted;

    if (missing_mask != 0)
        return refuse_caps(missing_mask, ck_reason_text(CK_LOST_NOT_PERMITTED));
    missing_mask = ambient_mask & ~(now->caps.bounding | now->caps.inheritable);
    if (missing_mask != 0)
        return refuse_caps(missing_mask, ck_reason_text(CK_LOST_NOT_BOUNDING));
    if ((now->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
        return refuse_caps(ambient_mask, ck_reason_text(CK_LOST_NO_AMBIENT_RAISE));
    if ((now->securebits & SECBIT_NO_SETUID_FIXUP) != 0)
        return 0;
    if ((now->securebits & SECBIT_NO_SETUID_FIXUP_LOCKED) != 0)
        return refuse("SECBIT_NO_SETUID_FIXUP is locked, so it cannot be set");
    if ((now->caps.effective & (UINT64_C(1) << CAP_SETPCAP)) == 0)
        return refuse("CAP_SETPCAP is not effective, so SECBIT_NO_SETUID_FIXUP cannot be set");
    return 0;
}

static int refuse_call(const char *call, int result)
{
    return ck_fail("run", "--method=securebits: %s: %s", call, strerror(-result));
}

static int raise_all(const struct ck_creds *now, uint64_t ambient_mask, uint64_t inheritable_mask)
{
    struct ck_capset caps = now->caps;

    caps.inheritable |= ambient_mask | (inheritable_mask & caps.permitted);
    int result = ck_sys_capset(&caps);
    if (result < 0)
        return refuse_call("capset", result);
    while (ambient_mask != 0) {
        result = ck_sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, ck_cap_take_lowest(&ambient_mask));
        if (result < 0)
            return refuse_call("PR_CAP_AMBIENT_RAISE", result);
    }
    result = ck_sys_prctl(PR_SET_SECUREBITS, now->securebits | SECBIT_NO_SETUID_FIXUP, 0);
    return result < 0 ? refuse_call("PR_SET_SECUREBITS", result) : 0;
}

int ck_securebits_prepare(const struct ck_policy *policy, bool allow_new_privs, bool *ret_is_begun)
{
    uint64_t ambient_mask;
    uint64_t inheritable_mask;
    struct ck_creds now;
    int status = add_up(policy, &ambient_mask, &inheritable_mask);

    *ret_is_begun = false;
    if (status != 0)
        return status;
    int result = ck_creds_read(CK_SELF, ambient_mask, &now);
    if (result < 0)
        return refuse_call("reading the credentials", result);
    status = check(&now, ambient_mask);
    *ret_is_begun = status == 0;
    if (status == 0)
        status = raise_all(&now, ambient_mask, inheritable_mask);
    if (status != 0 || allow_new_privs)
        return status;
    result = ck_sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0);
    return result < 0 ? refuse_call("PR_SET_NO_NEW_PRIVS", result) : 0;
}
