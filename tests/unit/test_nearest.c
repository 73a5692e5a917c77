/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What "did you mean" proposes, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../cli/common/rootlike.h"
#include "../../shim/core/capset.h"
#include "../../shim/core/names.h"
#include "../../shim/core/nearest.h"

static const struct {
    const char *rule;
    const char *text;
    const char *name; /* NULL: nothing is proposed */
} capabilities[] = {
    {"the beginning of a name", "net_bind", "cap_net_bind_service"},
    {"a word of a name", "bind", "cap_net_bind_service"},
    {"its last word", "time", "cap_sys_time"},
    {"the same with the prefix", "CAP_TIME", "cap_sys_time"},
    {"a whole word before the beginning of one", "raw", "cap_net_raw"},
    {"part of a word, from its beginning", "servi", "cap_net_bind_service"},
    {"part of a word, not from its beginning", "ice", NULL},
    {"a word of several names", "admin", NULL},
    {"the beginning of several", "sys", NULL},
    {"two letters are too few", "ki", NULL},
    {"one wrong letter", "net_rav", "cap_net_raw"},
    {"one letter too few", "cap_kll", "cap_kill"},
    {"two letters exchanged", "cap_klil", "cap_kill"},
    {"one letter in three, at most", "kall", "cap_kill"},
    {"more than one in three", "all", NULL},
    {"setcap's flags", "cap_net_raw+ep", "cap_net_raw"},
    {"libcap's mark", "^net_raw", "cap_net_raw"},
    {"systemd's, of one that amounts to root", "~cap_sys_admin", NULL},
    {"numbers", "443", NULL},
    {"a number that is none", "64", NULL},
    {"another word", "any", NULL},
    {"nothing", "", NULL},
    {"the prefix alone", "cap_", NULL},
    {"longer than any", "cap_net_bind_service_cap_net_bind_service_cap_net_bind", NULL},
    {"amounts to root: part", "setui", NULL},
    {"amounts to root: a word", "rawio", NULL},
    {"amounts to root: misspelt", "cap_sys_admn", NULL},
    {"amounts to root: exchanged", "cap_chwon", NULL},
    {"two equally near", "setcap", NULL},
};

static void capabilities_are_proposed(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
        const char *name = ck_cap_nearest(capabilities[i].text, strlen(capabilities[i].text));

        if ((name == NULL) != (capabilities[i].name == NULL) ||
            (name != NULL && strcmp(name, capabilities[i].name) != 0))
            fail_msg("%s: \"%s\" gave %s", capabilities[i].rule, capabilities[i].text, name != NULL ? name : "nothing");
    }
}

/* The library has to know which, the command has to say why. */
static void what_amounts_to_root_has_a_reason(void **state)
{
    (void)state; /* as above */
    for (unsigned cap = 0; cap <= CK_CAPS_MAX; cap++) {
        if (ck_cap_is_rootlike(cap) != (ck_rootlike_why(cap) != NULL))
            fail_msg("capability %u: the two lists differ", cap);
    }
}

static const struct {
    const char *rule;
    const char *text;
    const char *names[4];
    const char *name;
} others[] = {
    {"case is no difference", "user", {"Log", "User"}, "User"},
    {"the same comes before a part", "for", {"for-user", "FOR"}, "FOR"},
    {"a word after a dash", "user", {"for-user", "method"}, "for-user"},
    {"a word from its capital on",
     "Bounding",
     {"CapabilityBoundingSet", "AmbientCapabilities"},
     "CapabilityBoundingSet"},
    {"a part comes before a slip", "post", {"posta-x", "pst"}, "posta-x"},
    {"the later of two is the nearer", "nobdy", {"nobxdx", "nobody"}, "nobody"},
    {"the nearer of two comes first", "nobody1", {"nobody", "nobod"}, "nobody"},
    {"two alike are none", "data", {"www-data", "ftp-data"}, NULL},
    {"a third that is nearer decides", "data", {"www-data", "ftp-data", "Data"}, "Data"},
    {"neighbours exchanged are one slip", "rnu", {"run", "trace"}, "run"},
    {"nothing near", "Frob", {"IAB", "User"}, NULL},
};

static void other_names_are_proposed(void **state)
{
    (void)state; /* as above */
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct ck_nearest nearest = CK_NEAREST_NONE;

        for (size_t n = 0; n < 4 && others[i].names[n] != NULL; n++)
            (void)ck_nearest_offer(&nearest, others[i].text, strlen(others[i].text),
                                   others[i].names[n]); /* see below */
        if (nearest.name == NULL || others[i].name == NULL ? nearest.name != others[i].name
                                                           : strcmp(nearest.name, others[i].name) != 0)
            fail_msg("%s: \"%s\" gave %s", others[i].rule, others[i].text,
                     nearest.name != NULL ? nearest.name : "nothing");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capabilities_are_proposed),
        cmocka_unit_test(what_amounts_to_root_has_a_reason),
        cmocka_unit_test(other_names_are_proposed),
    };

    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
